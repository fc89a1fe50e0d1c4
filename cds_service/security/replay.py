"""Which tokens were used already: each counts once, over all workers that share the store.

Policy when the store is away, full or new: closed. A token that cannot be shown to be unused is not
accepted, and the client is told to sign another one soon (faults.md, A-07 and A-08).
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from heapq import heappop, heappush
from math import floor
from threading import Lock
from typing import Protocol

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from cds_service.fhir.deadline import now
from cds_service.security.signed_token import SKEW_SECONDS, SignedToken

CAPACITY = 500_000
CLOCKS_APART = 600  # seconds by which hosts may differ, or a clock may be set back
_CONNECT_SECONDS, _ANSWER_SECONDS = 0.05, 0.1  # together what a call may lose (faults.md, A-08)
_PREFIX = "spine-cds:jti:"
_SINCE = "spine-cds:jti-since:"
_KNOWN = "spine-cds:jti-known"


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


def _kept_seconds(token: SignedToken) -> int:
    """Return how long a used token must be remembered.

    Longer than any clock takes from the first moment at which it is good to the last one, whatever
    that clock shows: the store's own clock then does not matter.
    """
    return token.expires - token.issued + 2 * SKEW_SECONDS + CLOCKS_APART


class InProcessReplays:
    """Remembers in this process alone.

    What was used before it was made is not known here: a token from before that second is refused.
    (One that was used in the seconds before a restart, and says that it was made after it because
    the clock of its client is ahead, is the one thing that this misses.)
    """

    def __init__(self, clock: Callable[[], float], capacity: int = CAPACITY) -> None:
        self._since, self._capacity = floor(clock()), capacity
        self._lock = Lock()
        self._used: set[bytes] = set()
        self._by_end: list[tuple[float, bytes]] = []

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
            heappush(self._by_end, (now() + _kept_seconds(token), key))
            return True

    def check(self) -> None:
        """Nothing can be wrong with it."""

    def _forget_expired(self) -> None:
        while self._by_end and self._by_end[0][0] < now():
            self._used.discard(heappop(self._by_end)[1])


class RedisReplays:
    """Remembers in a Redis that all workers and hosts share.

    A mark in it says since when this run of it remembers everything. A Redis that was started anew
    may have lost the last seconds or all: the new run has no mark, and older tokens are refused.
    """

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._clock, self._run = clock, ""
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
                all_at_once.info("server")
                all_at_once.get(_SINCE + self._run)
                key = _PREFIX.encode() + _digest(token)
                all_at_once.set(key, b"", nx=True, ex=_kept_seconds(token))
                server, since, is_new = all_at_once.execute()
            if since is None or server["run_id"] != self._run:
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
