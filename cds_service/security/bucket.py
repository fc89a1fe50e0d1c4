"""A token bucket: so many at once, and so many per second after that."""

from __future__ import annotations

from threading import Lock

from cds_service.fhir.deadline import now


class Bucket:
    """Holds at most ``capacity`` and is refilled steadily, ``per_second``."""

    def __init__(self, capacity: float, per_second: float) -> None:
        self._capacity, self._per_second = capacity, per_second
        self._lock, self._held, self._looked = Lock(), capacity, now()

    def take(self) -> float:
        """Take one out and return 0, or return the seconds until there will be one."""
        with self._lock:
            missing = self._missing()
            if not missing:
                self._held -= 1
            return missing / self._per_second

    def wait(self) -> float:
        """Return the seconds until there will be one, 0 when there is one; take nothing."""
        with self._lock:
            return self._missing() / self._per_second

    def _missing(self) -> float:
        """Refill, and return what is missing to a whole one."""
        moment = now()
        refilled = self._held + (moment - self._looked) * self._per_second
        self._held, self._looked = min(self._capacity, refilled), moment
        return max(0.0, 1 - self._held)
