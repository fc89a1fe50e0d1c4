"""The span of an invocation, around everything that is done for it."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from typing import Any

from flask import Flask, Response, g, request

from cds_service.observability.counting import is_invocation, outcome_of
from cds_service.observability.tracing import is_on, span


def trace_invocations(app: Flask, services: Collection[str]) -> None:
    """Trace every invocation; nothing is added to an application of a process without tracing."""
    if not is_on():
        return

    @app.before_request
    def begin() -> None:
        if is_invocation():
            g.span = ExitStack()
            g.note = g.span.enter_context(span("invocation", request.headers.get("traceparent")))

    @app.after_request
    def note(answered: Response) -> Response:
        if "note" in g:
            service = (request.view_args or {}).get("service_id", "")
            status = answered.status_code
            g.note(
                service=service if service in services else "other",
                outcome=outcome_of(status),
                status=status,
            )
        return answered

    @app.teardown_request
    def end(_: Any) -> None:
        if "span" in g:
            g.span.close()
