"""Clinic notes: what they say of symptoms, function, conservative care and counselling.

A note is a DocumentReference that is no imaging report. The newest note that speaks of a topic
answers for it; nothing follows from a topic that no note speaks of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence
from cds_service.engine.record import PatientRecord
from hooks.spine.findings import Finding, Stance, Target
from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.reports import Documents, document_date
from hooks.spine.stated_findings import Topic, stated_in


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

        Without knowing that the newest note was read, or which it is, all notes must agree: else
        what they say together is returned, so that it conflicts.
        """
        speaking = [(note, found) for note in self.all if (found := _named(note, names))]
        if not speaking:
            return ()
        newest = speaking[0][0].when
        if newest is None or not self.newest_known:
            return tuple(topic for _, found in speaking for topic in found)
        together = [found for note, found in speaking if _same_day(note.when, newest)]
        return tuple(topic for found in together for topic in found)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What notes say of images: never as good as the report itself (rule 14)."""
        return tuple(finding for note in self.all for finding in note.findings)

    def affirming(self, target: Target) -> tuple[Evidence, ...]:
        """Return the evidence of the notes that affirm a target of imaging or of touch."""
        return tuple(
            f.evidence for f in self.findings if f.target is target and f.stance is Stance.AFFIRMED
        )


NO_NOTES = Notes((), newest_known=False)


def _named(note: Note, names: Sequence[str]) -> tuple[Topic, ...]:
    return tuple(topic for topic in note.topics if topic.name in names)


def _same_day(one: DateInterval | None, newest: DateInterval) -> bool:
    return one is not None and one.last >= newest.first


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
    return tuple(dict.fromkeys(t.evidence for t in topics if t.stance is stance))


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
