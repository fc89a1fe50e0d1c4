"""Reports of tissue cultures whose result is no coded Observation: a hint at infection, no more."""

from __future__ import annotations

from collections.abc import Iterator

from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import DiagnosticReport
from hooks.spine.laterality import names_of
from hooks.spine.texts import texts_of_report
from hooks.spine.words import words

_CULTURE = frozenset(("culture", "cultures"))
_TISSUE = frozenset(
    ("tissue", "deep", "wound", "lumbar", "spine", "spinal", "hardware", "implant", "screw", "bone",
     "disc", "abscess", "aspirate")
)  # fmt: skip
_NO_GROWTH = ("no growth", "did not grow")
_GREW = frozenset(("grew", "isolated", "positive"))
_QUOTED = 200  # characters


def reported_growth(record: PatientRecord, surgery: DateInterval | None) -> tuple[Evidence, ...]:
    """Return the reports of tissue cultures since an operation that say more than "no growth"."""
    return tuple(_growth(record, surgery))


def _growth(record: PatientRecord, surgery: DateInterval | None) -> Iterator[Evidence]:
    for report in record.all(DiagnosticReport):
        said = words(" ".join(filter(None, names_of(report.code)))) if report.code else frozenset()
        if not (said & _CULTURE and said & _TISSUE):
            continue
        period = report.effective_period
        start = period.start if period else None
        when = record.dated(report.effective_date_time, start, report.issued)
        text = " ".join(text.body for text in texts_of_report(record, report).found)
        if when and surgery and when.surely_before(surgery):
            continue
        quiet = any(phrase in text.lower() for phrase in _NO_GROWTH) and not words(text) & _GREW
        if text and not quiet:
            dated = when.text if when else ""
            quote = " ".join(text[:_QUOTED].split())
            said_of = "Culture report:"
            yield Evidence(Origin.REPORT_TEXT, report.reference, dated, quote=quote, says=said_of)
