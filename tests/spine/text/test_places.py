"""Where a statement holds: levels, sides, exceptions and reach (clinical.md, R9)."""

import pytest

from tests.spine.text import said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lucency around the L5 screws.", ["loosening affirmed L5"]),
        ("Lucency around the L5-S1 screws.", ["loosening affirmed L5, S1"]),
        ("L4-5 is solidly fused.", ["solid-fusion affirmed L4-L5"]),
        ("Solid fusion between L4 and L5.", ["solid-fusion affirmed L4-L5"]),
        ("Solid fusion of L4 and L5.", ["solid-fusion affirmed L4-L5"]),
        ("Solid fusion of L4.", ["solid-fusion affirmed"]),
        ("Solid fusion L3-S1.", ["solid-fusion affirmed L3-S1"]),
        ("The iliac screw is loose.", ["loosening affirmed pelvis"]),
        ("Broken rod at L4-5.", ["breakage affirmed L4-L5"]),
        ("Discitis at L3-4.", ["infection affirmed L3-L4"]),
        ("Adjacent segment disease at L3-4.", ["adjacent-segment affirmed L3-L4"]),
    ],
)
def test_fusion_is_between_vertebrae_and_screws_are_in_them(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The left S1 screw is loose.", ["loosening affirmed S1 left"]),
        ("Rt L5 screw loose.", ["loosening affirmed L5 right"]),
        ("L S1 screw loose.", ["loosening affirmed S1 left"]),
        ("Both S1 screws are loose.", ["loosening affirmed S1 bilateral"]),
        ("The left and right S1 screws are loose.", ["loosening affirmed S1 bilateral"]),
        ("Left L5 screw loose, right S1 screw broken.",
         ["loosening affirmed L5 left", "breakage affirmed S1 right"]),
        ("Loose left L5 and broken right S1 screws.",
         ["loosening affirmed L5 left", "breakage affirmed S1 right"]),
        ("Screws loose on the left at S1, also on the right.",
         ["loosening affirmed S1 bilateral"]),
        ("L 5 screw loose.", ["loosening affirmed"]),
    ],
)  # fmt: skip
def test_a_side_belongs_to_the_cue_beside_it(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Solid fusion L3-S1 except L5-S1.",
         ["solid-fusion affirmed L3-L5", "solid-fusion denied L5-S1"]),
        ("Solid fusion at all levels except L5-S1.",
         ["solid-fusion affirmed (remaining)", "solid-fusion denied L5-S1"]),
        ("No nonunion other than at L5-S1.",
         ["nonunion denied (remaining)", "nonunion affirmed L5-S1"]),
        ("All screws are well seated except the left S1 screw.",
         ["loosening denied (remaining)", "loosening affirmed S1 left"]),
        ("Rods from L2 to pelvis are intact, except the right iliac bolt.",
         ["breakage denied L2-S1", "breakage affirmed pelvis right"]),
        ("The right S1 screw is loose but not the left.", ["loosening affirmed S1 right"]),
        ("With the exception of L5-S1, which is ununited, the fusion L3-S1 is solid.",
         ["nonunion affirmed L5-S1", "solid-fusion affirmed L3-L5"]),
        ("Possible solid fusion L3-S1 except L5-S1.", ["solid-fusion possible L3-L5"]),
    ],
)  # fmt: skip
def test_an_exception_splits_the_levels_and_the_sides(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Solid fusion at all levels.", ["solid-fusion affirmed (all)"]),
        ("Solid fusion throughout, from L3 to S1.", ["solid-fusion affirmed L3-S1 (all)"]),
        ("Nonunion at L5-S1; the remaining levels are solidly fused.",
         ["nonunion affirmed L5-S1", "solid-fusion affirmed (remaining)"]),
        ("Solid fusion.", ["solid-fusion affirmed"]),
        ("Not all levels are fused.", ["solid-fusion denied (all)"]),
        ("The fusion mass is solid.", ["solid-fusion affirmed (all)"]),
        ("Fusion mass is solid at L2-3 through L4-5.", ["solid-fusion affirmed L2-L5"]),
    ],
)  # fmt: skip
def test_a_statement_may_be_of_all_levels_or_of_the_rest(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Solid L4-5, cleft L5-S1.",
         ["solid-fusion affirmed L4-L5", "nonunion possible L5-S1"]),
        ("L4-5 solid, L5-S1 nonunion.",
         ["solid-fusion affirmed L4-L5", "nonunion affirmed L5-S1"]),
        ("L5 screw lucency and S1 screw fracture.",
         ["loosening affirmed L5", "breakage affirmed S1"]),
    ],
)  # fmt: skip
def test_a_level_belongs_to_the_nearest_cue(text, expected):
    assert said(text) == expected
