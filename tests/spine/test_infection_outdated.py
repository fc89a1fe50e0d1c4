"""Infection on an image that a newer image denies is possible, and nothing more (HR-X1; 1.3-H)."""

import pytest

from cds_service.engine.judgement import Reason, Status
from hooks.spine.infection import judge_no_infection, read_infection
from hooks.spine.named_problems import named_problems
from hooks.spine.reading import read_imaging_and_notes
from tests.chart import CONTENT, CRP, ESR, attachment, cpt, fusion, procedure, record, report

DISCITIS = report("mr", "24968-0", "2023-06-01", conclusion="Discitis at L4-5.")


def judge(*reports):
    chart = record(fusion(), ESR, CRP, *reports)
    imaging, _ = read_imaging_and_notes(chart, CONTENT.configuration)
    return judge_no_infection(
        read_infection(chart, imaging, CONTENT.configuration, named_problems(chart))
    )


def later(text, name="later", code="24968-0", when="2026-01-04", **members):
    return report(name, code, when, **({"conclusion": text} | members))


@pytest.mark.parametrize(
    "newer",
    [
        later("No sign of infection."),
        later("No sign of infection.", code="30620-9"),
        later("No discitis at L4-5."),
        later("No discitis at any level."),
    ],
)
def test_infection_that_a_newer_image_denies_is_possible_and_both_are_shown(newer):
    found = judge(DISCITIS, newer)
    assert (found.status, found.reason) == (Status.UNKNOWN, Reason.POSSIBLE)
    shown = [e.resource for e in found.evidence]
    assert shown == ["DiagnosticReport/mr", "DiagnosticReport/later"]


@pytest.mark.parametrize(
    "other",
    [
        later("Solid fusion from L4 to S1."),
        later("No discitis at L2-3."),
        later("No sign of infection.", code="24972-2"),
        later("No sign of infection.", when="2023-01-04"),
        later("No sign of infection.", when="2023"),
        later("No sign of infection.", when=None),
        later("No sign of infection.", status="preliminary"),
        later("No discitis at L4-5. Possible abscess."),
        later("No discitis at L4-5. Abscess at L5-S1."),
    ],
    ids=["silent", "another level", "radiograph", "older", "of the year", "undated",
         "preliminary", "hedged", "elsewhere"],
)  # fmt: skip
def test_infection_on_an_image_stands_until_a_newer_one_denies_it(other):
    assert judge(DISCITIS, other).status is Status.NOT_MET


def test_infection_seen_anew_stands_whatever_was_denied_between():
    anew = later("Discitis at L4-5.", "anew", when="2026-02-01")
    clean = later("No sign of infection.")
    assert judge(DISCITIS, clean, anew).status is Status.NOT_MET


def test_a_sign_and_its_denials_are_shown_once_each_and_one_that_stands_is_not_lost():
    again = report("again", "24968-0", "2024-06-01", conclusion="Discitis at L4-5.")
    found = judge(DISCITIS, again, later("No sign of infection."))
    shown = [e.resource.rpartition("/")[2] for e in found.evidence]
    assert (found.status, shown) == (Status.UNKNOWN, ["mr", "later", "again"])
    other = report("other", "24968-0", "2024-06-01", conclusion="Discitis at L2-3.")
    found = judge(DISCITIS, other, later("No discitis at L4-5."))
    assert (found.status, [e.resource for e in found.evidence]) == (
        Status.NOT_MET,
        ["DiagnosticReport/other"],
    )


PDF = {"conclusion": None, "presentedForm": [attachment(b"%PDF-1.4", "application/pdf")]}
GERMAN = {"conclusion": "Regelrechter Befund, keine Fluessigkeit."}
CLEAN = "No sign of infection."


def mr(when="2023-02-01", **members):
    return report("old", "24968-0", when, **members)


@pytest.mark.parametrize("newer", [
    later(CLEAN), later(CLEAN, code="30620-9"), later("Solid fusion from L4 to S1."),
])  # fmt: skip
@pytest.mark.parametrize(
    "old",
    [mr(status="preliminary"), mr(status="registered"), mr(**PDF), mr(**GERMAN)],
    ids=["preliminary", "registered", "unreadable", "not understood"],
)
def test_an_image_that_was_not_read_is_outdated_by_a_newer_one_that_was(old, newer):
    assert judge(old, newer).status is Status.MET
    assert judge(old | {"effectiveDateTime": "2026-02-01"}, newer).status is Status.UNKNOWN


@pytest.mark.parametrize(
    "other",
    [
        later("Solid fusion from L4 to S1.", code="30620-9"),
        later("No discitis at L2-3.", code="30620-9"),
        later(CLEAN, code="24972-2"),
        later(CLEAN, when="2023"),
        later(CLEAN, when=None),
        later(CLEAN, status="preliminary"),
        later("", **PDF),
        later(CLEAN, result=[{"reference": "Observation/lost"}]),
    ],
    ids=["silent CT", "another level", "radiograph", "of the year", "undated", "preliminary",
         "unreadable", "a result is lost"],
)  # fmt: skip
@pytest.mark.parametrize("old", [mr(status="registered"), mr(**PDF)], ids=["waiting", "unread"])
def test_other_images_leave_it_open(old, other):
    assert judge(old, other).status is Status.UNKNOWN


def test_what_was_read_before_the_last_operation_outdates_nothing():
    washout = procedure(cpt("22015"), id="washout", performedDateTime="2026-02-01")
    assert judge(mr(**PDF), later(CLEAN), washout).reason is Reason.UNREADABLE
    assert judge(mr(**PDF), later(CLEAN, when="2026-02-02"), washout).status is Status.MET
