"""What both guidelines read alike: age, and imaging held against the construct."""

from __future__ import annotations

from datetime import date

import msgspec

from cds_service.engine.content import Configuration
from cds_service.engine.dates import DateInterval, add_months
from cds_service.engine.record import PatientRecord
from hooks.spine.constructs import read_construct
from hooks.spine.imaging import Imaging
from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.notes import Notes, read_notes
from hooks.spine.problems import problems
from hooks.spine.reports import read_documents, read_reports

_IMPLANT_PROBLEMS = (
    "prior-fusion-status",
    "nonunion",
    "hardware-breakage",
    "hardware-displacement",
    "hardware-other-mechanical",
)

# A CT report may be filed as a document: the newest one may be under either key (rules 1 and 14).
_REPORT_READS = ("diagnostic_reports", "document_references")

# The prefetch keys that imaging and its construct are read from.
IMAGING_READS = (
    "diagnostic_reports",
    "document_references",
    "procedures",
    "devices",
    "imaging_studies",
    "observations",
)


class Age(msgspec.Struct, frozen=True, gc=False):
    """The age by date of birth, unknown when there is none, and the least that is in scope."""

    born: DateInterval | None
    as_of: date
    least_years: int

    @property
    def is_known(self) -> bool:
        """Whether a date of birth was read."""
        return self.born is not None

    @property
    def is_child(self) -> bool:
        """Whether the patient is surely younger: only a known age is out of scope (rule 5)."""
        if self.born is None:
            return False
        return add_months(self.born.first, 12 * self.least_years) > self.as_of


def age_of(record: PatientRecord, configuration: Configuration) -> Age:
    """Return the age of the patient."""
    patient = record.patient
    born = record.dated(patient.birth_date) if patient else None
    return Age(born, record.as_of, configuration.count("scope.minAge"))


def is_passed_over(age: Age, configuration: Configuration) -> bool:
    """Whether nothing is to be said about a child, not even that it is out of scope."""
    return age.is_child and configuration["scope.outOfScopeCard"] == "none"


def is_elsewhere(record: PatientRecord, imaging: Imaging) -> bool:
    """Whether the only construct on record is cervical or thoracic (contract, rule 6).

    That needs the whole history, and nothing that shows an implant or a fusion further down.
    """
    if not imaging.construct.is_elsewhere or not record.searched("procedures"):
        return False
    reported = any(f.target.implies_fusion for r in imaging.reports for f in r.findings)
    return not reported and not problems(record, *_IMPLANT_PROBLEMS)


def read_imaging_and_notes(
    record: PatientRecord, configuration: Configuration, ordered: Levels = NO_LEVELS
) -> tuple[Imaging, Notes]:
    """Return all imaging of the lower spine with its construct, and the notes beside it.

    What is ordered to be removed is instrumented, too (contract, rule 10). Reports may be filed as
    documents, and notes speak of images: both are read together.
    """
    documents = read_documents(record)
    notes = read_notes(record, documents)
    imaging = Imaging(
        reports=read_reports(record, documents.reports),
        construct=read_construct(record),
        as_of=record.as_of,
        reports_known=record.newest_known(*_REPORT_READS),
        procedures_known=record.newest_known("procedures"),
        history_known=record.searched("procedures"),
        max_age_months=configuration.count("ct.maxAgeMonths"),
        early_months=configuration.count("rv.earlyMonths"),
        ordered=ordered,
        noted=notes.findings,
        newest_governs=configuration.flag("imaging.recency"),
    )
    return imaging, notes
