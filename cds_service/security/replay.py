"""Which tokens were used already: each counts once, over all workers that share the store.

Policy when the store is away, full or new: closed. A token that cannot be shown to be unused is not
accepted, and the client is told to sign another one soon (faults.md, A-07 and A-08).
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from heapq import heappop, heappush
from math import ceil, floor
from threading import Lock
from typing import Protocol

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from cds_service.security.signed_token import SKEW_SECONDS, SignedToken

CAPACITY = 500_000
_CONNECT_SECONDS, _ANSWER_SECONDS = 0.1, 0.2
_PREFIX = "spine-cds:jti:"
_SINCE = "spine-cds:jti-since"


class ReplayStoreError(Exception):
    """A store that cannot say whether a token was used."""


class ForgetfulStoreError(ReplayStoreError):
    """A store that may drop what it holds before its time, and with it the protection."""


class ReplayStore(Protocol):
    """Remembers used tokens until they have expired."""

    def is_first_use(self, token: SignedToken) -> bool:
        """Whether nobody used the token before; ReplayStoreError when that cannot be known."""

    def check(self) -> None:
        """ReplayStoreError when the store cannot be asked."""


def _digest(token: SignedToken) -> bytes:
    return blake2b(f"{token.issuer}\0{token.jti}".encode(), digest_size=16).digest()


class InProcessReplays:
    """Remembers in this process alone.

    What was used before it was made is not known here: a token from before that second is refused.
    (The clock of tokens has whole seconds. What was used in the same second in which a process
    crashed, was replaced and had started, is the one thing that this misses; Redis misses nothing.)
    """

    def __init__(self, clock: Callable[[], float], capacity: int = CAPACITY) -> None:
        self._clock, self._capacity = clock, capacity
        self._since = floor(clock())
        self._lock = Lock()
        self._used: set[bytes] = set()
        self._by_end: list[tuple[int, bytes]] = []

    def is_first_use(self, token: SignedToken) -> bool:
        """Whether nobody used the token here; ReplayStoreError when full or from before."""
        if token.issued < self._since:
            raise ReplayStoreError("older than the store")
        key = _digest(token)
        with self._lock:
            self._forget_expired()
            if key in self._used:
                return False
            if len(self._used) >= self._capacity:
                raise ReplayStoreError("full")
            self._used.add(key)
            heappush(self._by_end, (token.expires + SKEW_SECONDS, key))
            return True

    def check(self) -> None:
        """Nothing can be wrong with it."""

    def _forget_expired(self) -> None:
        now = self._clock()
        while self._by_end and self._by_end[0][0] < now:
            self._used.discard(heappop(self._by_end)[1])


class RedisReplays:
    """Remembers in a Redis that all workers and hosts share.

    A mark in the store says since when it remembers: a store that was started anew, and with it the
    mark, knows nothing of the tokens of before, which are then refused.
    """

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._clock, self._has_seen_mark = clock, False
        self._redis = Redis.from_url(
            url,
            socket_connect_timeout=_CONNECT_SECONDS,
            socket_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )

    def is_first_use(self, token: SignedToken) -> bool:
        """Whether nobody used the token; ReplayStoreError when away, full or too new to know."""
        try:
            with self._redis.pipeline(transaction=True) as all_at_once:
                all_at_once.set(_SINCE, self._mark(), nx=True)
                all_at_once.get(_SINCE)
                end = token.expires + SKEW_SECONDS + 1
                all_at_once.set(_PREFIX.encode() + _digest(token), b"", nx=True, exat=end)
                _, since, is_new = all_at_once.execute()
        except (RedisError, OSError) as error:
            raise ReplayStoreError(type(error).__name__) from error
        self._has_seen_mark = True
        if token.issued < int(since):
            raise ReplayStoreError("older than the store")
        return bool(is_new)

    def _mark(self) -> int:
        """Return the second from which on a store without a mark remembers.

        Where there was a mark before, tokens of this second may have been used already.
        """
        return ceil(self._clock()) if self._has_seen_mark else floor(self._clock())

    def check(self) -> None:
        """ReplayStoreError when it is away, ForgetfulStoreError when it may drop keys."""
        try:
            self._redis.set(_SINCE, self._mark(), nx=True)
            self._has_seen_mark = True
            policy = self._redis.config_get("maxmemory-policy").get("maxmemory-policy")
        except (RedisError, OSError) as error:
            raise ReplayStoreError(type(error).__name__) from error
        if policy not in (None, "noeviction"):
            raise ForgetfulStoreError(f"maxmemory-policy is {policy}, and must be noeviction")
