"""Who calls, and whether they may call now: what every route asks first."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from flask import Request

from cds_service.protocol.errors import NotAuthenticatedError, TooManyError, UnavailableError
from cds_service.security.authentication import Callers
from cds_service.security.bucket import Bucket
from cds_service.security.cds_client import CDSClient
from cds_service.security.key_sources import NoKeysError
from cds_service.security.replay import ReplayStoreError
from cds_service.security.signed_token import RefusedTokenError

BURST = 0.1  # of the calls of a minute may come at once


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
        self._buckets: dict[str, Bucket] = {}

    def admit(self, request: Request, path: str, or_path: str | None = None) -> CDSClient:
        """Return the client that calls the endpoint of that path.

        Its token must be for exactly that URL as the public knows it, whatever the Host header
        says. NotAuthenticatedError for anything wrong with a token, TooManyError beyond the
        client's allowance, UnavailableError when nobody can be told from anybody else.
        """
        authorization = request.headers.get("Authorization")
        or_url = or_path and f"{self._base_url}{or_path}"
        try:
            client = self._callers.identify(authorization, f"{self._base_url}{path}", or_url)
        except RefusedTokenError as error:
            self._refused(error.client, error.cause)
            raise NotAuthenticatedError from None
        except (NoKeysError, ReplayStoreError) as error:
            cause = "no-keys" if isinstance(error, NoKeysError) else "replay-store"
            self._refused("unknown", cause)
            raise UnavailableError("callers cannot be told at the moment") from None
        self._spend(client)
        return client

    def _spend(self, client: CDSClient) -> None:
        if client.calls_per_minute is None:
            return
        bucket = self._buckets.get(client.name)
        if bucket is None:
            rate = client.calls_per_minute
            bucket = Bucket(max(1.0, rate * BURST), rate / 60)
            bucket = self._buckets.setdefault(client.name, bucket)
        seconds = bucket.take()
        if seconds:
            self._refused(client.name, "too-many")
            raise TooManyError("more calls than this client may make", seconds)

    def _refused(self, client: str, cause: str) -> None:
        self._told(client, cause)
        structlog.get_logger().warning("refused-caller", client=client, cause=cause)
