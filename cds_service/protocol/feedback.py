"""Feedback bytes to a checked batch. See CDS Hooks, "Feedback", and conformance.md, section 6.

A card that we did not issue to this client is taken like any other: a restart or a row that comes
late must not lose a report, and no answer tells whose a card is. The report keeps it apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from marshmallow import ValidationError, fields, validates_schema

from cds_service.observability.metrics import Metrics
from cds_service.protocol.errors import MalformedRequestError, UnavailableError
from cds_service.protocol.schemas import Checked, LenientSchema, Text, loaded
from cds_service.protocol.strict_json import JSONError, strict_loads
from cds_service.store.errors import StoreAwayError, StoreError
from cds_service.store.feedback import FeedbackBatch, FeedbackItem
from cds_service.store.store import Store

MAX_ITEMS = 500
MAX_SUGGESTIONS = 100
MAX_CHARACTERS = 256  # of an id, a code or a system
ACCEPTED = b"{}"
RETRY_AFTER = 5  # seconds
_SHORT = {"minLength": 1, "maxLength": MAX_CHARACTERS}
_ID = {"pattern": f"^[!-~]{{1,{MAX_CHARACTERS}}}$"}
# Of a terminal, or of the reading direction; a report shows codes to people. Not the two joiners
# between 200B and 200E, by which words of Persian and of India are written.
_STEERS = r"\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_STEADY = re.compile("[^" + _STEERS.encode().decode("unicode_escape") + "]*\\Z")
_CODE = _SHORT | {"pattern": f"^[^{_STEERS}]*$"}
_OUTCOMES = ("accepted", "overridden")
_TOKEN = re.compile(rf"[!-~]{{1,{MAX_CHARACTERS}}}\Z")
_MOMENT = re.compile(  # RFC 3339, date-time
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII
)


def _is_plain(text: str) -> bool:
    """Whether a text can be stored: no NUL, and every surrogate has its other half."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _is_short(text: str) -> bool:
    return 0 < len(text) <= MAX_CHARACTERS and _is_plain(text)


def _is_code(text: str) -> bool:
    return _is_short(text) and _STEADY.match(text) is not None


def _moment(text: str) -> datetime:
    """Return the moment in UTC; ValueError or OverflowError when there is none such.

    A leap second, which RFC 3339 knows and the calendar of Python does not, is the second after it.
    """
    if text[17:19] != "60":
        return datetime.fromisoformat(text).astimezone(UTC)
    before = datetime.fromisoformat(f"{text[:17]}59{text[19:]}").astimezone(UTC)
    if (before.hour, before.minute) != (23, 59):
        raise ValueError("no second that was ever inserted")
    return before + timedelta(seconds=1)


