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

from cds_service.fhir.deadline import now
from cds_service.security.signed_token import SKEW_SECONDS, SignedToken

CAPACITY = 500_000
CLOCKS_APART = 600  # seconds by which hosts may differ, or a clock may be set back


class ReplayStoreError(Exception):
    """A store that cannot say whether a token, of ``client``, was used."""

    client = "unknown"  # until who identifies callers says whose token it is


class ForgetfulStoreError(ReplayStoreError):
    """A store that may drop what it holds before its time, and with it the protection."""


class ReplayStore(Protocol):
    """Remembers used tokens until they have expired."""

    def is_first_use(self, token: SignedToken) -> bool:
        """Whether nobody used the token before; ReplayStoreError when that cannot be known."""

    def check(self) -> None:
        """ReplayStoreError when the store cannot be asked."""


def digest_of(token: SignedToken) -> bytes:
    """Return what stands for a token: its issuer and id, hashed."""
    return blake2b(f"{token.issuer}\0{token.jti}".encode(), digest_size=16).digest()


def kept_seconds(token: SignedToken) -> int:
    """Return how long a used token must be remembered.

    Longer than any clock takes from the first moment at which it is good to the last one, whatever
    that clock shows: the store's own clock then does not matter.
    """
    return token.expires - token.issued + 2 * SKEW_SECONDS + CLOCKS_APART


class InProcessReplays:
    """Remembers in this process alone.

    What was used before it was made is not known here: a token from before that second is refused.
    Nor is what workers before this one let in for ``others_for`` seconds more: until then nobody
    is accepted.
    (One that was used in the seconds before a restart, and says that it was made after it because
    the clock of its client is ahead, is the one thing that this misses.)
    """

    def __init__(
        self, clock: Callable[[], float], capacity: int = CAPACITY, others_for: float = 0.0
    ) -> None:
        self._since, self._capacity = floor(clock()), capacity
        if others_for:
            self._since = floor(clock() + others_for) + 1
        self._lock = Lock()
        self._used: set[bytes] = set()
        self._by_end: list[tuple[float, bytes]] = []

    def is_first_use(self, token: SignedToken) -> bool:
        """Whether nobody used the token here; ReplayStoreError when full or from before."""
        if token.issued < self._since:
            raise ReplayStoreError("older than the store")
        key = digest_of(token)
        with self._lock:
            self._forget_expired()
            if key in self._used:
                return False
            if len(self._used) >= self._capacity:
                raise ReplayStoreError("full")
            self._used.add(key)
            heappush(self._by_end, (now() + kept_seconds(token), key))
            return True

    def check(self) -> None:
        """Nothing can be wrong with it."""

    def _forget_expired(self) -> None:
        while self._by_end and self._by_end[0][0] < now():
            self._used.discard(heappop(self._by_end)[1])
