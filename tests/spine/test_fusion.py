"""Judging solid fusion, nonunion and hardware failure on CT (contract, rules 10 to 14; 1.3-I)."""

import pytest

from cds_service.engine.judgement import Reason, Status
from hooks.spine.fusion import (
    NOT_DEMONSTRATED,
    judge_hardware_failure,
    judge_nonunion,
    judge_solid,
)
from hooks.spine.on_ct import fusion_on_ct, hardware_on_ct
from hooks.spine.reading import read_imaging_and_notes
from tests.chart import ABSENT, CONTENT, finding, fusion, icd, record, report, said

L45, L5S1 = "243923001", "243927000"
MET, NOT_MET, UNKNOWN = Status.MET, Status.NOT_MET, Status.UNKNOWN
OLD = {"when": "2024-06-01"}
YOUNG = fusion("L4-S1", when="2025-09-01")
DENIED = finding("solid-fusion", ABSENT)


def judge(judgement, on_ct, *resources, **extents):
    imaging, _ = read_imaging_and_notes(record(*resources, **extents), CONTENT.configuration)
    found = judgement(on_ct(imaging), imaging)
    return found.status, found.reason, found.remark


def solid(*resources, **extents):
    return judge(judge_solid, fusion_on_ct, *resources, **extents)


def nonunion(*resources, **extents):
    return judge(judge_nonunion, fusion_on_ct, *resources, **extents)


def hardware(*resources, **extents):
    return judge(judge_hardware_failure, hardware_on_ct, *resources, **extents)


def test_solid_fusion_at_every_instrumented_level_is_met():
    assert solid(fusion("L4-S1"), report(**said("solid-fusion"))) == (MET, None, "")


def test_nonunion_at_any_level_contradicts_solid_fusion():
    upper, lower = finding("solid-fusion", site=L45), finding("nonunion", site=L5S1)
    chart = (fusion("L4-S1"), report(results=[upper, lower]), upper, lower)
    assert solid(*chart) == (NOT_MET, None, "")


def test_fusion_denied_without_a_nonunion_word_is_worded_as_not_demonstrated():
    chart = (fusion(), report(results=[DENIED]), DENIED)
    assert solid(*chart) == (NOT_MET, None, "fusion not demonstrated")
    assert nonunion(*chart) == (UNKNOWN, Reason.UNCERTAIN_TEXT, NOT_DEMONSTRATED)


def test_denied_fusion_with_a_nonunion_word_keeps_the_word():
    no = finding("nonunion")
    assert solid(fusion(), report(results=[DENIED, no]), DENIED, no) == (NOT_MET, None, "")


def test_a_level_that_the_ct_does_not_address_is_named():
    upper = finding("solid-fusion", site=L45)
    chart = (fusion("L4-S1"), report(results=[upper]), upper)
    assert solid(*chart) == (UNKNOWN, Reason.LEVEL_GAP, "not addressed: L5-S1")
    assert nonunion(*chart)[:2] == (UNKNOWN, Reason.LEVEL_GAP)


def test_a_ct_that_only_denies_nonunion_does_not_show_fusion():
    denied = finding("nonunion", ABSENT)
    chart = (fusion(), report(results=[denied]), denied)
    assert solid(*chart) == (UNKNOWN, Reason.UNCERTAIN_TEXT, "")
    assert nonunion(*chart) == (UNKNOWN, Reason.UNCERTAIN_TEXT, "")


def test_a_ct_that_says_nothing_of_fusion_leaves_every_level_open():
    assert solid(fusion(), report(**said("loosening")))[:2] == (UNKNOWN, Reason.LEVEL_GAP)


def test_a_stale_ct_bars_met_and_never_hides_not_met():
    assert solid(fusion(), report(**OLD, **said("solid-fusion")))[:2] == (UNKNOWN, Reason.STALE)
    assert solid(fusion(), report(**OLD, **said("nonunion")))[:2] == (NOT_MET, None)
    assert nonunion(fusion(), report(**OLD, **said("nonunion")))[:2] == (UNKNOWN, Reason.STALE)
    assert nonunion(fusion(), report(**OLD, **said("solid-fusion")))[:2] == (NOT_MET, None)
    assert hardware(fusion(), report(**OLD, **said("loosening")))[:2] == (UNKNOWN, Reason.STALE)


def test_with_the_fusion_date_unknown_solid_fusion_stays_open_and_nonunion_stands():
    undated = fusion(when=None)
    assert solid(undated, report(**said("solid-fusion")))[:2] == (UNKNOWN, Reason.IMPRECISE_DATE)
    assert nonunion(undated, report(**said("nonunion")))[:2] == (MET, None)


def test_without_any_ct_the_reason_is_passed_on():
    assert solid(fusion()) == (UNKNOWN, Reason.NO_DATA, "")
    assert nonunion(fusion()) == (UNKNOWN, Reason.NO_DATA, "")
    assert hardware(fusion()) == (UNKNOWN, Reason.NO_DATA, "")


