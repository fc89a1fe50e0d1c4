"""The day of an examination that is filed later, as the head of its own text names it (rule 14)."""

from datetime import date

import pytest

from cds_service.engine.evidence import Origin
from hooks.spine.exam_days import day_of_exam
from hooks.spine.reports import read_documents, read_reports
from hooks.spine.texts import Text
from tests.chart import note, record, report

FINDINGS = "FINDINGS: Solid fusion L4-S1."


def named(head, latest=date(2026, 2, 1)):
    found = day_of_exam([Text(f"{head}\n{FINDINGS}", Origin.REPORT_TEXT, "x")], latest)
    return found and found.text


@pytest.mark.parametrize(
    "head",
    [
        "Date of exam: 06/14/2019",
        "CT LUMBAR SPINE\nDate of Service: 6/14/2019 10:33",
        "EXAM DATE 2019-06-14",
        "Study date: 14-JUN-2019",
        "DOS: 14 June 2019",
        "Performed on: June 14, 2019",
        "EXAM: CT lumbar spine 06/14/2019. COMPARISON: 03/15/2018.",
        "CT LUMBAR SPINE WITHOUT CONTRAST 06/14/19",
        "MRN 123\nDOB: 05/20/1960\nDate: 14.06.2019",
        "DOB: 05/20/1960  Status: final  Exam Date/Time: 06/14/2019 10:33  Report date: 06/16/2019",
        "Date and time of exam: 06/14/2019\nDate: 01/10/2026",
        "Study performed: CT lumbar spine, 06/14/2019",
        "Procedure: CT lumbar spine 06/14/2019 after fusion",
        "Date of procedure: 06/14/2019",
        "Procedure date: 06/14/2019 10:33",
        "Date: 06/14/2019 Reported: 06/16/2019",
        "Exam date: 06/14/2019 DOB: 05/20/1960",
        "CT LUMBAR SPINE 06/14/2019 POST FUSION",
    ],
)
def test_the_day_is_read_from_its_label_or_from_the_title(head):
    assert named(head) == "2019-06-14"


@pytest.mark.parametrize(
    "head",
    [
        "CT LUMBAR SPINE",
        "DOB: 06/14/1960",
        "COMPARISON: CT of 06/14/2019",
        "CT lumbar spine, comparison 06/14/2019",
        "EXAM: CT lumbar spine, s/p fusion 06/14/2019",
        "Date of surgery: 06/14/2019",
        "Date of procedure: 06/14/2019 L2-S1 fusion",
        "Procedure: 06/14/2019 posterior fusion with screws",
        "Last seen, date of procedure 06/14/2019",
        "Date: 06/14/2019 L2-S1 fusion",
        "Performed on: 06/14/2019 L2-S1 fusion",
        "Date: 06/14/2019 DOB",
        "Date: 06/14/2019 (date of birth)",
        "Exam date: 06/14/2019 10:33 AM dictated",
        "Date dictated: 06/14/2019",
        "CT LUMBAR SPINE. Screws placed 06/14/2019.",
        "CT LUMBAR SPINE. No change from 06/14/2019.",
        "COMPARISON: exam date 06/14/2019",
        "Date of exam: 02/30/2019",
        "Date of exam: 14 Foo 2019",
        "Date of exam: 06/14/2027",
        "",
    ],
)
def test_another_day_than_that_of_the_examination_is_not_taken_for_it(head):
    assert named(head) is None


def test_a_day_that_may_be_read_in_two_ways_and_days_that_disagree_are_an_interval():
    assert named("Date of exam: 03/04/2019") == "2019-03-04/2019-04-03"
    assert named("Exam date: 06/14/2019\nStudy date: 2019-06-20") == "2019-06-14/2019-06-20"


def test_what_stands_further_down_is_of_another_examination():
    assert named("x\n" * 20 + "Exam date: 06/14/2019") is None


def filed(text, **members):
    (found,) = read_documents(
        record(note(text, title="Outside CT lumbar spine", **members))
    ).reports
    return found.when and found.when.text


DATED = f"Exam date: 06/14/2019\n{FINDINGS}"


def test_an_outside_ct_is_of_the_day_that_it_names_and_not_of_its_filing():
    assert filed(DATED) == "2019-06-14"
    assert filed(DATED, when=None) == "2019-06-14"


def test_a_filed_ct_that_names_no_day_is_taken_to_be_of_the_day_of_its_filing():
    assert filed(FINDINGS) == "2026-02-01"


def test_the_day_of_the_service_outweighs_the_text():
    assert filed(DATED, context={"period": {"start": "2026-01-04"}}) == "2026-01-04"


def test_a_report_that_has_only_a_day_of_issue_is_of_the_day_that_it_names():
    issued = report(when=None, issued="2026-01-05T10:00:00Z", conclusion=DATED)
    assert read_reports(record(issued))[0].when.text == "2019-06-14"
    examined = report(when="2026-01-04", conclusion=DATED)
    assert read_reports(record(examined))[0].when.text == "2026-01-04"
