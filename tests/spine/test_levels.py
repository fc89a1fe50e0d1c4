"""Spinal levels as orders, procedures and reports write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hooks.spine.levels import (
    NO_LEVELS,
    Levels,
    adjacent_interspaces,
    in_order,
    interspaces_between,
    level_of_site,
    parse_levels,
)

L2_TO_S1 = {"L2-L3", "L3-L4", "L4-L5", "L5-S1"}


@pytest.mark.parametrize(
    ("text", "interspaces"),
    [
        ("L4-L5", {"L4-L5"}),
        ("L4-5", {"L4-L5"}),
        ("L4/5", {"L4-L5"}),
        ("L4/L5", {"L4-L5"}),
        ("L45", {"L4-L5"}),
        ("L4L5", {"L4-L5"}),
        ("L5S1", {"L5-S1"}),
        ("l4 - l5", {"L4-L5"}),
        ("L4–L5", {"L4-L5"}),
        ("L4 to S1", {"L4-L5", "L5-S1"}),
        ("L4 through S1", {"L4-L5", "L5-S1"}),
        ("from L2 thru S1", L2_TO_S1),
        ("L2-sacrum", L2_TO_S1),
        ("L2-S2", L2_TO_S1),
        ("T12-L2", {"T12-L1", "L1-L2"}),
        ("S1-L4", {"L4-L5", "L5-S1"}),
        ("L2-L3 and L5-S1", {"L2-L3", "L5-S1"}),
    ],
)
def test_a_range_names_every_interspace_in_it(text, interspaces):
    found = parse_levels(text)
    assert found.interspaces == interspaces
    assert not found.vertebrae
    assert not found.pelvis


@pytest.mark.parametrize(
    ("text", "interspaces"),
    [
        ("L4-L5-S1", {"L4-L5", "L5-S1"}),
        ("L3-L4-L5", {"L3-L4", "L4-L5"}),
        ("L4/L5/S1", {"L4-L5", "L5-S1"}),
        ("L3-4-5", {"L3-L4", "L4-L5"}),
        ("L4-5-S1", {"L4-L5", "L5-S1"}),
    ],
)
def test_a_chain_of_levels_names_every_interspace_in_it(text, interspaces):
    assert parse_levels(text).interspaces == interspaces


@pytest.mark.parametrize("text", ["L5-1", "L5/1"])
def test_l5_1_is_the_lumbosacral_interspace(text):
    assert parse_levels(text).interspaces == {"L5-S1"}


@pytest.mark.parametrize(
    "text",
    ["L2-pelvis", "L2 to pelvis", "L2 to the pelvis", "L2-ilium", "L2 through the ilium"],
)
def test_a_construct_to_the_pelvis_holds_every_interspace_down_to_the_sacrum(text):
    found = parse_levels(text)
    assert found.interspaces == L2_TO_S1
    assert found.pelvis


@pytest.mark.parametrize("text", ["bilateral iliac screws", "S2AI screws", "pelvic fixation"])
def test_hardware_of_the_pelvis_names_the_pelvis(text):
    assert parse_levels(text).pelvis


@pytest.mark.parametrize(
    ("text", "vertebrae"), [("screw at L4", {"L4"}), ("L4, L5", {"L4", "L5"}), ("S1", {"S1"})]
)
def test_single_vertebrae_are_no_interspace(text, vertebrae):
    found = parse_levels(text)
    assert (found.vertebrae, found.interspaces) == (vertebrae, frozenset())


def test_the_upper_sacrum_is_named_by_a_range_within_it():
    assert parse_levels("S1-S2").vertebrae == {"S1"}


@pytest.mark.parametrize("text", ["", "lumbar spine", "L9", "L46", "grade 2", "C9", "HL4", "T1234"])
def test_what_is_no_level_names_nothing(text):
    assert parse_levels(text) == NO_LEVELS
    assert not parse_levels(text)


@given(st.text(max_size=200))
def test_any_text_can_be_read(text):
    found = parse_levels(text)
    assert bool(found) == bool(found.named)


def test_a_range_is_the_same_in_both_directions():
    assert interspaces_between("S1", "L4") == interspaces_between("L4", "S1") == {"L4-L5", "L5-S1"}
    assert interspaces_between("L4", "L4") == frozenset()


@pytest.mark.parametrize(
    ("fused", "adjacent"),
    [
        ({"L4-L5"}, {"L3-L4", "L5-S1"}),
        ({"L4-L5", "L5-S1"}, {"L3-L4"}),
        ({"L2-L3", "L3-L4", "L4-L5", "L5-S1"}, {"L1-L2"}),
        ({"C1-C2"}, {"C2-C3"}),
        ({"L1-L2", "L4-L5", "L5-S1"}, {"T12-L1", "L2-L3", "L3-L4"}),
        ({"L1-L2", "L3-L4"}, {"T12-L1", "L2-L3", "L4-L5"}),
        (set(), set()),
    ],
)
def test_the_adjacent_interspaces_are_right_above_and_below(fused, adjacent):
    assert adjacent_interspaces(frozenset(fused)) == adjacent


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("11994002", {"L4"}),
        ("243923001", {"L4-L5"}),
        ("243927000", {"L5-S1"}),
        ("22356005", {"pelvis"}),
        ("122496007", set()),
        (None, set()),
    ],
)
def test_a_coded_body_site_names_its_level(code, named):
    assert level_of_site(code).named == named


def test_levels_are_joined_and_told_from_head_to_pelvis():
    joined = parse_levels("L5-S1") | parse_levels("L2") | parse_levels("iliac")
    assert str(joined) == "L2, L5-S1, pelvis"
    assert in_order(frozenset({"pelvis", "L1-L2", "T12"})) == ["T12", "L1-L2", "pelvis"]


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("L4-L5", "L5-S1", True),
        ("L2-L3", "L4-L5", False),
        ("L4", "L4-L5", True),
        ("iliac", "S2AI", True),
        ("iliac", "L4-S1", False),
        ("", "L4", False),
    ],
)
def test_levels_overlap_at_a_common_vertebra_or_at_the_pelvis(one, other, meet):
    assert parse_levels(one).overlaps(parse_levels(other)) is meet
    assert parse_levels(other).overlaps(parse_levels(one)) is meet


@pytest.mark.parametrize(
    ("text", "lumbar"),
    [("T10-L2", True), ("iliac", True), ("T4-T12", False), ("C5-C6", False), ("S1", True)],
)
def test_a_construct_is_in_scope_when_it_touches_l1_or_below(text, lumbar):
    assert parse_levels(text).reaches_lumbar is lumbar


def test_no_levels_are_false_and_any_level_is_true():
    assert not Levels()
    assert Levels(pelvis=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L3-4 & 4-5", "L3-L4, L4-L5"),
        ("L4-5 and L5-S1", "L4-L5, L5-S1"),
        ("L3-4, 4-5, and 5-1", "L3-L4, L4-L5, L5-S1"),
        ("L4-5, 4-5 weeks ago", "L4-L5"),
        ("Fusion L4-5, 3-4-2020", "L4-L5"),
        ("L4-5, 2-9", "L4-L5"),
    ],
)
def test_a_comma_carries_the_region_to_the_next_interspace(text, expected):
    assert ", ".join(in_order(parse_levels(text).named)) == expected


def test_levels_that_follow_each_other_read_as_one_stretch():
    assert str(parse_levels("L2-L3, L3-L4, L5-S1 and pelvis")) == "L2-L4, L5-S1, pelvis"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("L4-S1", "L4", True),
        ("L2-L3", "L4-S1", True),
        ("L2", "L4-S1", False),
        ("T12-L1", "L2", True),
        ("L1", "L4-S1", False),
        ("iliac screw", "L5-S1", True),
        ("iliac screw", "L4-L5", True),
        ("iliac screw", "L4", False),
    ],
)
def test_levels_border_that_overlap_or_lie_next_to_each_other(one, other, expected):
    assert parse_levels(one).borders(parse_levels(other)) is expected
    assert parse_levels(other).borders(parse_levels(one)) is expected