def test_nonunion_affirmed_is_met_and_early_nonunion_is_met_with_a_note():
    assert nonunion(fusion(), report(**said("nonunion"))) == (MET, None, "")
    early = f"early: less than {CONTENT.configuration.count('rv.earlyMonths')} months"
    assert nonunion(YOUNG, report(**said("nonunion")))[2].startswith(early)


def test_fusion_merely_not_demonstrated_early_after_surgery_is_early():
    chart = (YOUNG, report(results=[DENIED]), DENIED)
    assert nonunion(*chart) == (UNKNOWN, Reason.EARLY, NOT_DEMONSTRATED)


def test_solid_fusion_at_all_levels_contradicts_nonunion():
    assert nonunion(fusion(), report(**said("solid-fusion"))) == (NOT_MET, None, "")


def test_solid_fusion_with_unknown_fusion_date_does_not_contradict_nonunion():
    found = nonunion(fusion(when=None), report(**said("solid-fusion")))
    assert found[:2] == (UNKNOWN, Reason.IMPRECISE_DATE)


@pytest.mark.parametrize("code", ["T84.216A", "T84.226A", "T84.296A"])
def test_loosening_displacement_and_breakage_are_hardware_failure(code):
    assert hardware(fusion(), report(conclusionCode=[icd(code)]))[:2] == (MET, None)


def test_breakage_knows_no_early_months():
    broken = report(conclusionCode=[icd("T84.216A")])
    assert hardware(YOUNG, broken) == (MET, None, "")


def test_hardware_is_intact_when_the_ct_denies_loosening_as_a_whole():
    tight = finding("loosening", ABSENT)
    assert hardware(fusion(), report(results=[tight]), tight) == (NOT_MET, None, "")


def test_loosening_denied_at_single_levels_leaves_the_others_open():
    tight = finding("loosening", ABSENT, L45)
    found = hardware(fusion("L4-S1"), report(results=[tight]), tight)
    assert found[:2] == (UNKNOWN, Reason.LEVEL_GAP)


def test_a_ct_that_says_nothing_of_hardware_leaves_it_open():
    found = hardware(fusion(), report(**said("solid-fusion")))
    assert found[:2] == (UNKNOWN, Reason.LEVEL_GAP)


def test_what_a_ct_leaves_open_names_the_ct():
    chart = record(fusion(), report(**said("solid-fusion")))
    imaging, _ = read_imaging_and_notes(chart, CONTENT.configuration)
    found = judge_hardware_failure(hardware_on_ct(imaging), imaging)
    assert [e.resource for e in found.evidence] == ["DiagnosticReport/ct"]


def test_loosening_at_one_level_stands_although_another_is_denied():
    loose, tight = finding("loosening", site="54735007"), finding("loosening", ABSENT, "11994002")
    assert hardware(fusion(), report(results=[loose, tight]), loose, tight)[0] is MET


def test_fusion_that_another_report_of_the_day_doubts_is_uncertain():
    one, other = report("a", **said("solid-fusion")), report("b", conclusion="Possibly fused.")
    assert solid(fusion("L4-S1"), one, other)[:2] == (UNKNOWN, Reason.UNCERTAIN_TEXT)


def test_what_is_left_open_shows_what_was_read():
    unknown_code = {"coding": [{"system": "urn:local", "code": "rad-17"}]}
    coded = report(**said("solid-fusion"))
    coded["conclusionCode"].append(unknown_code)
    imaging, _ = read_imaging_and_notes(record(fusion("L4-S1"), coded), CONTENT.configuration)
    found = judge_solid(fusion_on_ct(imaging), imaging)
    assert (found.status, found.reason) == (UNKNOWN, Reason.UNCERTAIN_TEXT)
    assert [e.says for e in found.evidence] == ["solid fusion affirmed, as coded"]
    no_screw, no_break = finding("loosening", ABSENT), finding("hardware-fracture", ABSENT)
    partly = report(results=[no_screw, no_break], conclusionCode=[unknown_code])
    imaging, _ = read_imaging_and_notes(
        record(fusion(), partly, no_screw, no_break), CONTENT.configuration
    )
    assert judge_hardware_failure(hardware_on_ct(imaging), imaging).evidence


def test_a_code_of_an_older_report_that_nobody_understands_leaves_the_newest_as_it_is():
    odd = report("old", "30620-9", "2025-06-01", **said("solid-fusion"))
    odd["conclusionCode"].append({"coding": [{"system": "urn:local", "code": "rad-17"}]})
    assert solid(fusion("L4-S1"), odd, report("new", **said("solid-fusion")))[0] is MET


def test_a_ct_without_a_date_may_be_the_newest():
    undated = report("undated", when=None, **said("nonunion"))
    found = solid(fusion("L4-S1"), report(**said("solid-fusion")), undated)
    assert found[:2] == (UNKNOWN, Reason.IMPRECISE_DATE)


