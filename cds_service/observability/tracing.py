"""Spans of an invocation, its gathering and each FHIR read; nothing is traced unless asked for.

It is asked for by ``OTEL_EXPORTER_OTLP_ENDPOINT``, and needs the extra ``tracing``; the other
standard variables of OpenTelemetry hold as well. Attributes are those of a list: ids of ours,
statuses, counts and reason codes. No exception, URL or header becomes part of a span.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

import structlog

P = ParamSpec("P")
R = TypeVar("R")

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


class Note(Protocol):
    """Adds attributes to a span; those that are not on the list are left out."""

    def __call__(self, **attributes: str | int) -> None:
        """Add them."""


Spans = Callable[[str, str | None], AbstractContextManager[Note]]


def _no_note(**_: str | int) -> None:
    """Add nothing to no span."""


_NO_SPAN: AbstractContextManager[Note] = nullcontext(_no_note)
_spans: Spans | None = None


def start() -> None:
    """Begin to trace in this process if the environment asks for it.

    To be called in each worker: the thread that sends spans does not survive a fork.
    """
    if not os.environ.get(ENDPOINT):
        return
    try:
        from cds_service.observability.spans import sent_spans
    except ImportError:
        structlog.get_logger().warning("tracing-not-installed")
    else:
        trace_by(sent_spans(os.environ.get("OTEL_SERVICE_NAME", "spine-cds")))


def trace_by(spans: Spans | None) -> None:
    """Have every span made by this from now on; None ends the tracing."""
    global _spans
    _spans = spans


def is_on() -> bool:
    """Whether anything is traced."""
    return _spans is not None


def span(name: str, traceparent: str | None = None) -> AbstractContextManager[Note]:
    """Return a context that is a span, the child of the one around it or of a client's."""
    return _NO_SPAN if _spans is None else _spans(name, traceparent)


def carried(task: Callable[P, R]) -> Callable[P, R]:
    """Return a task that another thread runs under the span that is around it now."""
    return task if _spans is None else partial(copy_context().run, task)
