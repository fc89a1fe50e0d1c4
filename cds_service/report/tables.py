"""The figures as tables, once for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from cds_service.engine.codes import SYSTEM_NAMES
from cds_service.report.figures import Counted, Figures

SHOWN = 15  # rows of what is ranked; --json has all


class Table(Struct, frozen=True):
    """A title, what it says, its columns and its rows; ``id`` names it on the page."""

    id: str
    title: str
    says: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(figures: Figures) -> tuple[Table, ...]:
    """Return all tables of a report, those without rows included."""
    return tuple(make(figures) for make in _TABLES)


def _services(figures: Figures) -> Table:
    rows = (
        (s.service, s.invocations, s.cards, s.warnings, s.unchecked, s.shadow, s.unreadable,
         s.refused, s.silent, percent(s.silent, s.invocations))
        for s in figures.services
    )  # fmt: skip
    return Table(
        "services",
        "What the services said",
        "Silent: no card, mostly because the order was not about the spine. Unchecked: cards that "
        "only say that nothing of the record could be read. Unreadable: the same without a card. "
        "Refused: a malformed request, or a defect of ours.",
        (
            "service",
            "invocations",
            "cards",
            "warnings",
            "unchecked",
            "shadow",
            "unreadable",
            "refused",
            "silent",
            "%",
        ),
        _told(rows),
    )


def _weeks(figures: Figures) -> Table:
    rows = ((w.monday.isoformat(), w.service, w.cards, w.warnings) for w in figures.weeks)
    return Table(
        "weeks",
        "Cards by week",
        "Weeks begin on Monday, in UTC; the first and the last may be in part.",
        ("week of", "service", "cards", "warnings"),
        _told(rows),
    )


def _answers(figures: Figures) -> Table:
    rows = (
        (a.service, a.cards, a.accepted, percent(a.accepted, a.cards), a.overridden,
         percent(a.overridden, a.cards), a.unanswered)
        for a in figures.answers
    )  # fmt: skip
    return Table(
        "answers",
        "What became of the cards",
        "The last report about a card counts. Nothing is reported about cards that were ignored. "
        f"Feedback about cards that the audit does not know, kept apart: {figures.kept_apart}.",
        ("service", "cards", "accepted", "%", "overridden", "%", "neither"),
        _told(rows),
    )


def _reasons(figures: Figures) -> Table:
    rows = ((c.service, c.what or "(none given)", c.count, percent(c.count, c.of))
            for c in figures.reasons[:SHOWN])  # fmt: skip
    return Table(
        "reasons",
        "Why cards were overridden",
        "The codes that clinicians picked; per cent of the overridden cards of the service.",
        ("service", "reason", "cards", "%"),
        _told(rows),
    )


def _suggestions(figures: Figures) -> Table:
    rows = ((c.service, _named(c.what), c.of, c.count, percent(c.count, c.of))
            for c in figures.suggestions[:SHOWN])  # fmt: skip
    return Table(
        "suggestions",
        "Which suggestions were accepted",
        "By the code of what is suggested, or its text where no code is verified.",
        ("service", "suggestion", "offered", "accepted", "%"),
        _told(rows),
    )


def _unknown(figures: Figures) -> Table:
    return Table(
        "unknown",
        "What could not be judged, and why",
        "Criteria and risk factors that were unknown, per cent of the judged orders of the "
        "service, cards of shadow mode included.",
        ("service", "criterion", "reason", "cards", "%"),
        _ranked(figures.unknown),
    )


def _missing(figures: Figures) -> Table:
    return Table(
        "missing",
        "Which data were missing, and why",
        "Prefetch keys that could not be read as a whole, per cent of the orders that were ours.",
        ("service", "prefetch key", "reason", "orders", "%"),
        _ranked(figures.missing),
    )


def _shadow(figures: Figures) -> Table:
    rows = ((c.service, c.what, c.count) for c in figures.shadow)
    return Table(
        "shadow",
        "What shadow mode would have shown",
        "Cards that were judged and logged, and not shown to clients in shadow mode.",
        ("service", "indicator", "cards"),
        _told(rows),
    )


def _times(figures: Figures) -> Table:
    rows = (
        (t.service, t.outcome, t.count, f"{t.p50:.1f}", f"{t.p95:.1f}", f"{t.p99:.1f}")
        for t in figures.times
    )
    return Table(
        "times",
        "How long answers took",
        "Milliseconds from arrival to answer, without the network; so many per cent took no more.",
        ("service", "outcome", "answers", "p50 ms", "p95 ms", "p99 ms"),
        _told(rows),
    )


_TABLES: tuple[Callable[[Figures], Table], ...] = (
    _services, _weeks, _answers, _reasons, _suggestions, _unknown, _missing, _shadow, _times,
)  # fmt: skip


def _named(what: str) -> str:
    """Return a coding as people write it: LOINC 4537-7."""
    system, _, code = what.rpartition("|")
    return f"{SYSTEM_NAMES[system]} {code}" if system in SYSTEM_NAMES else what


def _ranked(counted: Iterable[Counted]) -> tuple[tuple[str, ...], ...]:
    top = list(counted)[:SHOWN]
    return _told((c.service, c.what, c.how, c.count, percent(c.count, c.of)) for c in top)


def _told(rows: Iterable[Iterable[object]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_cells(row)) for row in rows)


def _cells(row: Iterable[object]) -> Iterator[str]:
    for value in row:
        yield f"{value:,}" if isinstance(value, int) else str(value)


def percent(part: int, whole: int) -> str:
    """Return a share with one decimal; a dash where there is nothing to share."""
    return f"{100 * part / whole:.1f}" if whole else "–"
