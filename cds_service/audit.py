"""One line and one row per invocation: what was asked, answered and missing; nobody's data.

An allow-list decides what may stand in the line. There is no token, no URL, no name and no text of
the record; patient and hook instance are hashed with the audit key.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson
import structlog

from cds_service.engine.assessment import Assessment, Judged
from cds_service.engine.card import Card
from cds_service.engine.codes import Terminology
from cds_service.engine.record import Search
from cds_service.engine.service import CDSService, OrderIntent
from cds_service.store.audit_rows import AuditRow
from cds_service.store.hashes import KeyedHashes

FIELDS = frozenset(
    (
        "request", "instance", "service", "client", "cause", "outcome", "status", "orders",
        "ignored", "certain", "criteria", "unread", "issues", "indicator", "milliseconds", "server",
        "error", "place", "event", "level", "timestamp", "items", "dropped", "row",
        "unlisted",
    )
)  # fmt: skip
_PASSING = KeyedHashes(secrets.token_bytes(32))  # without a store: a key that dies with us


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
        logger_factory=structlog.BytesLoggerFactory(_Sink(sys.stderr.buffer)),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )


class _Sink:
    """Where lines go; a full disk or a closed pipe loses them, and changes nothing else.

    Whoever writes one has an answer to give, or a thread to keep.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, line: bytes) -> None:
        """Write a line if that can be done."""
        with suppress(OSError, ValueError):
            self._stream.write(line)

    def flush(self) -> None:
        """Send on what was written if that can be done."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def _only_allowed(_: Any, __: str, event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name in FIELDS}


class InvocationLine:
    """What is noted while one invocation runs, then written to the log and made an audit row.

    ``outcome`` is a stable code: card, unchecked (a card that says that nothing could be read),
    silent, shadow, nothing-readable or refused. ``unread`` and ``assessment`` are for the metrics:
    what could not be read, and the judgements of a card.
    """

    __slots__ = (
        "_client", "_fields", "_hashes", "_row", "_service", "_shadow", "_started", "_when",
        "assessment", "outcome", "unread",
    )  # fmt: skip

    def __init__(self, service: CDSService, hashes: KeyedHashes | None = None) -> None:
        self._started = time.perf_counter()
        self._when = datetime.now(UTC)
        self._service, self._hashes = service, hashes or _PASSING
        self._client, self._shadow = "unknown", False
        self._fields: dict[str, Any] = {"service": service.id, "client": "unknown"}
        self._row: dict[str, Any] = {}
        self.outcome = "refused"
        self.unread: tuple[Search, ...] = ()
        self.assessment: Assessment | None = None

    def note_client(self, name: str, *, shadow: bool = False) -> None:
        """Note by its alias which client was let in, and whether it is answered without cards."""
        self._client = self._fields["client"] = name
        self._shadow = shadow

    @property
    def was_let_in(self) -> bool:
        """Whether the caller was: who was not leaves no row, or anybody could fill the store."""
        return self._client != "unknown"

    def note_asked(self, hook_instance: str, patient_id: str) -> None:
        """Note which hook instance and patient, so that equal ones can be told, and no more."""
        instance = self._hashes.of_instance(self._client, hook_instance)
        self._fields["instance"] = self._row["instance"] = instance
        self._row["patient"] = self._hashes.of_patient(self._client, patient_id)

    def note_orders(self, judged: int, ignored: Mapping[str, int]) -> None:
        """Note how many orders were looked at, and how many were ignored for which cause."""
        self._fields["orders"] = self._row["orders"] = judged
        if ignored:
            self._fields["ignored"] = self._row["ignored"] = dict(ignored)

    def note_intent(self, intent: OrderIntent, terminology: Terminology) -> None:
        """Note the codes of our value sets that made it ours; none when its text alone did."""
        codings = (c for order in intent.orders for c in order.codings)
        ours = (c for c in codings if terminology.memberships(c.system, c.code))
        self._fields["certain"] = intent.certain
        self._row["intent"] = list(dict.fromkeys(f"{c.system}|{c.code}" for c in ours))

    def note_unlisted_server(self) -> None:
        """Note that the server of the request is none that may be read for its client."""
        self._fields["unlisted"] = True

    def note_searches(
        self, unread: tuple[Search, ...], issues: Mapping[str, Iterable[str]]
    ) -> None:
        """Note by prefetch key what could not be read, and the types of what servers remarked."""
        self.unread = unread
        if issues:
            self._fields["issues"] = {key: sorted(types) for key, types in issues.items()}
        if unread:
            self._fields["unread"] = self._row["unread"] = {
                search.key: search.unread.value for search in unread if search.unread
            }

    def note_assessment(self, indicator: str, assessment: Assessment) -> None:
        """Note every status for the audit; the log gets how often each of them was given."""
        self.assessment = assessment
        given = [judged.judgement.status for judged in assessment.criteria]
        self._fields["criteria"] = {s.value: given.count(s) for s in dict.fromkeys(given)}
        self._fields["indicator"] = self._row["indicator"] = indicator
        self._row["criteria"] = _statuses(assessment.criteria)
        self._row["risk_factors"] = _statuses(assessment.risk_factors)

    def note_issued(self, card: Card, sent: Mapping[str, Any]) -> None:
        """Note the uuid of a card that is shown, and what it suggests by which uuid."""
        self._row["card"] = sent["uuid"]
        if card.suggestions:
            pairs = zip(sent["suggestions"], card.suggestions, strict=True)
            self._row["suggestions"] = {told["uuid"]: each.identity for told, each in pairs}

    def write(self, request: str, status: int) -> AuditRow:
        """Write the line to the log, and return the row for the audit.

        The row has an id of its own: a proxy may pass on a request id that its client repeats, and
        of two rows with one id the second is not stored.
        """
        seconds = time.perf_counter() - self._started
        row_id = secrets.token_hex(8)
        structlog.get_logger().info(
            "invocation",
            request=request,
            row=row_id,
            outcome=self.outcome,
            status=status,
            milliseconds=round(seconds * 1000, 3),
            **self._fields,
        )
        service, row = self._service, self._row
        return AuditRow(
            id=row_id,
            at=self._when,
            client=self._client,
            service=service.id,
            version=service.version,
            hook=service.hook,
            patient=row.pop("patient", None),
            instance=row.pop("instance", None),
            outcome=self.outcome,
            status=status,
            shadow=self._shadow,
            microseconds=int(seconds * 1_000_000),
            **row,
        )


def _statuses(judged: Iterable[Judged]) -> dict[str, str]:
    """Return the status by id, an unknown one with its reason: ``unknown/no-data``."""
    return {
        each.criterion.id: f"unknown/{each.judgement.reason}"
        if each.judgement.is_unknown
        else each.judgement.status
        for each in judged
    }
