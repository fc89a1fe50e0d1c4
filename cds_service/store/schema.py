"""The tables; ``migrations`` makes them, and a test holds both equal."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
)


class UtcTime(TypeDecorator[datetime]):
    """A moment: stored in UTC, returned in UTC, refused without a zone (faults.md, K-08)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; SQLite keeps no zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone is none")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment with its zone."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


metadata = MetaData()
_json = JSON(none_as_null=True)

# One row for each invocation. ``id`` is the ``row`` of its log line. Nothing here says who the
# patient is. Criteria and risk factors are {id: status, or unknown/reason}, ``unread`` is
# {prefetch key: reason}, ``suggestions`` is {suggestion uuid: identifying coding or our own text}.
INVOCATION = Table(
    "invocation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("client", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("hook", Text, nullable=False),
    Column("patient", Text),
    Column("instance", Text),
    Column("outcome", Text, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("shadow", Boolean, nullable=False),
    Column("microseconds", Integer, nullable=False),
    Column("orders", Integer),
    Column("ignored", _json),
    Column("intent", _json),
    Column("card", Text),
    Column("indicator", Text),
    Column("criteria", _json),
    Column("risk_factors", _json),
    Column("suggestions", _json),
    Column("unread", _json),
)

# One row for each event that a client reports. ``digest`` is of its content: the same event told
# twice is one row. Whether we issued the card is asked when it is read (see ``report.reading``).
FEEDBACK = Table(
    "feedback",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("received_at", UtcTime, nullable=False),
    Column("client", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("card", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("outcome_at", UtcTime, nullable=False),
    Column("suggestions", _json),
    Column("reason_code", Text),
    Column("reason_system", Text),
    Column("comment", Text),
    Column("comment_form", Text),
)

Index("invocation_at", INVOCATION.c.at)
Index(
    "invocation_card",
    INVOCATION.c.card,
    sqlite_where=INVOCATION.c.card.is_not(None),
    postgresql_where=INVOCATION.c.card.is_not(None),
)
Index("feedback_card", FEEDBACK.c.card)
Index("feedback_received", FEEDBACK.c.received_at)
