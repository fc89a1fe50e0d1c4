"""Clinic notes: what they say of symptoms, function, conservative care and counselling.

A note is a DocumentReference that is no imaging report. The newest note that speaks of a topic
answers for it; nothing follows from a topic that no note speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Reason
from cds_service.engine.record import PatientRecord
from hooks.spine.findings import Finding, Stance, Target
from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.reports import Documents, document_date
from hooks.spine.stated_findings import Topic, stated_in

S = TypeVar("S", Topic, Finding)


class Note(msgspec.Struct, frozen=True, gc=False):
    """One note with what it states; ``when`` is the day of the visit."""

    reference: str
    when: DateInterval | None
    topics: tuple[Topic, ...]
    findings: tuple[Finding, ...]
    construct: Levels = NO_LEVELS
    unreadable: bool = False


class Notes(msgspec.Struct, frozen=True, dict=True):
    """All notes of a record, newest first, and whether the newest are surely among them."""

    all: tuple[Note, ...]
    newest_known: bool

    def on(self, *names: str) -> tuple[Topic, ...]:
        """Return what the newest note that speaks of the topics says of them.

        Without knowing that the newest note was read, all notes must agree: else what they say
        together is returned, so that it conflicts. So does a note without a date, which may be the
        newest; alone it only hints.
        """
        return self._newest([(n.when, _named(n, names)) for n in self.all])

    def felt(self, target: Target) -> tuple[Finding, ...]:
        """Return what the newest note that speaks of a target of touch says of it, like ``on``.

        What an older one felt stands where no newer one speaks of that side and those levels.
        """
        said = [(n.when, tuple([f for f in n.findings if f.target is target])) for n in self.all]
        newest = self._newest(said)
        if not self.newest_known:
            return newest
        return tuple(dict.fromkeys(chain(newest, _felt_elsewhere(said))))

    def _newest(self, notes: Sequence[tuple[DateInterval | None, tuple[S, ...]]]) -> tuple[S, ...]:
        dated = [(when, found) for when, found in notes if found and when is not None]
        newest = dated[0][0] if dated and self.newest_known else None
        said = [
            s for when, found in dated for s in found if not newest or when.last >= newest.first
        ]
        stances = {s.stance for s in said}
        undated = [s for when, found in notes if when is None for s in found]
        if not said:
            return tuple([replace(s, stance=Stance.POSSIBLE) for s in undated])
        return tuple(said + [s for s in undated if s.stance not in stances])

    def since(self, surgery: DateInterval | None) -> Notes:
        """Return the notes surely not older than an operation, and those without a date."""
        if surgery is None:
            return self
        kept = [n for n in self.all if n.when is None or n.when.surely_not_before(surgery)]
        return Notes(tuple(kept), self.newest_known)

    def why_silent(self, record: PatientRecord, *keys: str) -> Reason:
        """Return why keys, notes among them, do not answer what no readable note speaks of."""
        if not record.searched(*keys):
            return Reason.NOT_SEARCHED
        return Reason.UNREADABLE if any(n.unreadable for n in self.all) else Reason.NO_DATA

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What notes say of images: never as good as the report itself (rule 14)."""
        return tuple(finding for note in self.all for finding in note.findings)

    def newest_on(self, target: Target) -> tuple[Finding, ...]:
        """Return what the newest note that speaks of a target says of it; else of all notes."""
        speaking = [f for note in self.all for f in note.findings if f.target is target]
        newest = speaking[0].evidence.date if speaking and self.newest_known else None
        return tuple(f for f in speaking if newest is None or f.evidence.date in (newest, ""))

    def affirming(self, target: Target) -> tuple[Evidence, ...]:
        """Return the evidence of the notes that affirm a target of imaging or of touch."""
        return tuple(
            f.evidence for f in self.findings if f.target is target and f.stance is Stance.AFFIRMED
        )


NO_NOTES = Notes((), newest_known=False)


def _felt_elsewhere(
    notes: Sequence[tuple[DateInterval | None, tuple[Finding, ...]]],
) -> Iterator[Finding]:
    """Yield what dated notes affirm, newest first, of places that no newer one speaks of."""
    newer: dict[tuple[Levels, str], Finding] = {}  # one of each place
    for when, found in notes:
        if when is not None:
            shown = [f for f in found if f.stance is Stance.AFFIRMED]
            yield from (f for f in shown if not any(map(f.may_be_where, newer.values())))
            newer |= {(f.levels, f.side): f for f in found}


def _named(note: Note, names: Sequence[str]) -> tuple[Topic, ...]:
    return tuple(topic for topic in note.topics if topic.name in names)


def affirmed(topics: Sequence[Topic]) -> tuple[Evidence, ...]:
    """Return the evidence of the topics that are affirmed, each sentence once."""
    return _with(topics, Stance.AFFIRMED)


def denied(topics: Sequence[Topic]) -> tuple[Evidence, ...]:
    """Return the evidence of the topics that are denied, each sentence once."""
    return _with(topics, Stance.DENIED)


def hedged(topics: Sequence[Topic]) -> tuple[Evidence, ...]:
    """Return the evidence of the topics that are left open, each sentence once."""
    return _with(topics, Stance.POSSIBLE)


def _with(topics: Sequence[Topic], stance: Stance) -> tuple[Evidence, ...]:
    if not topics:
        return ()
    return tuple(dict.fromkeys([t.evidence for t in topics if t.stance is stance]))


def read_notes(record: PatientRecord, documents: Documents) -> Notes:
    """Return the notes of a record, newest first; those without a date come last."""
    found = sorted(_read(record, documents), key=_by_date, reverse=True)
    return Notes(tuple(found), record.newest_known("document_references"))


def _by_date(note: Note) -> tuple[str, str]:
    return (note.when.last.isoformat() if note.when else "", note.reference)


def _read(record: PatientRecord, documents: Documents) -> Iterator[Note]:
    for document, texts in documents.notes:
        when = document_date(record, document)
        stated = stated_in(texts.found, when.text if when else "")
        yield Note(
            document.reference,
            when,
            stated.topics,
            stated.findings,
            stated.construct,
            unreadable=texts.unreadable and not texts.found,
        )
