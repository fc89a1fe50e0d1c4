"""Where the text of reports and notes lives, in the order of clinical.md 4.1, as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from cds_service.engine.datatypes import Attachment, CodeableConcept
from cds_service.engine.evidence import Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import DiagnosticReport, DocumentReference, Observation
from hooks.spine.text.plain import decoded, of_html

_ENGLISH = frozenset(
    [
        "the",
        "is",
        "are",
        "was",
        "of",
        "and",
        "with",
        "without",
        "no",
        "at",
        "there",
        "not",
        "to",
        "in",
    ]
)
_TITLE = 36  # characters of a result's name that may be a heading


class Text(msgspec.Struct, frozen=True, gc=False):
    """One text of one resource; ``section`` is what it is before any heading of its own."""

    body: str
    origin: Origin
    resource: str
    section: str = "findings"


class Texts(msgspec.Struct, frozen=True, gc=False):
    """The texts of one resource, and whether something in it cannot be read by a machine."""

    found: tuple[Text, ...]
    unreadable: bool = False


def texts_of_report(record: PatientRecord, report: DiagnosticReport) -> Texts:
    """Return the texts of a report: conclusion, forms, results; the narrative only without them."""
    found: list[Text] = []
    if report.conclusion:
        found.append(Text(report.conclusion, Origin.REPORT_TEXT, report.reference, "impression"))
    forms = list(_attached(report.presented_form, Origin.REPORT_TEXT, report.reference))
    found += [form for form in forms if form is not None]
    found += _results(record, report)
    if not found and report.text and report.text.div:
        found.append(Text(of_html(report.text.div), Origin.NARRATIVE, report.reference))
    return Texts(tuple(found), None in forms)


def texts_of_document(document: DocumentReference) -> Texts:
    """Return the texts that a document carries inline."""
    attachments = [content.attachment for content in document.content if content.attachment]
    parts = list(_attached(attachments, Origin.NOTE_TEXT, document.reference))
    return Texts(tuple(part for part in parts if part is not None), None in parts)


def _attached(
    attachments: Iterable[Attachment], origin: Origin, reference: str
) -> Iterator[Text | None]:
    """Yield the text of each attachment; None for one that cannot be read here."""
    for attachment in attachments:
        body = decoded(attachment.content_type, attachment.data) if attachment.data else None
        if body is not None or attachment.data or attachment.url:
            yield None if body is None else Text(body, origin, reference)


def _results(record: PatientRecord, report: DiagnosticReport) -> Iterator[Text]:
    for reference in report.result:
        observation = record.by_reference(Observation, reference.reference)
        if observation is not None and observation.value_string:
            title = title_of(observation.code)
            body = f"{title}: {observation.value_string}" if title else observation.value_string
            yield Text(body, Origin.REPORT_TEXT, observation.reference)


def title_of(concept: CodeableConcept | None) -> str:
    """Return the first name of a result that is short enough for a heading; empty without any."""
    names = [concept.text, *(c.display for c in concept.coding)] if concept else []
    return next((name for name in names if name and len(name) <= _TITLE), "")


def heading_of(text: Text) -> str:
    """Return the first line of a text, which may name the examination."""
    for line in text.body[:1_000].splitlines():
        if line.strip():
            return line.strip()[:120]
    return ""


def seems_english(texts: Iterable[Text]) -> bool:
    """Whether texts hold words of the language that the lexicon reads."""
    said = frozenset(" ".join(text.body[:2_000] for text in texts).lower().split())
    return len(said & _ENGLISH) > 1
