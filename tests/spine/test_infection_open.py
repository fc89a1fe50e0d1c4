"""Cultures and images that are not final, or that nobody here can read, leave infection open."""

import pytest

from cds_service.engine.dates import parse_date
from cds_service.engine.judgement import Reason, Status
from hooks.spine.infection import judge_no_infection, read_infection
from hooks.spine.named_problems import named_problems
from hooks.spine.reading import read_imaging_and_notes
from tests.chart import (
    ABSENT,
    CONTENT,
    CRP,
    ESR,
    PRESENT,
    attachment,
    cpt,
    fusion,
    lab,
    loinc,
    procedure,
    record,
    report,
    snomed,
)

MET = (Status.MET, None)
UNREADABLE, UNFINISHED, NOT_SEARCHED, POSSIBLE = (
    (Status.UNKNOWN, reason)
    for reason in (Reason.UNREADABLE, Reason.PRELIMINARY, Reason.NOT_SEARCHED, Reason.POSSIBLE)
)
PDF = {"presentedForm": [attachment(b"%PDF-1.4", "application/pdf")]}
QUIET = {"conclusion": "No growth to date."}
MR = "24968-0"


def judge(*resources, **extents):
    chart = record(fusion(), report(conclusion="Solid fusion."), ESR, CRP, *resources, **extents)
    imaging, _ = read_imaging_and_notes(chart, CONTENT.configuration)
    work_up = read_infection(chart, imaging, CONTENT.configuration, named_problems(chart))
    found = judge_no_infection(work_up)
    return found.status, found.reason


def culture(name="culture", when="2026-02-20", code=None, **members):
    named = code or {"text": "Deep tissue culture, lumbar"}
    return report(name, when=when, **members) | {"code": named}


def mr(name="mr", when="2026-02-20", **members):
    return report(name, MR, when, **members)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (PDF, UNREADABLE),
        ({}, UNREADABLE),
        (PDF | {"when": None}, UNREADABLE),
        (PDF | {"code": loinc("6462-6")}, UNREADABLE),
        ({"result": [{"reference": "Observation/lost"}]}, NOT_SEARCHED),
        ({"status": "registered"}, UNFINISHED),
        ({"status": "registered", "when": None}, UNFINISHED),
        ({"status": "preliminary"} | QUIET, UNFINISHED),
        ({"status": "partial"} | QUIET | PDF, UNFINISHED),
        ({"status": "unknown"} | QUIET, UNFINISHED),
        (QUIET, MET),
        (QUIET | PDF, MET),
        (PDF | {"when": "2022-01-10"}, MET),
        ({"status": "registered", "when": "2022-01-10"}, MET),
    ],
)
def test_a_culture_report_that_is_not_final_or_not_read_leaves_it_open(members, expected):
    assert judge(culture(**members)) == expected


def test_a_report_whose_results_are_cultures_themselves_is_read():
    quiet = lab("6462-6", 0, id="quiet") | {"valueCodeableConcept": snomed(ABSENT)}
    named = culture(result=[{"reference": "Observation/quiet"}])
    assert judge(named, quiet) == MET
    assert judge(named, quiet | {"valueCodeableConcept": snomed("999999")}) == POSSIBLE


NAMED = culture(result=[{"reference": "Observation/growth"}])


def result(value, code="6463-4", **members):
    title = loinc(code, text="Bacteria identified")
    said = {"valueString": value} if isinstance(value, str) else {"valueCodeableConcept": value}
    observed = lab(code, 0, id="growth", when="2026-02-20") | {"code": title} | said | members
    del observed["valueQuantity"]
    return observed


@pytest.mark.parametrize("code", ["6463-4", "634-6", "600-7"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"text": "No growth"}, MET),
        (snomed("264868006"), MET),
        (snomed("260415000"), MET),
        (snomed(ABSENT), MET),
        ("No growth", MET),
        ("None", MET),
        ({"text": "Not detected"}, MET),
        ({"text": "Not identified"}, POSSIBLE),
        ({"text": "Cutibacterium acnes"}, POSSIBLE),
        ({"coding": [{"display": "Cutibacterium acnes"}]}, POSSIBLE),
        (snomed(PRESENT), POSSIBLE),
        (snomed("999999"), UNREADABLE),
    ],
    ids=str,
)
def test_a_culture_report_says_what_its_results_of_any_code_say(code, value, expected):
    assert judge(NAMED, result(value, code)) == expected


