"""For how long workers that are being replaced may still answer, as a master tells the next ones.

By the environment: a worker of granian is a program of its own, which inherits nothing else.
"""

from __future__ import annotations

import os

from cds_service.fhir.deadline import now

_UNTIL = "SPINE_WORKERS_BEFORE_UNTIL"  # no setting; of a clock that all processes share


def workers_before_may_answer_for(seconds: float) -> None:
    """Have the workers that are started from now on know it."""
    os.environ[_UNTIL] = repr(now() + seconds)


def seconds_of_workers_before() -> float:
    """Return how long the workers before this one may still answer, 0.0 when none is there."""
    return max(0.0, float(os.environ.get(_UNTIL, "0")) - now())