def test_fusion_on_a_ct_that_an_operation_may_have_outdated_is_not_met():
    maybe = fusion("L4-S1", when=None, id="undated", status="unknown")
    found = solid(fusion("L4-S1"), maybe, report(**said("solid-fusion")))
    assert found[:2] == (UNKNOWN, Reason.IMPRECISE_DATE)


UNDATED = fusion("L4-S1", when=None, id="undated")
FAILED = {"conclusion": "Nonunion at L5-S1. S1 screws are loose."}


def test_a_ct_before_the_only_dated_fusion_is_before_surgery_though_another_has_no_date():
    chart = (UNDATED, YOUNG, report(when="2025-06-01", **FAILED))
    for found in (solid(*chart), nonunion(*chart), hardware(*chart)):
        assert found[:2] == (UNKNOWN, Reason.BEFORE_SURGERY)


def test_a_ct_that_may_be_before_the_only_dated_fusion_is_of_imprecise_date():
    chart = (UNDATED, YOUNG, report(when="2025", **FAILED))
    assert nonunion(*chart)[:2] == (UNKNOWN, Reason.IMPRECISE_DATE)


def test_after_the_only_dated_fusion_nonunion_stands_and_solid_fusion_stays_open():
    assert solid(UNDATED, YOUNG, report(**FAILED))[:2] == (NOT_MET, None)
    assert nonunion(UNDATED, YOUNG, report(**FAILED))[0] is MET
    fused = report(**said("solid-fusion"))
    assert solid(UNDATED, YOUNG, fused)[:2] == (UNKNOWN, Reason.IMPRECISE_DATE)


def test_early_is_told_by_the_dated_fusion_though_another_has_no_date():
    chart = (UNDATED, YOUNG, report(results=[DENIED]), DENIED)
    assert nonunion(*chart) == (UNKNOWN, Reason.EARLY, NOT_DEMONSTRATED)


@pytest.mark.parametrize(
    "text",
    [
        "Early bridging bone at L4-5 and L5-S1.",
        "Solid fusion at L4-5. Partial bridging at L5-S1.",
        "Partial bridging at L5-S1.",
        "Possible nonunion at L5-S1. Solid fusion at L4-5.",
    ],
)
def test_bridging_that_is_partial_early_after_surgery_is_early_before_anything_else(text):
    ct = report(conclusion=text)
    assert nonunion(YOUNG, ct)[:2] == (UNKNOWN, Reason.EARLY)
    assert solid(YOUNG, ct)[:2] == (UNKNOWN, Reason.EARLY)
    assert nonunion(fusion("L4-S1"), ct)[1] in (Reason.UNCERTAIN_TEXT, Reason.LEVEL_GAP)


def test_a_level_that_an_early_ct_leaves_out_is_a_gap_and_not_early():
    found = solid(YOUNG, report(conclusion="Solid fusion at L4-5."))
    assert found[:2] == (UNKNOWN, Reason.LEVEL_GAP)


def test_what_leaves_fusion_open_is_quoted_first():
    ct = report(conclusion="Solid fusion at L4-5. Partial bridging at L5-S1.")
    imaging, _ = read_imaging_and_notes(record(fusion("L4-S1"), ct), CONTENT.configuration)
    quotes = [e.quote for e in judge_solid(fusion_on_ct(imaging), imaging).evidence]
    assert quotes == ["Partial bridging at L5-S1.", "Solid fusion at L4-5."]


@pytest.mark.parametrize(
    "text",
    [
        "The rods are intact.",
        "No rod fracture.",
        "Hardware intact, in unchanged position.",
        "No rod fracture. No loosening of the L4 screws.",
        "No loosening of the left screws.",
    ],
)
def test_rods_that_are_intact_and_screws_of_one_side_leave_loosening_open(text):
    found = hardware(fusion("L4-S1"), report(conclusion=text))
    assert found[:2] == (UNKNOWN, Reason.LEVEL_GAP)


@pytest.mark.parametrize(
    "text",
    [
        "No hardware complication.",
        "Rods are intact. No lucency around the screws.",
        "No loosening.",
        "No loosening at any level from L4 to S1.",
        "No loosening of the left screws. No loosening of the right screws.",
        "No lucency about the pedicle screws at L4, L5 and S1. Rods intact.",
    ],
)
def test_a_ct_that_denies_loosening_as_a_whole_contradicts_hardware_failure(text):
    assert hardware(fusion("L4-S1"), report(conclusion=text)) == (NOT_MET, None, "")


@pytest.mark.parametrize("construct", ["Fusion", "L3-S1", "L4 to pelvis"])
def test_screws_that_are_tight_leave_those_open_that_nobody_speaks_of(construct):
    ct = report(conclusion="No lucency about the pedicle screws at L4, L5 and S1.")
    assert hardware(fusion(construct), ct)[:2] == (UNKNOWN, Reason.LEVEL_GAP)