def test_one_result_that_nobody_knows_is_not_hidden_by_another_in_which_nothing_grew():
    both = culture(result=[{"reference": f"Observation/{n}"} for n in ("growth", "other")])
    other = result(snomed("999999"), id="other")
    assert judge(both, result({"text": "No growth"}), other) == UNREADABLE


def test_the_words_of_a_culture_by_its_code_deny_growth_and_show_none():
    own = {"id": "own", "code": loinc("6462-6")}
    assert judge(result({"text": "No growth"}) | own) == MET
    assert judge(result("No growth after 14 days.") | own) == MET
    assert judge(result({"text": "Cutibacterium acnes"}) | own) == POSSIBLE
    grew = {"interpretation": [snomed(PRESENT), snomed(ABSENT)]}
    assert judge(result({"text": "No growth"}) | own | grew) == POSSIBLE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bacteria identified: No growth", MET),
        ("Organisms identified: None", MET),
        ("Organisms isolated: None.", MET),
        ("Bacteria identified: Cutibacterium acnes", POSSIBLE),
        ("Cutibacterium identified: none", POSSIBLE),
        ("Organisms identified: not identified", POSSIBLE),
    ],
)
def test_what_was_asked_for_may_be_named_before_it_is_denied(text, expected):
    assert judge(culture(conclusion=text)) == expected


@pytest.mark.parametrize(
    ("first", "later", "expected"),
    [
        ({}, {}, MET),
        ({}, {"when": "2026-02-21"}, MET),
        ({}, {"when": "2026-02-19"}, UNFINISHED),
        ({"when": None}, {"when": "2026-02-21"}, UNFINISHED),
        ({}, {"code": {"text": "Deep tissue culture, screw"}}, UNFINISHED),
        ({"code": {"text": "Deep tissue culture, lumbar (preliminary)"}}, {}, MET),
        (
            {"specimen": [{"reference": "Specimen/1"}]},
            {"specimen": [{"reference": "Specimen/2"}]},
            UNFINISHED,
        ),
    ],
    ids=["a version", "newer", "older", "undated", "another", "its title", "another sample"],
)
def test_a_final_culture_stands_in_for_its_unfinished_version_and_for_older_ones(
    first, later, expected
):
    unfinished = culture("first", status="preliminary", **QUIET, **first)
    assert judge(unfinished, culture("later", **QUIET, **later)) == expected


def test_an_unfinished_culture_report_is_outdated_by_a_newer_culture_that_is_a_result():
    quiet = lab("6462-6", 0, id="quiet", when="2026-02-25")
    quiet |= {"valueCodeableConcept": snomed(ABSENT)}
    assert judge(culture(status="preliminary", **QUIET), quiet) == MET


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (mr(when=None, **PDF), UNREADABLE),
        (mr(when="2022", **PDF), UNREADABLE),
        (mr(when=None, result=[{"reference": "Observation/lost"}]), NOT_SEARCHED),
        (mr(when="2022-01-10", **PDF), MET),
        (mr(status="preliminary"), UNFINISHED),
        (mr(status="preliminary", **PDF), UNFINISHED),
        (mr(status="registered"), UNFINISHED),
        (mr(status="registered", when=None), UNFINISHED),
        (mr(status="registered", when="2022-01-10"), MET),
        (report("xr", "24972-2", None, **PDF), MET),
        (report("xr", "24972-2", status="preliminary"), MET),
    ],
)
def test_an_image_that_is_not_final_or_not_read_leaves_it_open(image, expected):
    assert judge(image) == expected


def test_an_unfinished_image_from_before_the_last_operation_does_not_count():
    washout = procedure(cpt("22015"), id="washout", performedDateTime="2025-06-01")
    assert judge(washout, mr(when="2025-05-01", status="preliminary")) == MET
    assert judge(washout, mr(when="2025-07-01", status="preliminary")) == UNFINISHED


