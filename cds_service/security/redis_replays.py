"""Used tokens in a Redis that all workers and hosts share; imported only where there is one."""

from __future__ import annotations

from collections.abc import Callable
from math import floor

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from cds_service.security.redis_connections import CONNECT_SECONDS, OF_SCHEME
from cds_service.security.replay import (
    ForgetfulStoreError,
    ReplayStoreError,
    digest_of,
    kept_seconds,
)
from cds_service.security.signed_token import SKEW_SECONDS, SignedToken

_ANSWER_SECONDS = 0.1  # and CONNECT_SECONDS: together what a call may lose (faults.md, A-08)
_PREFIX = "spine-cds:jti:"
_SINCE = "spine-cds:jti-since:"
_KNOWN = "spine-cds:jti-known"


class RedisReplays:
    """Remembers in a Redis that all workers and hosts share.

    A mark in it says since when this run of it remembers everything. A Redis that was started anew
    may have lost the last seconds or all: the new run has no mark, and older tokens are refused.
    ValueError, which shows nothing of it, when the address is none.
    """

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._clock, self._run = clock, ""
        try:
            self._redis = _client(url)
        except (ValueError, TypeError):  # TypeError for an option that nobody knows
            raise ValueError("is no address of a Redis") from None

    def is_first_use(self, token: SignedToken) -> bool:
        """Whether nobody used the token; ReplayStoreError when away, full or too new to know."""
        run = self._run  # another thread may meet a new one while this one waits for its answer
        try:
            with self._redis.pipeline(transaction=True) as all_at_once:
                all_at_once.info("server")
                all_at_once.get(_SINCE + run)
                key = _PREFIX.encode() + digest_of(token)
                all_at_once.set(key, b"", nx=True, ex=kept_seconds(token))
                server, since, is_new = all_at_once.execute()
            if since is None or server["run_id"] != run:
                since = self._meet()
        except (RedisError, OSError) as error:
            raise ReplayStoreError(type(error).__name__) from error
        if token.issued < int(since):
            raise ReplayStoreError("older than the store")
        return bool(is_new)

    def check(self) -> None:
        """ReplayStoreError when it is away, ForgetfulStoreError when it may drop keys."""
        try:
            self._meet()
        except (RedisError, OSError) as error:
            raise ReplayStoreError(type(error).__name__) from error

    def _meet(self) -> int:
        """Return the second since which this run of the store remembers; make its mark if need be.

        Only a store that holds nothing of ours, met by a process that knows of no other, is taken
        for a first start. In any other case tokens may have been used before, by clients whose
        clocks are ahead.
        """
        about = self._redis.info()
        policy, run = about["maxmemory_policy"], about["run_id"]
        if policy != "noeviction":
            raise ForgetfulStoreError(f"maxmemory-policy is {policy}, and must be noeviction")
        is_first = not self._run and not self._redis.exists(_KNOWN)
        since = floor(self._clock()) if is_first else floor(self._clock()) + 1 + SKEW_SECONDS
        with self._redis.pipeline(transaction=True) as all_at_once:
            all_at_once.set(_KNOWN, b"")
            all_at_once.set(_SINCE + run, since, nx=True)
            all_at_once.get(_SINCE + run)
            *_, since = all_at_once.execute()
        self._run = run
        return int(since)


def _client(url: str) -> Redis:
    """Return a client of a Redis; nothing is connected yet."""
    made = OF_SCHEME.get(url.partition(":")[0])
    client = Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=_ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
        **({"connection_class": made} if made else {}),
    )
    pool = client.connection_pool
    pool.connection_class(**pool.connection_kwargs)  # else its options are looked at in a call
    return client
