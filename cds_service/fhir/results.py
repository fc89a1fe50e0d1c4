"""Results that a report names and that no search brought.

A search is for single codes: what is told by a code of a family, or in words, is not in it (CDS
Hooks, "Prefetch Template"). Only reports that say something themselves are looked at: those of
images do, panels of a laboratory do not, and they name dozens.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date
from itertools import chain, islice, zip_longest

from cds_service.engine.resources import DiagnosticReport, Observation, Resource
from cds_service.fhir.client import FhirReader
from cds_service.fhir.identifiers import id_to_read
from cds_service.fhir.read_error import FhirReadError
from cds_service.fhir.recency import date_of

MAX_RESULTS = 20  # of the newest reports: every one is a call


def results_to_read(
    resources: Iterable[Resource], void: Collection[str], is_here: Callable[[str], bool]
) -> list[str]:
    """Return the ids of Observations that reports name and that are not there yet.

    The first of every report comes before the second of any, those of images first. ``void`` are
    the references of what arrived and does not count: it is not asked for again.
    """
    there, reports = set(void), list[DiagnosticReport]()
    for resource in resources:
        if type(resource) is Observation:
            there.add(resource.reference)
        elif type(resource) is DiagnosticReport and resource.result and _says_more(resource):
            reports.append(resource)
    reports.sort(key=_rank, reverse=True)
    rounds = zip_longest(*[_not_there(report, there, is_here) for report in reports])
    wanted = filter(None, chain.from_iterable(rounds))
    return list(islice(dict.fromkeys(wanted), MAX_RESULTS))


def _not_there(
    report: DiagnosticReport, there: Collection[str], is_here: Callable[[str], bool]
) -> list[str]:
    """Return the ids of the first results of a report that are not there."""
    named = (id_to_read(result.reference, "Observation", is_here) for result in report.result)
    return list(islice((i for i in named if i and f"Observation/{i}" not in there), MAX_RESULTS))


def _says_more(report: DiagnosticReport) -> bool:
    said = (report.conclusion, report.conclusion_code, report.presented_form, report.imaging_study)
    return any(said)


def _rank(report: DiagnosticReport) -> tuple[bool, date, str]:
    when = date_of(report)
    return (bool(report.imaging_study), when.last if when else date.min, report.id)


def read_result(result_id: str, reader: FhirReader) -> Observation | None:
    """Return an Observation, or None when it cannot be had: its report says then that it lacks."""
    try:
        value = reader.read(f"Observation/{result_id}")
    except FhirReadError:
        return None
    return value if isinstance(value, Observation) and value.id == result_id else None
