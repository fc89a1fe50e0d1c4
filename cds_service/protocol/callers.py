"""Who calls, and whether they may call now: what every route asks first."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from flask import Request

from cds_service.protocol.errors import NotAuthenticatedError, TooManyError, UnavailableError
from cds_service.security.authentication import Callers, TooManyCallsError
from cds_service.security.cds_client import CDSClient
from cds_service.security.key_sources import NoKeysError
from cds_service.security.replay import ReplayStoreError
from cds_service.security.signed_token import RefusedTokenError


class Entrance:
    """Lets in the callers of one deployment, at the public URLs of its endpoints.

    ``refused`` is told the alias and the cause of each one that is not let in.
    """

    def __init__(
        self,
        callers: Callers,
        base_url: str,
        refused: Callable[[str, str], None] = lambda client, cause: None,
    ) -> None:
        self._callers, self._base_url, self._told = callers, base_url, refused

    def admit(self, request: Request, path: str, or_path: str | None = None) -> CDSClient:
        """Return the client that calls the endpoint of that path.

        Its token must be for exactly that URL as the public knows it, whatever the Host header
        says. NotAuthenticatedError for anything wrong with a token, TooManyError beyond the
        client's allowance, UnavailableError when nobody can be told from anybody else.
        """
        authorization = request.headers.get("Authorization")
        or_url = or_path and f"{self._base_url}{or_path}"
        try:
            return self._callers.identify(authorization, f"{self._base_url}{path}", or_url)
        except RefusedTokenError as error:
            self._refused(error.client, error.cause)
            raise NotAuthenticatedError from None
        except TooManyCallsError as error:
            self._refused(error.client, "too-many")
            raise TooManyError("more calls than this client may make", error.seconds) from None
        except (NoKeysError, ReplayStoreError) as error:
            cause = "no-keys" if isinstance(error, NoKeysError) else "replay-store"
            self._refused(error.client, cause)
            raise UnavailableError("callers cannot be told at the moment") from None

    def _refused(self, client: str, cause: str) -> None:
        self._told(client, cause)
        structlog.get_logger().warning("refused-caller", client=client, cause=cause)
