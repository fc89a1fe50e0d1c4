"""A young CT study whose report nobody has is asked for, and not made again."""

import pytest

from hooks.spine.reading import read_imaging_and_notes
from hooks.spine.windows import ask_for_report
from tests.chart import CONTENT, configured, record, report

CT = {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"}
LINK = {"imagingStudy": [{"reference": "ImagingStudy/other"}]}


def study(started, name="study"):
    made = {"resourceType": "ImagingStudy", "id": name, "status": "available", "started": started}
    return made | {"modality": [CT], "description": "CT lumbar spine"}


def asked(*resources, configuration=CONTENT.configuration):
    chart = record(*resources)
    imaging, _ = read_imaging_and_notes(chart, configuration)
    return bool(ask_for_report(chart, imaging, configuration))


LATE = study("2026-02-10T23:40:00Z")


@pytest.mark.parametrize("issued", ["2026-02-10", "2026-02-11T02:00:00Z", "2026-02-12T09:00:00Z"])
def test_a_report_that_names_no_study_is_of_a_ct_of_its_day_or_of_the_two_before(issued):
    assert not asked(LATE, report(when=None, issued=issued))


@pytest.mark.parametrize("issued", ["2026-02-07", "2026-02-13T02:00:00Z", None])
def test_a_report_of_other_days_is_not_that_of_the_study(issued):
    assert asked(LATE, report(when=None, issued=issued))


def test_how_late_a_report_may_be_is_a_setting():
    late = report(when=None, issued="2026-02-13T02:00:00Z")
    assert not asked(LATE, late, configuration=configured(imaging__reportLateDays=3))
    same_day = configured(imaging__reportLateDays=0)
    assert asked(LATE, report(when=None, issued="2026-02-11"), configuration=same_day)


def test_a_report_of_another_study_is_not_that_of_one_of_the_next_day():
    other = study("2026-02-09T10:00:00Z", "other")
    assert asked(LATE, other, report(when="2026-02-09", **LINK))
    assert not asked(LATE, other, report(when="2026-02-10", **LINK))


def test_a_study_that_a_report_names_has_one_whatever_its_day():
    named = {"imagingStudy": [{"reference": "ImagingStudy/study"}]}
    assert not asked(LATE, report(when="2026-01-04", **named))
