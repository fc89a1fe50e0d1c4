"""Whether a failed call is worth one more, and when (faults.md, section 1)."""

from __future__ import annotations

from random import SystemRandom

from cds_service.fhir.deadline import Deadline

NO_ANSWER = 0  # stands for a status where no HTTP answer came
JITTER_SECONDS = 0.1
USEFUL_SECONDS = 0.1
_PASSING = frozenset((NO_ANSWER, 429, 502, 503, 504))
_RANDOM = SystemRandom()


def is_passing(status: int) -> bool:
    """Whether a failure may be over in a moment."""
    return status in _PASSING


def is_failure(status: int) -> bool:
    """Whether a status says that the server cannot answer, not only that it will not."""
    return status in (NO_ANSWER, 429) or status >= 500


def delay_before_retry(retry_after: str, deadline: Deadline) -> float | None:
    """Return the seconds to wait, or None when that would leave no time to be answered in.

    ``Retry-After`` in seconds is honoured; one that is a date is never soon enough.
    """
    asked = retry_after.strip()
    if asked and not (asked.isascii() and asked.isdigit() and len(asked) < 6):
        return None
    delay = int(asked or "0") + _RANDOM.uniform(0, JITTER_SECONDS)
    return delay if delay + USEFUL_SECONDS < deadline.remaining() else None
