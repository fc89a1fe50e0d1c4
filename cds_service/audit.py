"""One structured line per invocation: what was asked, answered and missing; nobody's data.

An allow-list decides what may stand in it. There is no token, no URL, no name and no text of the
record; the hook instance is hashed with a key that dies with the process.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import blake2b
from typing import Any

import orjson
import structlog

from cds_service.engine.assessment import Assessment
from cds_service.engine.record import Search

FIELDS = frozenset(
    (
        "request", "instance", "service", "client", "cause", "outcome", "status", "orders",
        "ignored", "certain", "criteria", "unread", "issues", "indicator", "milliseconds", "server",
        "error", "place", "event", "level", "timestamp",
    )
)  # fmt: skip
_KEY = secrets.token_bytes(16)


def configure(level: str) -> None:
    """Send the lines to standard error as JSON, from the given level on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def _only_allowed(_: Any, __: str, event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name in FIELDS}


class InvocationLine:
    """What is noted while one invocation runs, and written when it is answered.

    ``outcome`` is a stable code: card, silent, shadow, nothing-readable or refused. ``unread`` and
    ``assessment`` are for the metrics: what could not be read, and the judgements of a card.
    """

    __slots__ = ("_fields", "_started", "assessment", "outcome", "unread")

    def __init__(self, service: str, client: str = "unknown") -> None:
        self._started = time.perf_counter()
        self._fields: dict[str, Any] = {"service": service, "client": client}
        self.outcome = "refused"
        self.unread: tuple[Search, ...] = ()
        self.assessment: Assessment | None = None

    def note_client(self, name: str) -> None:
        """Note by its alias which trusted client calls."""
        self._fields["client"] = name

    def note_instance(self, hook_instance: str) -> None:
        """Note which hook instance this is, so that equal ones can be told, and no more."""
        digest = blake2b(hook_instance.lower().encode(), digest_size=8, key=_KEY)
        self._fields["instance"] = digest.hexdigest()

    def note_orders(self, judged: int, ignored: Mapping[str, int]) -> None:
        """Note how many orders were looked at, and how many were ignored for which cause."""
        self._fields["orders"] = judged
        if ignored:
            self._fields["ignored"] = dict(ignored)

    def note_searches(
        self, certain: bool, unread: tuple[Search, ...], issues: Mapping[str, Iterable[str]]
    ) -> None:
        """Note by prefetch key what could not be read, and the types of what servers remarked."""
        self._fields["certain"], self.unread = certain, unread
        if issues:
            self._fields["issues"] = {key: sorted(types) for key, types in issues.items()}
        if unread:
            self._fields["unread"] = {s.key: s.unread.value for s in unread if s.unread}

    def note_assessment(self, indicator: str, assessment: Assessment) -> None:
        """Note how often each status was given, not to which criterion."""
        self._fields["indicator"], self.assessment = indicator, assessment
        given = [judged.judgement.status for judged in assessment.criteria]
        self._fields["criteria"] = {s.value: given.count(s) for s in dict.fromkeys(given)}

    def write(self, request: str, status: int) -> None:
        """Write the line."""
        milliseconds = round((time.perf_counter() - self._started) * 1000, 3)
        with suppress(OSError, ValueError):  # a full disk or a closed pipe costs no card
            structlog.get_logger().info(
                "invocation",
                request=request,
                outcome=self.outcome,
                status=status,
                milliseconds=milliseconds,
                **self._fields,
            )
