"""The rows of a period, each question one query; what is many is counted by the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, null, select, true

from cds_service.report.figures import Period
from cds_service.store.schema import FEEDBACK, INVOCATION

TENTH = 100  # microseconds: as fine as times are told
_CHUNK = 1000
_I, _F = INVOCATION.c, FEEDBACK.c
_OURS = _I.intent.is_not(null())
_SAME_CARD = and_(_F.card == _I.card, _F.client == _I.client, _F.service == _I.service)


def invocations(
    connection: Connection, period: Period
) -> list[Row[tuple[str, str, str, int, int]]]:
    """Return service, outcome, indicator, tenths of a millisecond, and how many were so."""
    tenths = (_I.microseconds // TENTH).label("tenths")
    kinds = (_I.service, _I.outcome, _I.indicator, tenths)
    asked = select(*kinds, func.count()).where(_within(INVOCATION, _I.at, period)).group_by(*kinds)
    return list(connection.execute(asked))


def recognised(connection: Connection, period: Period) -> Iterator[Row[Any]]:
    """Return the invocations about an order that was ours; all others say nothing more."""
    told = ("at", "service", "outcome", "card", "indicator")
    judged = ("criteria", "risk_factors", "suggestions", "unread")
    asked = select(*(_I[name] for name in told + judged)).where(
        _within(INVOCATION, _I.at, period), _OURS
    )
    return iter(connection.execution_options(yield_per=_CHUNK).execute(asked))


def feedback(connection: Connection, period: Period) -> Iterator[Row[Any]]:
    """Return the feedback about cards of the period, the oldest first.

    It is joined here, not when it arrives: the row of a card is written behind the answer, so that
    a quick client may report before it is there.
    """
    told = (_F.card, _F.service, _F.outcome, _F.suggestions, _F.reason_code)
    asked = (
        select(*told)
        .join(INVOCATION, _SAME_CARD)
        .where(_within(INVOCATION, _I.at, period))
        .order_by(_F.outcome_at, _F.received_at, _F.digest)
    )
    return iter(connection.execution_options(yield_per=_CHUNK).execute(asked))


def kept_apart(connection: Connection, period: Period) -> int:
    """Return how much feedback came about cards that we did not issue to that client."""
    ours = select(_I.card).where(_SAME_CARD).exists()
    asked = select(func.count()).select_from(FEEDBACK)
    asked = asked.where(_within(FEEDBACK, _F.received_at, period), ~ours)
    return int(connection.execute(asked).scalar_one())


def comments(connection: Connection, period: Period) -> Iterator[Row[Any]]:
    """Return service, moment, outcome and stored comment of the feedback that has one."""
    told = (_F.service, _F.outcome_at, _F.outcome, _F.comment, _F.comment_form)
    asked = select(*told).where(
        _within(FEEDBACK, _F.received_at, period), _F.comment.is_not(null())
    )
    return iter(connection.execute(asked.order_by(_F.outcome_at)))


def _within(table: Table, moment: ColumnElement[datetime], period: Period) -> ColumnElement[bool]:
    begin = datetime.combine(period.first, time(), UTC)
    end = datetime.combine(period.last, time(), UTC) + timedelta(days=1)
    of_client = true() if period.client is None else table.c.client == period.client
    return and_(moment >= begin, moment < end, of_client)
