"""Which statements stand when a whole text has been read (clinical.md, R2)."""

import pytest

from tests.spine.text import said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FINDINGS: Solid fusion at L4-5.\nIMPRESSION: Nonunion at L4-5.",
         ["nonunion affirmed L4-L5"]),
        ("FINDINGS: Nonunion at L4-5.\nIMPRESSION: Solid fusion at L4-5.",
         ["solid-fusion affirmed L4-L5"]),
        ("FINDINGS: Solid fusion L4-S1.\nIMPRESSION: Nonunion at L5-S1.",
         ["solid-fusion affirmed L4-L5", "nonunion affirmed L5-S1"]),
        ("IMPRESSION: Solid fusion L4-S1.\nADDENDUM: L5-S1 is not fused.",
         ["solid-fusion affirmed L4-L5", "nonunion affirmed L5-S1"]),
        ("FINDINGS: Loosening at L5.\nIMPRESSION: No loosening.",
         ["loosening denied"]),
        ("FINDINGS: No loosening.\nIMPRESSION: Loosening at L5.",
         ["loosening affirmed L5"]),
        ("FINDINGS: Solid fusion at L4-5.\nIMPRESSION: No fusion.",
         ["solid-fusion affirmed L4-L5", "solid-fusion denied"]),
        ("FINDINGS: Solid fusion.\nIMPRESSION: Nonunion at L5-S1.",
         ["nonunion affirmed L5-S1"]),
        ("FINDINGS: Nonunion at L5-S1. Remaining levels are solidly fused.\n"
         "IMPRESSION: Nonunion at L5-S1.",
         ["nonunion affirmed L5-S1", "solid-fusion affirmed (remaining)",
          "nonunion affirmed L5-S1"]),
        ("FINDINGS: Solid fusion at L4-5.\nIMPRESSION: Solid fusion at L4-5.",
         ["solid-fusion affirmed L4-L5", "solid-fusion affirmed L4-L5"]),
        ("FINDINGS: Loosening at the left S1 screw.\nIMPRESSION: No loosening on the right at S1.",
         ["loosening affirmed S1 left", "loosening denied S1 right"]),
        ("FINDINGS: Nonunion at L4-5.\nIMPRESSION: History of nonunion at L4-5.",
         ["nonunion affirmed L4-L5", "nonunion historical L4-L5"]),
        ("FINDINGS: Nonunion at L4-5.\nIMPRESSION: Possible solid fusion at L4-5.",
         ["nonunion affirmed L4-L5", "solid-fusion possible L4-L5"]),
        ("FINDINGS: Nonunion at L4-5.\nIMPRESSION: Possible nonunion at L4-5.",
         ["nonunion possible L4-L5"]),
        ("FINDINGS: Loosening at L4, L5.\nIMPRESSION: No loosening at L4.",
         ["loosening affirmed L5", "loosening denied L4"]),
        ("FINDINGS: Loose iliac screws.\nIMPRESSION: Iliac screws are not loose.",
         ["loosening denied pelvis"]),
        # A denial of no level may be of another part of the construct, or of an infection.
        ("FINDINGS: Left rod fractured at L4-5.\nIMPRESSION: Screws intact.",
         ["breakage possible L4-L5 left", "breakage denied"]),
        ("FINDINGS: Rim-enhancing collection at L4-5.\nIMPRESSION: No discitis.",
         ["infection possible L4-L5", "infection denied"]),
        ("FINDINGS: L3-4 stenosis above the fusion.\nIMPRESSION: No stenosis below the fusion.",
         ["adjacent-segment possible L3-L4", "adjacent-segment denied"]),
        ("FINDINGS: Fractured right rod at L5-S1.\nIMPRESSION: Metalwork failure as above.",
         ["breakage affirmed L5-S1 right", "loosening possible", "breakage possible"]),
        ("FINDINGS: Collection.\nIMPRESSION: No infection.", ["infection denied"]),
    ],
)  # fmt: skip
def test_a_higher_section_outweighs_what_it_contradicts_at_its_levels(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Solid fusion L4-S1. Cleft at L5-S1.",
         ["solid-fusion affirmed L4-L5", "solid-fusion possible L5-S1",
          "nonunion possible L5-S1"]),
        ("Solid fusion at L4-5. Possible nonunion at L4-5.",
         ["solid-fusion possible L4-L5", "nonunion possible L4-L5"]),
        ("Solid fusion at L4-5 and possible cleft.",
         ["solid-fusion possible L4-L5", "nonunion possible L4-L5"]),
        ("Solid fusion on the left at L4-5, possible nonunion on the right.",
         ["solid-fusion affirmed L4-L5 left", "nonunion possible L4-L5 right"]),
        ("No bridging at L4-5, but solid fusion at all levels.",
         ["solid-fusion denied L4-L5", "solid-fusion possible L4-L5 (all)"]),
        ("FINDINGS: Cleft at L4-5.\nIMPRESSION: Solid fusion at L4-5.",
         ["solid-fusion affirmed L4-L5"]),
        ("Solid fusion on the left at L4-5. No fusion on the right at L4-5.",
         ["solid-fusion affirmed L4-L5 left", "solid-fusion denied L4-L5 right"]),
    ],
)  # fmt: skip
def test_fusion_beside_a_doubt_at_its_level_is_only_possible(text, expected):
    assert said(text) == expected


def test_parts_of_an_infection_that_were_not_found_say_nothing_beside_one_that_was():
    assert said("Discitis at L3-4. No abscess.") == ["infection affirmed L3-L4"]
    assert said("Discitis at L3-4. No abscess at L5.") == [
        "infection affirmed L3-L4",
        "infection denied L5",
    ]
    assert said("No discitis. No abscess.") == ["infection denied", "infection denied"]
