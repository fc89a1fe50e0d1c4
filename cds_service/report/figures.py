"""What the report says, as data; ``--json`` is its dump."""

from __future__ import annotations

from datetime import date

from msgspec import Struct


class Period(Struct, frozen=True):
    """Whole days in UTC, both of them included, of one client or of all."""

    first: date
    last: date
    client: str | None = None


class ServiceFigures(Struct, frozen=True):
    """How often a service was asked, and what it said.

    ``unchecked`` are those of the cards that only say that nothing could be read. ``shadow`` are
    cards that were judged and not shown. ``unreadable`` are orders that were ours, of whose record
    nothing could be read, and without a card. What was refused was malformed, or a defect of ours.
    """

    service: str
    invocations: int
    cards: int
    warnings: int
    unchecked: int
    shadow: int
    silent: int
    unreadable: int
    refused: int


class Week(Struct, frozen=True):
    """Cards shown by a service in the week that begins on a Monday."""

    monday: date
    service: str
    cards: int
    warnings: int


class Answers(Struct, frozen=True):
    """What became of the cards shown: the last that a client reported about each counts."""

    service: str
    cards: int
    accepted: int
    overridden: int

    @property
    def unanswered(self) -> int:
        """Cards of which nothing was reported: CDS Hooks tells nobody about ignored ones."""
        return self.cards - self.accepted - self.overridden


class Counted(Struct, frozen=True):
    """How often something was so, of how many.

    ``service`` and ``what`` say what it is about; ``how`` is its reason, where it has one.
    """

    service: str
    what: str
    how: str
    count: int
    of: int


class Times(Struct, frozen=True):
    """Milliseconds to the answer, at most; ``outcome`` is that of the audit."""

    service: str
    outcome: str
    count: int
    p50: float
    p95: float
    p99: float


class Figures(Struct, frozen=True):
    """The whole report.

    ``unknown`` counts criteria and risk factors by reason, ``missing`` prefetch keys by reason,
    ``reasons`` those of overridden cards, ``suggestions`` how many were accepted of those offered,
    ``shadow`` the cards withheld by indicator. ``kept_apart`` is feedback about cards that the
    audit does not know as ours.
    """

    period: Period
    services: tuple[ServiceFigures, ...]
    weeks: tuple[Week, ...]
    answers: tuple[Answers, ...]
    reasons: tuple[Counted, ...]
    suggestions: tuple[Counted, ...]
    unknown: tuple[Counted, ...]
    missing: tuple[Counted, ...]
    shadow: tuple[Counted, ...]
    times: tuple[Times, ...]
    kept_apart: int
