"""Where the metrics are counted and read: around every invocation, and at ``/metrics``."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.exceptions import NotFound

from cds_service.audit import InvocationLine
from cds_service.fhir.deadline import now
from cds_service.observability.closed_labels import OTHER
from cds_service.observability.metrics import Metrics

INVOCATION = "invocation"  # the endpoint that answers with cards
_REFUSALS = {
    400: "malformed",
    401: "unauthenticated",
    404: "unknown-service",
    412: "nothing-readable",
    413: "too-large",
    415: "media-type",
    429: "too-many",
    500: "defect",
    503: "unavailable",
}


def is_invocation() -> bool:
    """Whether the request at hand is for a card, be there such a service or not."""
    return request.endpoint == INVOCATION and request.method == "POST"


def outcome_of(status: int) -> str:
    """Return how the request at hand came out, as one of a few codes."""
    line: InvocationLine | None = g.get("line")
    if line is None or line.outcome == "refused":
        return _REFUSALS.get(status, OTHER)
    return line.outcome


def count_invocations(app: Flask, metrics: Metrics) -> None:
    """Count every invocation, its seconds, its judgements and what could not be read for it.

    To be registered before whatever may refuse one, or the refusals are not counted.
    """

    @app.before_request
    def begin() -> None:
        if is_invocation():
            g.began = now()
            metrics.in_flight.inc()

    @app.after_request
    def count(answered: Response) -> Response:
        if "began" in g:
            with suppress(OSError):  # counts that cannot be written cost no card
                _count(metrics, answered.status_code, now() - g.began, g.get("line"))
        return answered

    @app.teardown_request
    def end(_: Any) -> None:
        if g.pop("began", None) is not None:
            metrics.in_flight.dec()


def _count(metrics: Metrics, status: int, seconds: float, line: InvocationLine | None) -> None:
    service = (request.view_args or {}).get("service_id", OTHER)
    metrics.invocations.of(service, outcome_of(status)).inc()
    metrics.invocation_seconds.of(service).observe(seconds)
    if line is not None:
        metrics.count_unread(line.unread)
        if line.assessment is not None:
            metrics.count_assessment(line.assessment)


def offer_metrics(app: Flask, metrics: Metrics, offered: bool) -> None:
    """Answer at ``/metrics`` where that is wanted, and never to a call that a proxy passed on."""

    @app.get("/metrics")
    def scrape() -> Response:
        if not offered or "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
            raise NotFound
        return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
