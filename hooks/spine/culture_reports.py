"""Reports of tissue cultures whose result is no coded Observation: a hint at infection, no more."""

from __future__ import annotations

from collections.abc import Iterator

from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import DiagnosticReport
from hooks.spine.laterality import names_of
from hooks.spine.texts import texts_of_report
from hooks.spine.words import in_order, words

_CULTURE = frozenset(("culture", "cultures"))
_TISSUE = frozenset(
    ("tissue", "deep", "wound", "lumbar", "spine", "spinal", "hardware", "implant", "screw", "bone",
     "disc", "abscess", "aspirate")
)  # fmt: skip
_NO_GROWTH = (
    "no growth", "did not grow", "no organism", "no bacteria", "no anaerob", "no fung", "no aerob",
    "nothing grew", "not isolated", "none isolated", "sterile", "culture negative",
    "cultures negative", "negative culture",
)  # fmt: skip
# Words of which a part may consist that says nothing of growth.
_NEUTRAL = frozenset(
    ("final", "report", "result", "results", "specimen", "source", "site", "culture", "cultures",
     "aerobic", "anaerobic", "fungal", "afb", "mycobacterial", "bacterial", "routine", "incubated",
     "incubation", "extended", "at", "after", "for", "of", "to", "date", "in", "on", "the", "a",
     "and", "all", "x", "day", "days", "hour", "hours", "week", "weeks", "h", "d", "intraoperative",
     "operative", "deep", "tissue", "wound", "lumbar", "spine", "spinal", "hardware", "implant",
     "screw", "bone", "disc", "aspirate", "sample", "samples", "swab", "both", "collected",
     "received", "gram", "stain")
)  # fmt: skip
_PARTS = str.maketrans(dict.fromkeys(".;,\n", "|"))
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
        if text and not _is_quiet(text):
            dated = when.text if when else ""
            quote = " ".join(text[:_QUOTED].split())
            said_of = "Culture report:"
            yield Evidence(Origin.REPORT_TEXT, report.reference, dated, quote=quote, says=said_of)


def _is_quiet(text: str) -> bool:
    """Whether a culture says that nothing grew, and each part of it that or nothing.

    "No growth aerobically, Cutibacterium acnes anaerobically" is not quiet.
    """
    lowered = text.lower().replace(" but ", ".").replace(" except ", ".").translate(_PARTS)
    parts = lowered.split("|")
    silent = [any(phrase in part for phrase in _NO_GROWTH) for part in parts]
    return any(silent) and all(
        quiet or all(word in _NEUTRAL or word[0].isdigit() for word in in_order(part))
        for part, quiet in zip(parts, silent, strict=True)
    )
