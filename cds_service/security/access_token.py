"""The bearer token of one invocation: held in one place, never printed, never kept."""

from __future__ import annotations

import time
from typing import NoReturn


class AccessToken:
    """The ``fhirAuthorization.access_token`` of one invocation.

    See CDS Hooks, "Passing the Access Token to the CDS Service": the token is transient, so it is
    not offered any more once ``expires_in`` seconds have passed, and no representation shows it.
    """

    __slots__ = ("_expires_at", "_token")

    def __init__(self, token: str, expires_in: int) -> None:
        self._token = token
        self._expires_at = time.monotonic() + expires_in

    @property
    def has_expired(self) -> bool:
        """Whether the authorization server does not vouch for it any more."""
        return time.monotonic() >= self._expires_at

    def header(self) -> dict[str, str]:
        """Return the Authorization header, the only place where the token may appear."""
        return {"Authorization": f"Bearer {self._token}"}

    def __repr__(self) -> str:
        return "AccessToken(<redacted>)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an access token is never stored")
