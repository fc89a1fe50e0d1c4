"""Results that a report names and that no search brought.

A search is for single codes: what is told by a code of a family, or in words, is not in it (CDS
Hooks, "Prefetch Template"). Only reports that say something themselves are looked at: those of
images do, panels of a laboratory do not, and they name dozens.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cds_service.engine.resources import DiagnosticReport, Observation, Resource
from cds_service.fhir.client import FhirReader
from cds_service.fhir.identifiers import id_here
from cds_service.fhir.read_error import FhirReadError
from cds_service.fhir.recency import date_of

MAX_RESULTS = 20  # of the newest reports: every one is a call


def results_to_read(resources: Iterable[Resource], reader: FhirReader) -> list[str]:
    """Return the ids of Observations that reports name and that are not there yet."""
    there, reports = set[str](), list[DiagnosticReport]()
    for resource in resources:
        if type(resource) is Observation:
            there.add(resource.id)
        elif type(resource) is DiagnosticReport and resource.result and _says_more(resource):
            reports.append(resource)
    reports.sort(key=_age, reverse=True)
    named = (
        id_here(result.reference, "Observation", reader.base.url)
        for report in reports
        for result in report.result
    )
    return list(dict.fromkeys(i for i in named if i and i not in there))[:MAX_RESULTS]


def _says_more(report: DiagnosticReport) -> bool:
    said = (report.conclusion, report.conclusion_code, report.presented_form, report.imaging_study)
    return any(said)


def _age(report: DiagnosticReport) -> tuple[date, str]:
    when = date_of(report)
    return (when.last if when else date.min, report.id)


def read_result(result_id: str, reader: FhirReader) -> Observation | None:
    """Return an Observation, or None when it cannot be had: its report says then that it lacks."""
    try:
        value = reader.read(f"Observation/{result_id}")
    except FhirReadError:
        return None
    return value if isinstance(value, Observation) and value.id == result_id else None
