"""A long history is read in time that grows with its rows, and not with their square."""

import time
from datetime import date, timedelta

import pytest

from hooks.spine.infection import judge_no_infection, read_infection
from hooks.spine.named_problems import named_problems
from hooks.spine.reading import read_imaging_and_notes
from hooks.spine.windows import ct_without_report
from tests.chart import CONTENT, CRP, ESR, fusion, note, record, report

CONFIGURATION = CONTENT.configuration
CT = {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"}
FEW, MANY = 400, 1_600
TIMES = 8  # a square would take 16 times as long


def day(number):
    return (date(2023, 1, 1) + timedelta(number % 1_000)).isoformat()


def imaging(chart):
    return read_imaging_and_notes(chart, CONFIGURATION)[0]


def signs_of_infection_that_are_denied_later(rows):
    shown = [report(f"a{n}", "24968-0", day(n), conclusion="Discitis at L4-5.") for n in rows]
    denied = [report(f"b{n}", "24968-0", conclusion="No discitis at L4-5.") for n in rows]
    chart = record(fusion(), ESR, CRP, *shown, *denied)
    work_up = read_infection(chart, imaging(chart), CONFIGURATION, named_problems(chart))
    return lambda: judge_no_infection(work_up)


def studies_with_reports(rows):
    made = {"resourceType": "ImagingStudy", "status": "available", "started": "2026-02-25"}
    made |= {"modality": [CT], "description": "CT lumbar spine"}
    studies = [made | {"id": f"s{n}"} for n in rows]
    named = [{"imagingStudy": [{"reference": f"ImagingStudy/s{n}"}]} for n in rows]
    reports = [report(f"r{n}", "24968-0", **study) for n, study in enumerate(named)]
    chart = record(*studies, *reports)
    read = imaging(chart)
    return lambda: ct_without_report(chart, read, CONFIGURATION)


def reports_that_are_filed_as_documents_too(rows):
    said = "Nonunion at L5-S1."
    filed = [note(said, f"n{n}", day(n), title="CT lumbar spine") for n in rows]
    chart = record(*filed, *[report(f"r{n}", when=day(n + 500), conclusion=said) for n in rows])
    return lambda: imaging(chart)


def unfinished_cultures(rows):
    culture = {"resourceType": "Observation", "status": "preliminary"}
    culture |= {"code": {"coding": [{"system": "http://loinc.org", "code": "43408-4"}]}}
    chart = record(*[culture | {"id": f"c{n}", "effectiveDateTime": day(n)} for n in rows])
    read = imaging(chart)
    return lambda: read_infection(chart, read, CONFIGURATION, named_problems(chart))


def unfinished_reports_of_cultures(rows):
    code = {"text": "Deep tissue culture, lumbar"}
    final = [report(f"f{n}", "1", day(n), conclusion="No growth.") | {"code": code} for n in rows]
    sent = [report(f"s{n}", "1", day(n), status="registered") | {"code": code} for n in rows]
    chart = record(*final, *sent)
    read = imaging(chart)
    return lambda: read_infection(chart, read, CONFIGURATION, named_problems(chart))


def seconds(work):
    taken = []
    for _ in range(3):
        before = time.process_time()
        work()
        taken.append(time.process_time() - before)
    return min(taken)


@pytest.mark.parametrize(
    "history",
    [
        signs_of_infection_that_are_denied_later,
        studies_with_reports,
        reports_that_are_filed_as_documents_too,
        unfinished_cultures,
        unfinished_reports_of_cultures,
    ],
)
def test_four_times_the_rows_take_about_four_times_as_long(history):
    few, many = history(range(FEW)), history(range(MANY))
    assert seconds(many) < TIMES * max(seconds(few), 0.001)
