"""gunicorn with threads, set up for low and even latency, for overload and for a quiet end."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication

from cds_service import audit
from cds_service.app import DISCOVERY
from cds_service.gunicorn_processes import KEEP_ALIVE_SECONDS, Master, Worker
from cds_service.observability import tracing
from cds_service.observability.processes import forget_process
from cds_service.protocol.overload import FEEDBACK_PLACES, WAITING
from cds_service.security.signed_token import MAX_BYTES
from cds_service.settings import Settings

MakeApp = Callable[[], Flask]
GRACE_SECONDS = 10
RECYCLE_CALLS = 50_000
# Beside those that judge or wait: for what must be answered at once all the same.
SPARE_THREADS = 4


def threads(settings: Settings) -> int:
    """Return how many threads a worker needs so that no waiting call blocks a health check."""
    return (settings.threads + FEEDBACK_PLACES) * (1 + WAITING) + SPARE_THREADS


def recycle_after(settings: Settings) -> int:
    """Return after how many calls a worker is replaced, 0 for never.

    Only where another one takes over in the meantime. What a worker may have leaked goes with it.
    """
    return RECYCLE_CALLS if settings.workers > 1 else 0


_MEBIBYTE = 1024 * 1024
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # mallopt(3)
_ARENAS = 2  # for all threads; they would take eight for each processor


class Server(BaseApplication):  # type: ignore[misc]
    """Serves an application that each worker makes for itself, after the fork.

    ``read_files`` reads all files of the settings and returns what makes an application of them,
    ``make_app`` is what it returned last: so all workers serve what the master has read,
    whatever has become of the files since.
    """

    def __init__(
        self, settings: Settings, read_files: Callable[[], MakeApp], make_app: MakeApp
    ) -> None:
        self._settings, self._read_files, self._make_app = settings, read_files, make_app
        super().__init__()

    def load_config(self) -> None:
        """Translate our settings into gunicorn's; no access log: it would hold URLs."""
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        options: dict[str, Any] = {
            "bind": f"{host}:{settings.port}",
            "workers": settings.workers,
            "threads": threads(settings),
            "worker_class": Worker,
            "limit_request_field_size": 2 * MAX_BYTES,  # so that a long token gets our answer
            "max_requests": recycle_after(settings),
            "max_requests_jitter": recycle_after(settings) // 10,
            "loglevel": "warning",
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": KEEP_ALIVE_SECONDS,
            "control_socket_disable": True,  # nobody has to command us but by signals
            "post_worker_init": tune_worker,
            "when_ready": lambda _: announce(settings),
            "child_exit": lambda _, worker: forget_process(worker.pid),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def run(self) -> None:
        """Serve until we are told to stop."""
        Master(self).run()

    def read_anew(self) -> None:
        """Read the files for the workers to come; fail as one would, and change nothing then."""
        self._make_app = tried(self._read_files)

    def load(self) -> Flask:
        """Return the application of one worker."""
        audit.configure(self._settings.log_level)
        tracing.start()
        return self._make_app()


def tried(read_files: Callable[[], MakeApp]) -> MakeApp:
    """Return what makes an application, after one was made and dropped, with any error of that.

    What it opened is closed before workers are forked: none may share a connection with another.
    What is left is kept out of collections: they would write to it, and each worker would have a
    copy of its own (44 MB instead of 21).
    """
    gc.unfreeze()  # what an earlier reading has left
    make_app = read_files()
    make_app()
    gc.collect()
    gc.freeze()
    return make_app


def announce(settings: Settings) -> None:
    """Say where we listen, as a person and a script may both read it."""
    audit.configure(settings.log_level)
    structlog.get_logger().info("listening", server=settings.url)


def tune_worker(worker: Any) -> None:
    """Warm up once, then keep what was loaded out of every garbage collection."""
    tune(worker.wsgi)


def tune(app: Flask) -> None:
    """Do so for the application of this process.

    Collections decide the slowest answers.
    """
    app.test_client().get(DISCOVERY)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    give_back_memory()


def give_back_memory() -> None:
    """Have glibc return what bodies took: at once where it is much, else at longer collections.

    Measured: 300 odd bodies of up to 8 MiB left 8 threads 150 MB larger without the former, 10 MB
    with. Without the latter a worker grows for hours by what is free between things in use.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):  # another C library manages without
        libc.mallopt(_TRIM_THRESHOLD, _MEBIBYTE)
        libc.mallopt(_MMAP_THRESHOLD, _MEBIBYTE)
        libc.mallopt(_ARENA_MAX, _ARENAS)
        if _trim not in gc.callbacks:
            gc.callbacks.append(_trim)


def _trim(phase: str, collection: dict[str, int]) -> None:
    """Return pages that are free; it takes 1 to 5 ms, some minutes apart under load."""
    if phase == "stop" and collection["generation"] > 0:
        ctypes.CDLL(None).malloc_trim(0)
