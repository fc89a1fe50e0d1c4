"""``/healthz``: the process answers. ``/readyz``: it may be sent requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

import orjson
from flask import Flask, Response

from cds_service.fhir.deadline import now
from cds_service.protocol.errors import JSON

FRESH_SECONDS = 1.0
CHECK_SECONDS = 0.5

Check = Callable[[], object]


class Readiness:
    """Named checks, each a callable that raises or returns False when something is not there.

    All together are waited for ``CHECK_SECONDS`` at most; one that has not ended by then fails, and
    is not started again before it ends, so that probes cannot pile up behind it. What was found
    holds for a second. A check must come to an end by itself.
    """

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks, self._lock = dict(checks), Lock()
        self._pool = ThreadPoolExecutor(len(checks) + 1, thread_name_prefix="readiness")
        self._running: dict[str, Future[object]] = {}
        self._failing: list[str] = []
        self._until = 0.0

    def failing(self) -> list[str]:
        """Return the names of what is not there, in the order of the checks."""
        with self._lock:
            if now() >= self._until:
                self._failing = list(self._looked())
                self._until = now() + FRESH_SECONDS
            return self._failing

    def _looked(self) -> Iterator[str]:
        for name, check in self._checks.items():
            if name not in self._running:
                self._running[name] = self._pool.submit(check)
        ended = wait(self._running.values(), CHECK_SECONDS).done
        for name in self._checks:
            if self._running[name] not in ended or _failed(self._running.pop(name)):
                yield name


def _failed(ended: Future[object]) -> bool:
    return ended.exception() is not None or ended.result() is False


def answer_probes(app: Flask, needed: Mapping[str, Check], wanted: Mapping[str, Check]) -> None:
    """Answer probes; what failed is named, and nothing else is said about it.

    Without what is ``needed`` no card can be given: 503. Without what is only ``wanted`` (the
    store: cards never depend on it) we are ready, or an outage of it would be one of cards.
    """
    readiness = Readiness({**needed, **wanted})

    @app.get("/healthz")
    def healthz() -> Response:
        return _status("alive", 200)

    @app.get("/readyz")
    def readyz() -> Response:
        failing = readiness.failing()
        lacks = any(name in needed for name in failing)
        return _status("not-ready" if lacks else "ready", 503 if lacks else 200, failing)


def _status(status: str, code: int, failing: Sequence[str] = ()) -> Response:
    body = {"status": status, "failing": failing} if failing else {"status": status}
    return Response(orjson.dumps(body), code, content_type=JSON)
