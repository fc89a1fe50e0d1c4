"""The composition root: settings and services to a Flask application."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from secrets import token_hex

import structlog
from flask import Flask, Response, g, request

from cds_service.audit import InvocationLine
from cds_service.engine.content import load_content
from cds_service.engine.registry import Registry
from cds_service.engine.service import CDSService
from cds_service.fhir.deadline import now
from cds_service.observability.counting import count_invocations, offer_metrics
from cds_service.observability.health import answer_probes
from cds_service.observability.invocation_spans import trace_invocations
from cds_service.observability.metrics import Metrics
from cds_service.protocol.body import json_body
from cds_service.protocol.callers import Entrance
from cds_service.protocol.discovery import discovery_body
from cds_service.protocol.documentation import offer_documents
from cds_service.protocol.errors import JSON, Application, UnknownServiceError, register
from cds_service.protocol.feedback import ACCEPTED, FeedbackDesk
from cds_service.protocol.invocation import Deployment, answer
from cds_service.protocol.openapi import openapi_document
from cds_service.protocol.overload import FEEDBACK_PLACES, Places
from cds_service.security.authentication import AnybodyHere, TrustedCallers
from cds_service.security.cds_client import CDSClient
from cds_service.security.cors import BrowserOrigins
from cds_service.security.fhir_servers import ReadableServers
from cds_service.security.replay import (
    ForgetfulStoreError,
    InProcessReplays,
    ReplayStore,
    ReplayStoreError,
)
from cds_service.security.trusted_clients import TrustedClients, load_trusted_clients
from cds_service.security.workers_before import seconds_of_workers_before
from cds_service.settings import Settings, SettingsError
from cds_service.store.hashes import KeyedHashes
from cds_service.store.store import Store

DISCOVERY = "/cds-services"
_REQUEST_ID = re.compile(r"[0-9a-f]{32}\Z")  # of nginx


def create_app(
    settings: Settings,
    services: Iterable[CDSService],
    clock: Callable[[], date] | None = None,
    store: Store | None = None,
) -> Flask:
    """Return the application that offers the services.

    ContentError, RegistryError, TrustedClientsError or SettingsError when their content or
    definition, or who may call them, cannot be honoured. ``clock``
    gives ``asOf``; it is the date in the time zone of the settings unless a test injects another.
    Without a store nothing is audited, and feedback is answered with 503.
    """
    deployment, clients = deploy(settings, services, clock), trusted_clients(settings)
    return assemble(settings, deployment, clients, store)


def assemble(
    settings: Settings,
    deployment: Deployment,
    clients: TrustedClients | None,
    store: Store | None = None,
) -> Flask:
    """Return the application of what was read already, so that no file is read for it."""
    app = Application("cds_service", static_folder=None)
    app.url_map.merge_slashes = False  # the sandbox posts to //id; a redirect would lose the body
    register(app)
    metrics = Metrics(deployment.services, (trusted.client.name for trusted in clients or ()))
    _observe(app, settings, deployment, metrics)
    replays = _replays(settings)
    checks = {} if settings.redis_url is None else {"replay-store": replays.check}
    answer_probes(app, needed=checks, wanted={"store": store.is_ready} if store else {})
    callers = (
        AnybodyHere(deployment.client)
        if clients is None
        else TrustedCallers(clients, replays, time.time, metrics.count_token)
    )
    entrance = Entrance(callers, settings.base_url, metrics.count_refused_caller)
    minimal = settings.prefetch == "minimal"
    _route_discovery(app, entrance, discovery_body(deployment.services, minimal))
    places = Places(settings.threads, refused=metrics.overload.inc)
    _route_invocation(app, entrance, deployment, places, store.hashes if store else None)
    desk = FeedbackDesk(store, metrics)
    places = Places(FEEDBACK_PLACES, refused=metrics.feedback_unavailable.inc)
    _route_feedback(app, entrance, deployment, desk, places)
    _write_audit(app, metrics, store)
    _answer_browsers(app, BrowserOrigins(frozenset(settings.cors_origins), settings.any_origin))
    return app


def deploy(
    settings: Settings, services: Iterable[CDSService], clock: Callable[[], date] | None = None
) -> Deployment:
    """Return what every invocation shares, made once from the settings."""
    known = tuple(services)
    for service in known:
        service.load()
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


def _observe(app: Flask, settings: Settings, deployment: Deployment, metrics: Metrics) -> None:
    """Count, trace and describe what the application does; before there is anything to count."""
    count_invocations(app, metrics)
    offer_metrics(app, metrics, settings.offers_metrics)
    trace_invocations(app, metrics.services)
    offer_documents(app, openapi_document(deployment.services))


def trusted_clients(settings: Settings) -> TrustedClients | None:
    """Return who alone may call; None where everybody may who can.

    TrustedClientsError or SettingsError when the file cannot be honoured.
    """
    if settings.clients is None:
        return None
    clients = load_trusted_clients(
        settings.clients,
        settings.unchecked_as_card,
        deadline_seconds=settings.deadline_seconds,
    )
    if not settings.is_loopback:
        _refuse_demo_clients(clients)
    return clients


def _refuse_demo_clients(clients: TrustedClients) -> None:
    for trusted in clients:
        if trusted.demo:
            raise SettingsError(
                f"{trusted.client.name} is a demo client, whose private key anybody may know: "
                "it can only be served on 127.0.0.1"
            )


def _replays(settings: Settings) -> ReplayStore:
    if settings.redis_url is None:
        return InProcessReplays(time.time, others_for=seconds_of_workers_before())
    from cds_service.security.redis_replays import RedisReplays  # nobody else pays for its import

    try:
        replays = RedisReplays(settings.redis_url, time.time)
    except ValueError as error:
        raise SettingsError(f"SPINE_CDS_REDIS_URL {error}") from None
    try:
        replays.check()
    except ForgetfulStoreError as error:
        raise SettingsError(f"the replay store at SPINE_CDS_REDIS_URL: {error}") from error
    except ReplayStoreError:
        structlog.get_logger().warning("replay-store-away")  # calls are refused until it is there
    return replays


def _route_discovery(app: Flask, entrance: Entrance, body: bytes) -> None:
    """Anybody may read discovery; whoever shows a token learns whether it is good."""

    @app.get(DISCOVERY, strict_slashes=False)
    def discovery() -> Response:
        if "Authorization" in request.headers:
            entrance.admit(request, DISCOVERY)
        return Response(body, content_type=JSON)


def _route_invocation(
    app: Flask,
    entrance: Entrance,
    deployment: Deployment,
    places: Places,
    hashes: KeyedHashes | None,
) -> None:
    @app.post("/cds-services/<service_id>", strict_slashes=False)
    @app.post("/cds-services//<service_id>", strict_slashes=False)
    def invocation(service_id: str) -> Response:
        arrived = now()
        service = _service(deployment, service_id)
        line = InvocationLine(service, hashes)
        g.line = line
        with places.taken():
            client = entrance.admit(request, f"{DISCOVERY}/{service.id}")
            line.note_client(client.name, shadow=client.shadow)  # its body may not even be read
            body = answer(service, json_body(request), deployment, line, arrived, client)
        return Response(body, content_type=JSON)


def _service(deployment: Deployment, service_id: str) -> CDSService:
    service = deployment.services.get(service_id)
    if service is None:
        raise UnknownServiceError("there is no service of that id")
    return service


def _route_feedback(
    app: Flask, entrance: Entrance, deployment: Deployment, desk: FeedbackDesk, places: Places
) -> None:
    @app.post("/cds-services/<service_id>/feedback", strict_slashes=False)
    @app.post("/cds-services//<service_id>/feedback", strict_slashes=False)
    def feedback(service_id: str) -> Response:
        service = _service(deployment, service_id)
        path = f"{DISCOVERY}/{service.id}"
        with places.taken():
            client = entrance.admit(request, f"{path}/feedback", path)
            desk.take(client.name, service.id, datetime.now(UTC), json_body(request))
        return Response(ACCEPTED, content_type=JSON)


def _write_audit(app: Flask, metrics: Metrics, store: Store | None) -> None:
    """Write one line to the log and one row to the audit for every invocation."""
    if store is not None:
        store.audit.when_dropped = metrics.audit_dropped.inc

    @app.after_request
    def write(answered: Response) -> Response:
        line: InvocationLine | None = g.get("line")
        if line is not None:
            row = line.write(_request_id(), answered.status_code)
            if store is not None and line.was_let_in:
                store.audit.put(row)
        return answered


def _request_id() -> str:
    """Return what the log of the proxy calls the request at hand; a number of ours if it does not.

    Whoever calls us may have written it: it is nothing but digits, and nothing is found by it.
    """
    sent = request.headers.get("X-Request-ID", "")
    return sent if _REQUEST_ID.match(sent) else token_hex(16)


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
