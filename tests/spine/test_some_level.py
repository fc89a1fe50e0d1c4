"""Fusion at a level that nobody can tell by its name counts for no level; what is bad for each."""

import pytest

from cds_service.engine.judgement import Reason, Status
from tests.chart import fusion, report
from tests.spine.test_fusion import nonunion, solid


@pytest.mark.parametrize(
    "said", ["The upper level is solidly fused.", "The right posterolateral fusion mass is solid."]
)
def test_solid_fusion_at_some_level_leaves_a_gap(said):
    assert solid(fusion("L4-S1"), report(conclusion=said))[:2] == (
        Status.UNKNOWN,
        Reason.LEVEL_GAP,
    )


def test_nonunion_at_some_level_is_nonunion():
    assert nonunion(fusion("L4-S1"), report(conclusion="Nonunion at the upper level."))[0] is (
        Status.MET
    )