def test_the_final_report_of_an_examination_stands_in_for_the_unfinished_one():
    final = mr("final", conclusion="No sign of infection.")
    assert judge(mr("first", status="preliminary"), final) == MET
    feared = mr("first", status="preliminary", conclusion="Discitis at L4-5.")
    assert judge(feared, final) == MET
    other_day = mr("first", "2026-02-24", status="preliminary")
    assert judge(other_day, final) == UNFINISHED


def test_what_was_not_read_comes_before_what_is_not_final_and_both_before_missing_markers():
    """Contract, rule 11."""
    unread, waiting = mr("unread", **PDF), culture(status="registered")
    assert judge(unread, waiting) == UNREADABLE
    raw = record(fusion(), unread, waiting)
    imaging, _ = read_imaging_and_notes(raw, CONTENT.configuration)
    work_up = read_infection(raw, imaging, CONTENT.configuration, named_problems(raw))
    assert judge_no_infection(work_up).reason is Reason.UNREADABLE
    assert judge(unread, missing=["conditions"]) == NOT_SEARCHED


@pytest.mark.parametrize("status", ["unknown", "stopped"])
@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-02-15", (Status.UNKNOWN, Reason.IMPRECISE_DATE)),
        ("2026-02-08", (Status.UNKNOWN, Reason.IMPRECISE_DATE)),
        ("2026", (Status.UNKNOWN, Reason.IMPRECISE_DATE)),
        (None, (Status.UNKNOWN, Reason.IMPRECISE_DATE)),
        ("2026-02-07", MET),
        ("2021-02-07", MET),
    ],
)
def test_markers_must_be_younger_than_a_fusion_that_may_have_taken_place(status, when, expected):
    """Contract, rule 2."""
    assert judge(fusion(id="uncertain", when=when, status=status)) == expected


def test_so_they_must_than_a_decompression_of_unknown_status_but_not_than_a_stopped_one():
    lam = procedure(cpt("63047"), id="lam", performedDateTime="2026-02-20", status="unknown")
    assert judge(lam) == (Status.UNKNOWN, Reason.IMPRECISE_DATE)
    assert judge(lam | {"status": "stopped"}) == MET
    assert judge(lam | {"performedDateTime": "2025-02-20"}) == MET


def test_a_decompression_of_unknown_status_outdates_no_image():
    lam = procedure(cpt("63047"), id="lam", performedDateTime="2026-02-20", status="unknown")
    imaging, _ = read_imaging_and_notes(record(fusion(), lam), CONTENT.configuration)
    assert not imaging.may_be_outdated(parse_date("2026-01-04"))


ELSEWHERE = [
    "Wound culture, left foot",
    "Wound culture, great toe",
    "Deep tissue culture, knee hardware",
    "Perianal abscess culture",
]


@pytest.mark.parametrize("title", ELSEWHERE)
@pytest.mark.parametrize(
    "members",
    [PDF, {"status": "preliminary"}, {"conclusion": "Staphylococcus aureus"}],
    ids=["unreadable", "unfinished", "grown"],
)
def test_a_culture_of_another_part_of_the_body_is_none_of_the_spine(title, members):
    """HR-X1: a deep culture."""
    assert judge(culture(code={"text": title}, **members)) == MET
    assert judge(culture(code=loinc("6462-6", text=title), **members)) == MET


@pytest.mark.parametrize(
    "title",
    [
        "Wound culture",
        "Deep wound culture, lumbar; source: back, not foot",
        "Tissue culture, L4-L5, hip graft",
        "Iliac bone culture, hip approach",
        "Deep tissue culture, thoracic",
    ],
)
def test_a_culture_that_names_the_spine_too_or_no_place_may_be_of_it(title):
    assert judge(culture(code={"text": title}, **PDF)) == UNREADABLE


def test_so_it_is_with_a_culture_that_is_a_result():
    grew = result(snomed(PRESENT)) | {"code": loinc("6462-6")}
    assert judge(grew)[0] is Status.NOT_MET
    assert judge(grew | {"bodySite": {"text": "Left foot"}}) == MET
    assert judge(grew | {"code": loinc("6462-6", text="Wound culture, toe")}) == MET
    assert judge(grew | {"bodySite": {"text": "Lower back"}})[0] is Status.NOT_MET
