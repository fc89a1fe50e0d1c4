"""Levels that were never fused: calling them unfused shows no nonunion (contract, rule 10; R3)."""

import pytest

from cds_service.engine.judgement import Status
from hooks.spine.fusion import judge_nonunion, judge_solid
from hooks.spine.on_ct import fusion_on_ct, levels_affected
from hooks.spine.reading import read_imaging_and_notes
from tests.chart import CONTENT, finding, fusion, record, report

MET, NOT_MET = Status.MET, Status.NOT_MET
L4_TO_S1 = fusion("L4-S1")
SOLID = "Solid fusion L4 to S1. "


def judge(*resources):
    imaging, _ = read_imaging_and_notes(record(*resources), CONTENT.configuration)
    answer = fusion_on_ct(imaging)
    return judge_solid(answer, imaging).status, judge_nonunion(answer, imaging).status


@pytest.mark.parametrize(
    "text",
    [
        "L2-3, which is unfused, shows mild degeneration.",
        "L2-3 is not fused.",
        "Not fused: L1-L3.",
        "Unfused L1-2 and L2-3 levels.",
    ],
)
def test_what_is_called_unfused_apart_from_the_construct_is_no_nonunion(text):
    assert judge(L4_TO_S1, report(conclusion=SOLID + text)) == (MET, NOT_MET)


@pytest.mark.parametrize(
    "text",
    [
        "L3-4 is not fused.",
        "Nonunion at L2-3.",
        "Pseudoarthosis at L2-3, which is not fused.",
        "Failed fusion at L2-3.",
        "L2-3 is not fused despite bone graft.",
        "Posterior instrumentation from L2 to S1. L2-3 is not fused.",
    ],
    ids=["next to it", "nonunion", "misspelled", "failed", "graft", "instrumented by the report"],
)
def test_what_may_have_been_operated_on_or_is_named_a_nonunion_is_one(text):
    assert judge(L4_TO_S1, report(conclusion=SOLID + text)) == (NOT_MET, MET)


@pytest.mark.parametrize(
    "construct",
    [
        (fusion("Fusion"),),
        (L4_TO_S1, fusion("Fusion", when="2019-01-01", id="another")),
        (L4_TO_S1, fusion("L1-L3", when="2019-01-01", id="stopped", status="stopped")),
    ],
    ids=["no level known", "not all levels known", "perhaps operated"],
)
def test_where_the_construct_is_not_known_for_sure_unfused_is_a_nonunion(construct):
    assert judge(*construct, report(conclusion=SOLID + "L2-3 is not fused."))[1] is MET


def test_of_levels_called_unfused_together_those_of_the_construct_stand():
    ct = report(conclusion="Solid fusion L4-L5. Not fused at L2-3 and L5-S1.")
    imaging, _ = read_imaging_and_notes(record(L4_TO_S1, ct), CONTENT.configuration)
    assert str(levels_affected(fusion_on_ct(imaging))) == "L5-S1"


def test_what_is_coded_counts_wherever_it_is():
    coded = finding("nonunion", site="243921004")
    ct = report(results=[coded], conclusion=SOLID)
    assert judge(L4_TO_S1, ct, coded) == (NOT_MET, MET)
