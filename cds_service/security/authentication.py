"""From the Authorization header of a call to the CDS client that made it.

See CDS Hooks, "Trusting CDS Clients". Whatever is wrong with a token, the caller learns the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from cds_service.security.bucket import Bucket
from cds_service.security.cds_client import CDSClient
from cds_service.security.key_sources import NoKeysError
from cds_service.security.replay import ReplayStore, ReplayStoreError
from cds_service.security.signed_token import (
    RefusedTokenError,
    SignedToken,
    bearer_token,
    read_token,
)
from cds_service.security.trusted_clients import TrustedClient, TrustedClients

BURST = 0.1  # of the calls of a minute may come at once


class TooManyCallsError(Exception):
    """A client beyond its allowance; ``seconds`` are left until its next call."""

    def __init__(self, client: str, seconds: float) -> None:
        super().__init__(client)
        self.client, self.seconds = client, seconds


class Callers(Protocol):
    """Who may call."""

    def identify(self, authorization: str | None, url: str, or_url: str | None = None) -> CDSClient:
        """Return the client that made a call to a URL.

        ``or_url`` is a second audience that stands for the same place where a client wants it so.
        RefusedTokenError, NoKeysError or ReplayStoreError when it cannot be told,
        TooManyCallsError when it has called too often.
        """


class AnybodyHere:
    """Open mode: every caller is the one client; a token is ignored, for nobody can verify it."""

    def __init__(self, client: CDSClient) -> None:
        self._client = client

    def identify(self, authorization: str | None, url: str, or_url: str | None = None) -> CDSClient:
        """Return the client."""
        return self._client


class TrustedCallers:
    """Trusted clients only, known by their signature; each token counts once.

    A client beyond its allowance (in this process) is told so before the token is remembered, so
    that it cannot fill the store of all; a token used before costs its client nothing.

    ``accepted`` is told of each token that is let in: the client's alias, the seconds by which it
    was issued ahead of our clock, and the age of the keys that verified it.
    """

    def __init__(
        self,
        clients: TrustedClients,
        replays: ReplayStore,
        clock: Callable[[], float],
        accepted: Callable[[str, float, float | None], None] = lambda client, ahead, age: None,
    ) -> None:
        self._clients, self._replays, self._clock = clients, replays, clock
        self._allowances = {trusted.client.name: _allowance(trusted.client) for trusted in clients}
        self._accepted = accepted

    def identify(self, authorization: str | None, url: str, or_url: str | None = None) -> CDSClient:
        """Return the client whose valid, unused token for that URL this is."""
        token = read_token(bearer_token(authorization))
        caller = self._clients.find(token.issuer, token.tenant)
        if caller is None:
            raise RefusedTokenError("issuer")
        try:
            self._check(token, caller, (url, or_url) if caller.feedback_at_service_url else (url,))
        except RefusedTokenError as error:
            raise RefusedTokenError(error.cause, caller.client.name) from error
        except (NoKeysError, ReplayStoreError) as error:
            error.client = caller.client.name
            raise
        name, ahead = caller.client.name, token.issued - self._clock()
        self._accepted(name, ahead, caller.keys.age())
        return caller.client

    def _check(self, token: SignedToken, caller: TrustedClient, urls: Sequence[str | None]) -> None:
        token.check_times(self._clock())
        if not any(url in token.audience for url in urls):
            raise RefusedTokenError("audience")
        if caller.jku is not None and token.jku not in (None, caller.jku):
            raise RefusedTokenError("jku")
        keys = caller.keys.keys(token.kid)
        if not keys:
            raise RefusedTokenError("kid")
        if not any(key.has_signed(token) for key in keys):
            raise RefusedTokenError("signature")
        self._use(token, caller.client.name)

    def _use(self, token: SignedToken, client: str) -> None:
        allowance = self._allowances[client]
        if seconds := allowance.wait():
            raise TooManyCallsError(client, seconds)
        if not self._replays.is_first_use(token):
            raise RefusedTokenError("replayed")
        allowance.take()


def _allowance(client: CDSClient) -> Bucket:
    return Bucket(max(1.0, client.calls_per_minute * BURST), client.calls_per_minute / 60)
