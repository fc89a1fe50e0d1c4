"""The one clock of an invocation: a deadline is made on arrival and passed to all that waits."""

from __future__ import annotations

import time
from dataclasses import dataclass

GRACE = 0.1  # of the time for reading, in which what was read until then is handed over


def now() -> float:
    """Return the seconds of the monotonic clock, which no change of the wall clock moves."""
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment at which reading ends; whoever waits for readers waits ``grace`` seconds longer.

    Readers watch the moment themselves and then hand over what they have, so that a search whose
    second page hangs still brings its first.
    """

    at: float
    grace: float = 0.0

    @classmethod
    def after(cls, seconds: float, since: float | None = None) -> Deadline:
        """Return the deadline that many seconds from now, or from an earlier moment."""
        return cls((now() if since is None else since) + seconds, seconds * GRACE)

    def remaining(self) -> float:
        """Return the seconds left for reading, never negative."""
        return max(0.0, self.at - now())

    def patience(self) -> float:
        """Return the seconds that are left to wait for a reader, never negative."""
        return max(0.0, self.at + self.grace - now())

    def pause(self, seconds: float) -> None:
        """Do nothing for that long, and not beyond the deadline."""
        time.sleep(min(seconds, self.remaining()))
