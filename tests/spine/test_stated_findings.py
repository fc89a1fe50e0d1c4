"""What the texts of one report state together (clinical.md, R3)."""

import pytest

from cds_service.engine.evidence import Origin
from hooks.spine.findings import Target
from hooks.spine.stated_findings import stated_in
from hooks.spine.texts import Text


def nonunions(said):
    text = Text(said, Origin.REPORT_TEXT, "DiagnosticReport/ct", "findings")
    findings = stated_in([text], "2026-01-04").findings
    return [str(f.levels) for f in findings if f.target is Target.NONUNION]


@pytest.mark.parametrize(
    ("said", "levels"),
    [
        ("Nonunion, with no bridging bone at L5-S1.", "L5-S1"),
        ("Nonunion, with solid fusion at L3-4.", ""),
        ("Nonunion. No bridging bone at L5-S1.", ""),
    ],
)
def test_nonunion_is_where_the_same_sentence_says_that_fusion_is_not(said, levels):
    assert nonunions(said) == [levels]
