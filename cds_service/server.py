"""gunicorn with threads, set up for low and even latency."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication

from cds_service import audit
from cds_service.settings import Settings
from cds_service.worker import Worker

GRACE_SECONDS = 10
_MEBIBYTE = 1024 * 1024
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # mallopt(3)


class Server(BaseApplication):  # type: ignore[misc]
    """Serves an application that each worker makes for itself, after the fork."""

    def __init__(self, settings: Settings, make_app: Callable[[], Flask]) -> None:
        self._settings, self._make_app = settings, make_app
        super().__init__()

    def load_config(self) -> None:
        """Translate our settings into gunicorn's; no access log: it would hold URLs."""
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        options: dict[str, Any] = {
            "bind": f"{host}:{settings.port}",
            "workers": settings.workers,
            "threads": settings.threads,
            "worker_class": Worker,
            "loglevel": "warning",
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": 5,
            "post_worker_init": tune_worker,
            "when_ready": lambda _: announce(settings),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application of one worker."""
        audit.configure(self._settings.log_level)
        return self._make_app()


def announce(settings: Settings) -> None:
    """Say where we listen, as a person and a script may both read it."""
    audit.configure(settings.log_level)
    structlog.get_logger().info("listening", server=settings.url)


def tune_worker(worker: Any) -> None:
    """Warm up once, then keep what was loaded out of every garbage collection.

    Collections decide the slowest answers (performance.md, "Garbage collection decides p99").
    """
    worker.wsgi.test_client().get("/cds-services")
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    give_back_memory()


def give_back_memory() -> None:
    """Have glibc return what large bodies took; by itself it keeps as much for every thread.

    Measured: 300 odd bodies of up to 8 MiB left 8 threads 150 MB larger without this, 10 MB with.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):  # another C library manages without
        libc.mallopt(_TRIM_THRESHOLD, _MEBIBYTE)
        libc.mallopt(_MMAP_THRESHOLD, _MEBIBYTE)
