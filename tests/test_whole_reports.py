"""Reports as radiologists write them, in whole requests: what must never become "solid fusion"."""

import base64

import pytest

from fhir_fixtures import load_request
from tests.chart import added, card_of, judged, removed, report

SERVICE = "spinal-hardware-removal"
WITHOUT_CT = removed(
    load_request("removal-solid-fusion"), "ct-1", "ct-1-adjacent", "ct-1-loosening"
)


def solid_fusion(text):
    data = base64.b64encode(text.encode()).decode()
    ct = report(presentedForm=[{"contentType": "text/plain", "data": data}])
    return judged(card_of(added(WITHOUT_CT, ct), SERVICE))["solid-fusion-on-ct"]


NEVER = (
    "Prior report (2024) describes solid fusion L2-S1. Current examination is nondiagnostic.",
    "Per the clinical note, the fusion is reported to be solid.",
    "The fusion has yet to consolidate at L5-S1. Other levels are solidly fused.",
    "Fusion L2-S1 is not yet solid.",
    "Solid fusion is not identified at L5-S1.",
    "Expected solid fusion L2-S1 is not seen.",
    "L2-S1 fusion, solid per prior report; today's study is limited.",
    "Intended solid fusion from L2 to S1.",
    "Solid fusion from L2 to S1 is unlikely.",
    "Solid fusion at L2-S1 cannot be assumed.",
    "Fusion from L2 to S1 appears less than solid.",
    "Doubtful solid fusion L2-S1.",
    "The L2-S1 construct is solid without motion, but the fusion mass is not visualized.",
    "Hardware is solid. L2-S1.",
    "Solid fixation L2-S1.",
    "Instrumented L2-S1 fusion.",
    "History: solid fusion L2-S1. Findings: limited study.",
    "Question solid fusion L2-S1.",
    "Solid fusion L2-S1 was the surgical goal.",
    "Were there a solid fusion L2-S1, bridging bone would be visible.",
    "Bridging bone is absent from L2 to S1.",
    "No bridging bone L2-S1, solid or otherwise.",
    "Fused PET/CT images show no uptake L2-S1.",
    "The patient hopes for a solid fusion L2-S1.",
    "The SI joints are solidly fused. Lumbar fusion not evaluated.",
    "Solid-appearing hardware; bony fusion cannot be assessed L2-S1.",
    "Fibrous union at L5-S1; solid above.",
    "Fusion from L2 to S1 is solid except at L4-L5, L5-S1.",
    "Solid fusion from L2 to S1 except for L5-S1.",
    "Solid fusion L2-L5, L5-S1 nonunion.",
    "Solid at L2-3, L3-4, L4-5; not at L5-1.",
    "Solid fusion L2 to S1? Unclear.",
    "Solid fusion is seen at three of four levels.",
    "Three of the four levels are solidly fused.",
    "Most levels from L2 to S1 are solidly fused.",
    "Nearly all levels are solidly fused.",
    "Solid fusion of the majority of levels.",
    "At least partial fusion at all levels.",
    "Fusion at all levels ranging from partial to solid.",
    "All levels are fused with the exception of the lowest.",
    "All levels but the last are solidly fused.",
    "All but one level is solidly fused.",
    "Solid fusion L2-S1 on the right only.",
    "Solid fusion on the left side from L2 to S1; right side not bridged.",
    "Fusion looked solid on the 2023 CT.",
    "In 2023, solid fusion L2-S1 was documented.",
    "Compared with 2023, when fusion was solid L2-S1, there is now a new cleft at L5-S1.",
    "Solid fusion L2-S1 has been disrupted by the fall.",
    "Formerly solid fusion L2-S1 now fractured.",
    "The solid fusion described previously cannot be confirmed.",
    "Dr. Jones states the fusion is solid from L2 to S1; I am unable to confirm.",
    "Patient told fusion is solid at all levels.",
    "Patient was told that all levels are solidly fused.",
    "Solid fusion L2-S1 would argue against nonunion; however, not shown here.",
    "Thin bridging bone at all levels.",
    "Bone graft material at all levels L2-S1.",
    "There is bone at all levels.",
    "Fusion L2-S1 grade 3 Bridwell.",
    "Fusion score: BSF-2 at L5-S1, BSF-3 at others.",
)
SOLID = (
    "Solid fusion L2-S1.",
    "Mature, solid posterolateral fusion mass extends from L2 through S1.",
    "Complete osseous bridging at L2-3, L3-4, L4-5, and L5-S1.",
    "All levels are solidly fused.",
    "There is solid bony union at each instrumented level.",
    "No evidence of nonunion; the fusion is solid from L2 to S1.",
    "Robust bridging bone across all operative levels.",
    "Fusion is solid throughout the construct.",
    "The L2-S1 arthrodesis is solidly healed.",
    "L2-S1: fused.",
)


@pytest.mark.parametrize("text", NEVER)
def test_what_is_hedged_partial_past_or_told_is_no_solid_fusion(text):
    assert solid_fusion(text)["status"] != "met"


@pytest.mark.parametrize("text", SOLID)
def test_solid_fusion_at_all_levels_is_met_and_quoted(text):
    found = solid_fusion(text)
    assert found["status"] == "met"
    assert all(evidence["quote"] in text for evidence in found["evidence"])
