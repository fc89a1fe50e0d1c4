"""granian, the faster server, with the limits of gunicorn's. It needs the extra ``granian``."""

from __future__ import annotations

from flask import Flask

from cds_service import audit
from cds_service.app import create_app
from cds_service.gunicorn_processes import START_SECONDS
from cds_service.observability import tracing
from cds_service.security.workers_before import workers_before_may_answer_for
from cds_service.server import GRACE_SECONDS, announce, threads, tune
from cds_service.services import find_services
from cds_service.settings import Settings, SettingsError
from cds_service.store.opening import open_store


def run(settings: Settings) -> None:
    """Serve until we are told to stop; SettingsError when granian is not installed."""
    try:
        from granian.constants import Interfaces
        from granian.server import Server
    except ImportError:
        raise SettingsError(
            "granian is not installed: it is in requirements-extras.lock (docs/operations.md)"
        ) from None
    server = Server(
        "cds_service.granian_server:application",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.host,
        port=settings.port,
        workers=settings.workers,
        blocking_threads=threads(settings),
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE_SECONDS,
        log_access=False,
        log_level="warning",  # type: ignore[arg-type]
    )
    server.on_startup(lambda: announce(settings))
    # An old worker is told to stop only some seconds after the new one was started.
    answering = server.respawn_interval + GRACE_SECONDS + START_SECONDS
    server.on_reload(lambda: workers_before_may_answer_for(answering))
    server.serve()


def application() -> Flask:
    """Return the application of one worker, warmed up."""
    settings = Settings.from_environ()
    audit.configure(settings.log_level)
    tracing.start()
    app = create_app(settings, find_services(), store=open_store(settings))
    tune(app)
    return app
