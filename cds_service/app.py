"""The composition root: settings and services to a Flask application."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from secrets import token_hex

from flask import Flask, Response, g, request

from cds_service.audit import InvocationLine
from cds_service.engine.content import load_content
from cds_service.engine.registry import Registry
from cds_service.engine.service import CDSService
from cds_service.fhir.deadline import now
from cds_service.protocol.body import json_body
from cds_service.protocol.discovery import discovery_body
from cds_service.protocol.errors import JSON, UnknownServiceError, register
from cds_service.protocol.feedback import ACCEPTED, read_feedback, store_feedback
from cds_service.protocol.invocation import Deployment, answer
from cds_service.security.cds_client import CDSClient
from cds_service.security.cors import BrowserOrigins
from cds_service.security.fhir_servers import ReadableServers
from cds_service.settings import Settings
from cds_service.store.feedback import FeedbackBatch
from cds_service.store.hashes import KeyedHashes
from cds_service.store.store import Store


def create_app(
    settings: Settings,
    services: Iterable[CDSService],
    clock: Callable[[], date] | None = None,
    store: Store | None = None,
) -> Flask:
    """Return the application that offers the services.

    ContentError or RegistryError when their content or definition cannot be honoured. ``clock``
    gives ``asOf``; it is the date in the time zone of the settings unless a test injects another.
    Without a store nothing is audited, and feedback is answered with 503.
    """
    deployment = deploy(settings, services, clock)
    app = Flask("cds_service", static_folder=None)
    app.url_map.merge_slashes = False  # the sandbox posts to //id; a redirect would lose the body
    register(app)
    _route_discovery(app, discovery_body(deployment.services, settings.prefetch == "minimal"))
    _route_invocation(app, deployment, store.hashes if store else None)
    _route_feedback(app, deployment, store)
    _write_audit(app, store)
    _answer_browsers(app, BrowserOrigins(frozenset(settings.cors_origins), settings.any_origin))
    return app


def deploy(
    settings: Settings, services: Iterable[CDSService], clock: Callable[[], date] | None = None
) -> Deployment:
    """Return what every invocation shares, made once from the settings."""
    known = tuple(services)
    folders = [folder for service in known for folder in service.content]
    content = load_content(folders, settings.value_sets, settings.clinical)
    return Deployment(
        services=Registry(service.in_terms_of(content.terminology) for service in known),
        content=content,
        # This machine's own servers are readable as long as no trusted client is configured.
        client=CDSClient(
            ReadableServers(settings.fhir_servers, loopback_too=True),
            deadline_seconds=settings.deadline_seconds,
            unchecked_as_card=settings.unchecked_as_card,
        ),
        clock=clock or (lambda: datetime.now(settings.timezone).date()),
    )


def _route_discovery(app: Flask, body: bytes) -> None:
    @app.get("/cds-services", strict_slashes=False)
    def discovery() -> Response:
        return Response(body, content_type=JSON)


def _route_invocation(app: Flask, deployment: Deployment, hashes: KeyedHashes | None) -> None:
    @app.post("/cds-services/<service_id>", strict_slashes=False)
    @app.post("/cds-services//<service_id>", strict_slashes=False)
    def invocation(service_id: str) -> Response:
        arrived = now()
        service = _service(deployment, service_id)
        line = InvocationLine(service, deployment.client.name, hashes)
        g.line = line
        body = answer(service, json_body(request), deployment, line, arrived)
        g.outcome = line.outcome
        return Response(body, content_type=JSON)


def _service(deployment: Deployment, service_id: str) -> CDSService:
    service = deployment.services.get(service_id)
    if service is None:
        raise UnknownServiceError("there is no service of that id")
    return service


def _route_feedback(app: Flask, deployment: Deployment, store: Store | None) -> None:
    @app.post("/cds-services/<service_id>/feedback", strict_slashes=False)
    @app.post("/cds-services//<service_id>/feedback", strict_slashes=False)
    def feedback(service_id: str) -> Response:
        service = _service(deployment, service_id)
        items = read_feedback(json_body(request))
        batch = FeedbackBatch(deployment.client.name, service.id, datetime.now(UTC), items)
        store_feedback(store, batch)
        return Response(ACCEPTED, content_type=JSON)


def _write_audit(app: Flask, store: Store | None) -> None:
    """Write one line to the log and one row to the audit for every invocation."""

    @app.after_request
    def write(answered: Response) -> Response:
        line: InvocationLine | None = g.get("line")
        if line is not None:
            outcome = g.get("outcome", "refused")
            row = line.write(token_hex(8), outcome, answered.status_code)
            if store is not None:
                store.audit.put(row)
        return answered


def _answer_browsers(app: Flask, origins: BrowserOrigins) -> None:
    """Add to every answer what belongs on every answer, and answer preflights."""

    @app.before_request
    def preflight() -> Response | None:
        if request.method != "OPTIONS" or request.routing_exception is not None:
            return None
        return Response(status=204, headers=origins.preflight_headers())

    @app.after_request
    def common_headers(answered: Response) -> Response:
        answered.headers.update(origins.answer_headers(request.headers.get("Origin")))
        answered.headers["Cache-Control"] = "no-store"
        answered.headers["X-Content-Type-Options"] = "nosniff"
        return answered
