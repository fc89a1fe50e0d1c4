"""What is known about one FHIR server across invocations: whether to ask it, and ask it again."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from threading import Lock

from cds_service.fhir.deadline import now
from cds_service.security.fhir_servers import FhirBase

# faults.md, sections 1 and 5 (D-13)
FAILURES, WITHIN_SECONDS, OPEN_SECONDS = 5, 10.0, 15.0
RETRY_SHARE, RETRY_RESERVE = 0.1, 16.0  # the reserve is one card's searches, each once
SERVERS = 64


class ServerHealth:
    """A circuit breaker, and the allowance of repeated calls.

    After it failed five invocations in ten seconds, with no answer in between, the server is left
    alone for fifteen; then one call may try. What fails side by side in one invocation is one
    failure. Calls are repeated for at most a tenth of all, with a reserve for quiet times.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._failed: OrderedDict[int, float] = OrderedDict()  # when, by invocation
        self._closed_to_us_until = 0.0
        self._retries = RETRY_RESERVE

    def may_be_asked(self, *, may_try: bool = True) -> bool:
        """Whether a call may be made; whoever hears yes makes one.

        A call that ``may_try`` not has too little time to tell how the server does.
        """
        with self._lock:
            moment = now()
            if moment < self._closed_to_us_until or (self._closed_to_us_until and not may_try):
                return False
            if self._closed_to_us_until:  # this is the one call that tries
                self._closed_to_us_until = moment + OPEN_SECONDS
            self._retries = min(self._retries + RETRY_SHARE, RETRY_RESERVE)
            return True

    def may_be_asked_again(self) -> bool:
        """Whether a failed call may be repeated; whoever hears yes repeats it."""
        with self._lock:
            if self._retries < 1:
                return False
            self._retries -= 1
            return True

    def note_answer(self) -> None:
        """Note that the server answered, if only to refuse."""
        with self._lock:
            self._failed.clear()
            self._closed_to_us_until = 0.0

    def note_failure(self, invocation: int) -> None:
        """Note that it could not answer a call of an invocation."""
        with self._lock:
            moment = now()
            self._failed.setdefault(invocation, moment)
            if len(self._failed) > FAILURES:
                self._failed.popitem(last=False)
            first = next(iter(self._failed.values()))
            if len(self._failed) == FAILURES and moment - first <= WITHIN_SECONDS:
                self._closed_to_us_until = moment + OPEN_SECONDS


@lru_cache(maxsize=SERVERS)
def health_of(base: FhirBase) -> ServerHealth:
    """Return the health of a server, as this process knows it."""
    return ServerHealth()