class Moment(Checked):
    """A timestamp with its zone, as the moment in UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            if isinstance(value, str) and _MOMENT.match(value):
                return _moment(value.upper())
        except (ValueError, OverflowError):
            pass  # the 31st of February, or a zone that leads out of the calendar
        raise ValidationError("must be an RFC 3339 timestamp with a time zone")


class ArrayOf(fields.List[Any]):
    """An array of objects that satisfy a schema; its length is looked at first."""

    def __init__(
        self, schema: type[LenientSchema], at_least: int, at_most: int, **options: Any
    ) -> None:
        limits = {"minItems": at_least, "maxItems": at_most}
        super().__init__(fields.Nested(schema), metadata=limits, **options)
        self._at_least, self._at_most = at_least, at_most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list) or not self._at_least <= len(value) <= self._at_most:
            limits = f"{self._at_least} to {self._at_most}"
            raise ValidationError(f"must be an array of {limits} objects")
        return super()._deserialize(value, attr, data, **kwargs)


class AcceptedSuggestionSchema(LenientSchema):
    """One of ``acceptedSuggestions``."""

    id = Text("a suggestion's uuid", _TOKEN.match, required=True, metadata=_ID)


class PickedReasonSchema(LenientSchema):
    """``overrideReason.reason``: a Coding, of which CDS Hooks 1.1 did not require the system."""

    code = Text("a code", _is_code, required=True, metadata=_CODE)
    system = Text("a system", _is_code, allow_none=True, metadata=_CODE)


class OverriddenSchema(LenientSchema):
    """``overrideReason``: what was picked, or what was written."""

    reason = fields.Nested(PickedReasonSchema, allow_none=True)
    comment = Text("a text", _is_plain, allow_none=True, data_key="userComment")

    @validates_schema
    def _says_something(self, data: Mapping[str, Any], **_: Any) -> None:
        if data.get("reason") is None and data.get("comment") is None:
            raise ValidationError("must have reason or userComment")


class FeedbackItemSchema(LenientSchema):
    """One element of ``feedback``."""

    card = Text("a card's uuid", _TOKEN.match, required=True, metadata=_ID)
    outcome = Text(
        "accepted or overridden",
        _OUTCOMES.__contains__,
        required=True,
        metadata={"enum": [*_OUTCOMES]},
    )
    outcome_at = Moment(
        required=True, data_key="outcomeTimestamp", metadata={"format": "date-time"}
    )
    suggestions = ArrayOf(
        AcceptedSuggestionSchema,
        0,
        MAX_SUGGESTIONS,
        allow_none=True,
        data_key="acceptedSuggestions",
    )
    override = fields.Nested(OverriddenSchema, allow_none=True, data_key="overrideReason")

    @validates_schema
    def _names_what_was_accepted(self, data: Mapping[str, Any], **_: Any) -> None:
        if data["outcome"] == "accepted" and not data.get("suggestions"):
            raise ValidationError("must name what was accepted", "acceptedSuggestions")


class FeedbackSchema(LenientSchema):
    """The body of the request."""

    feedback = ArrayOf(FeedbackItemSchema, 1, MAX_ITEMS, required=True)


_SCHEMA = FeedbackSchema()


def read_feedback(body: bytes) -> tuple[FeedbackItem, ...]:
    """Return what is reported; MalformedRequestError names the first fault and its index."""
    try:
        document = strict_loads(str(body, "utf-8"))
    except UnicodeDecodeError:
        raise MalformedRequestError("the body is not UTF-8") from None
    except JSONError as error:
        raise MalformedRequestError(f"the body {error}") from None
    if not isinstance(document, dict):
        raise MalformedRequestError("the body must be a JSON object")
    return tuple(_item(data) for data in loaded(_SCHEMA, document, "")["feedback"])


class FeedbackDesk:
    """Takes feedback for one store, and counts it."""

    def __init__(self, store: Store | None, metrics: Metrics) -> None:
        self._store, self._metrics = store, metrics

    def take(self, client: str, service: str, received_at: datetime, body: bytes) -> None:
        """Store what a body reports, as a whole, before returning.

        MalformedRequestError names the first fault; UnavailableError when it may not have been
        stored: then it must come again.
        """
        try:
            batch = FeedbackBatch(client, service, received_at, read_feedback(body))
        except MalformedRequestError:
            self._metrics.feedback.of("refused").inc()
            raise
        new = self._stored(batch)
        for item in new:
            self._metrics.feedback.of(item.outcome).inc()
        self._metrics.feedback.of("duplicate").inc(len(batch.items) - len(new))
        structlog.get_logger().info(
            "feedback", client=client, service=service, items=len(batch.items)
        )

    def _stored(self, batch: FeedbackBatch) -> Sequence[FeedbackItem]:
        try:
            if self._store is None:
                raise StoreAwayError("this application has no store")
            return self._store.add_feedback(batch)
        except StoreError:
            self._metrics.feedback_unavailable.inc()
            raise UnavailableError(
                "feedback cannot be stored now: send it again", RETRY_AFTER
            ) from None


def _item(data: Mapping[str, Any]) -> FeedbackItem:
    override = data.get("override") or {}
    reason = override.get("reason")
    return FeedbackItem(
        card=data["card"].lower(),
        outcome=data["outcome"],
        outcome_at=data["outcome_at"],
        suggestions=tuple(each["id"].lower() for each in data.get("suggestions") or ()),
        reason=(reason["code"], reason.get("system")) if reason else None,
        comment=override.get("comment"),
    )
