"""Rows to figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from cds_service.report import reading
from cds_service.report.figures import (
    Answers,
    Counted,
    Figures,
    Period,
    ServiceFigures,
    Times,
    Week,
)
from cds_service.report.one_line import one_line

PERCENT = (50, 95, 99)
SHOWN = ("card", "unchecked")  # outcomes with a card that somebody saw
WITHHELD = ("shadow", "nothing-readable")  # and with one that nobody saw, if it was judged


def count(connection: Connection, period: Period) -> Figures:
    """Return the figures of a period."""
    asked = reading.invocations(connection, period)
    cards = _Cards()
    for row in reading.recognised(connection, period):
        cards.add(row)
    answers = _Feedback()
    for row in reading.feedback(connection, period):
        answers.add(row)
    return Figures(
        period=period,
        services=tuple(_services(asked)),
        weeks=tuple(
            Week(monday, service, number, cards.warnings[monday, service])
            for (monday, service), number in sorted(cards.weeks.items())
        ),
        answers=tuple(_answers(cards, answers)),
        reasons=tuple(_reasons(answers)),
        suggestions=tuple(_suggestions(cards, answers)),
        unknown=_ranked(cards.unknown, cards.judged),
        missing=_ranked(cards.missing, cards.recognised),
        shadow=_ranked(cards.shadow, cards.recognised),
        times=tuple(_times(asked)),
        kept_apart=reading.kept_apart(connection, period),
    )


class _Cards:
    """What is counted of the invocations that were ours."""

    def __init__(self) -> None:
        self.shown: dict[str, tuple[str, dict[str, str]]] = {}  # card -> service, suggestions
        self.weeks: Counter[tuple[date, str]] = Counter()
        self.warnings: Counter[tuple[date, str]] = Counter()
        self.recognised: Counter[str] = Counter()
        self.judged: Counter[str] = Counter()
        self.unknown: Counter[tuple[str, str, str]] = Counter()
        self.missing: Counter[tuple[str, str, str]] = Counter()
        self.shadow: Counter[tuple[str, str, str]] = Counter()

    def add(self, row: Any) -> None:
        """Count one row of ``reading.recognised``."""
        service = row.service
        self.recognised[service] += 1
        self.missing.update((service, key, why) for key, why in (row.unread or {}).items())
        if row.criteria is None:
            return
        self.judged[service] += 1
        for name, status in ((row.criteria or {}) | (row.risk_factors or {})).items():
            kind, _, why = status.partition("/")
            if kind == "unknown":
                self.unknown[service, name, why] += 1
        if row.card is not None:
            self._show(row)
        elif row.outcome in WITHHELD:
            self.shadow[service, row.indicator, ""] += 1

    def _show(self, row: Any) -> None:
        week = (row.at.date() - timedelta(days=row.at.weekday()), row.service)
        self.shown[row.card] = (row.service, row.suggestions or {})
        self.weeks[week] += 1
        self.warnings[week] += row.indicator == "warning"


class _Feedback:
    """The last word about each card, and all of its suggestions that were accepted."""

    def __init__(self) -> None:
        self.last: dict[str, Any] = {}
        self.accepted: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, row: Any) -> None:
        """Take one row of ``reading.feedback``; a later one replaces an earlier one."""
        self.last[row.card] = row
        if row.outcome == "accepted":
            self.accepted[row.card].update(row.suggestions or ())


def _services(asked: Sequence[Any]) -> Iterator[ServiceFigures]:
    found: Counter[tuple[str, str]] = Counter()
    warnings: Counter[str] = Counter()
    for service, outcome, indicator, _, number in asked:
        found[service, outcome] += number
        warnings[service] += number * (outcome in SHOWN and indicator == "warning")
    for service in sorted({service for service, _ in found}):
        yield ServiceFigures(
            service=service,
            invocations=sum(n for (name, _), n in found.items() if name == service),
            cards=sum(found[service, outcome] for outcome in SHOWN),
            warnings=warnings[service],
            unchecked=found[service, "unchecked"],
            shadow=found[service, "shadow"],
            silent=found[service, "silent"],
            unreadable=found[service, "nothing-readable"],
            refused=found[service, "refused"],
        )


def _answers(cards: _Cards, feedback: _Feedback) -> Iterator[Answers]:
    outcomes = Counter((row.service, row.outcome) for row in feedback.last.values())
    shown = Counter(service for service, _ in cards.shown.values())
    for service, number in sorted(shown.items()):
        yield Answers(
            service, number, outcomes[service, "accepted"], outcomes[service, "overridden"]
        )


def _reasons(feedback: _Feedback) -> Iterable[Counted]:
    overridden = [row for row in feedback.last.values() if row.outcome == "overridden"]
    of = Counter(row.service for row in overridden)
    found = Counter((row.service, one_line(row.reason_code or ""), "") for row in overridden)
    return _ranked(found, of)


def _suggestions(cards: _Cards, feedback: _Feedback) -> Iterator[Counted]:
    offered: Counter[tuple[str, str]] = Counter()
    accepted: Counter[tuple[str, str]] = Counter()
    for card, (service, suggestions) in cards.shown.items():
        taken = feedback.accepted.get(card, set())
        for uuid, what in suggestions.items():
            offered[service, what] += 1
            accepted[service, what] += uuid in taken
    for (service, what), number in sorted(offered.items(), key=lambda item: (-item[1], item[0])):
        yield Counted(service, what, "", accepted[service, what], number)


def _ranked(found: Counter[tuple[str, str, str]], of: Counter[str]) -> tuple[Counted, ...]:
    """Return what was counted, the most frequent first."""
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Counted(*about, number, of[about[0]]) for about, number in ranked)


def _times(asked: Sequence[Any]) -> Iterator[Times]:
    found: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for service, outcome, _, tenths, number in asked:
        found[service, outcome][tenths] += number
    for (service, outcome), tenths_of in sorted(found.items()):
        total = tenths_of.total()
        yield Times(service, outcome, total, *(_at_most(tenths_of, total, p) for p in PERCENT))


def _at_most(tenths_of: Counter[int], total: int, percent: int) -> float:
    """Return the milliseconds that so many per cent stayed within (nearest rank)."""
    rank, seen = -(-total * percent // 100), 0
    for tenths in sorted(tenths_of):
        seen += tenths_of[tenths]
        if seen >= rank:
            return (tenths + 1) / 10
    raise ValueError("nothing was counted")
