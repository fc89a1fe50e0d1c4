"""How far a negation or doubt reaches, what a label adds, what is of another place (R9, R12)."""

import pytest

from tests.spine.text import said, stated

AT_L45 = "solid-fusion affirmed L4-L5"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Solid at L4-5 but not at L5-S1.", [AT_L45, "solid-fusion denied L5-S1"]),
        ("Fusion is solid at L4-5 but not at L5-S1.", [AT_L45, "solid-fusion denied L5-S1"]),
        ("Solidly fused at L4-5, possibly at L5-S1.", [AT_L45, "solid-fusion possible L5-S1"]),
        ("Solid fusion at L4-5, incomplete at L5-S1.", [AT_L45, "solid-fusion denied L5-S1"]),
        ("Solid fusion at L4-5, partial at L5-S1.", [AT_L45, "solid-fusion possible L5-S1"]),
        ("Solid fusion at L4-5; L5-S1 is not fused.", [AT_L45, "nonunion affirmed L5-S1"]),
        ("Solid fusion at L4-5 and nonunion at L5-S1.", [AT_L45, "nonunion affirmed L5-S1"]),
        ("L4-5 is solid, however L5-S1 is ununited.", [AT_L45, "nonunion affirmed L5-S1"]),
        ("Solid fusion at L4-5 with loosening of S1 screws.", [AT_L45, "loosening affirmed S1"]),
        ("No fusion at L5-S1, whereas L4-5 is solid.",
         ["solid-fusion denied L5-S1", AT_L45]),
        ("Nonunion at L4-5, no loosening.", ["nonunion affirmed L4-L5", "loosening denied"]),
        ("Solid fusion at L4-5 (not at L5-S1).", [AT_L45, "solid-fusion denied L5-S1"]),
        ("The right S1 screw is loose but not the left.",
         ["loosening affirmed S1 right"]),
        ("Loosening at L5, possibly at S1.", ["loosening affirmed L5", "loosening possible S1"]),
        ("Loosening at L5 but not at S1.", ["loosening affirmed L5", "loosening denied S1"]),
        ("Cleft at L4-5 but not at L5-S1.", ["nonunion possible L4-L5"]),
    ],
)  # fmt: skip
def test_each_clause_has_its_own_negation_and_levels(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Solid fusion: L4-5 yes, L5-S1 no.", [AT_L45, "solid-fusion denied L5-S1"]),
        ("Loosening: none.", ["loosening denied"]),
        ("Loosening: left S1.", ["loosening affirmed S1 left"]),
        ("L5-S1: solid fusion, no loosening.",
         ["solid-fusion affirmed L5-S1", "loosening denied L5, S1"]),
        ("Fusion: L4-5 solid. L5-S1 partial.", [AT_L45, "solid-fusion possible L5-S1"]),
        ("Solid fusion: indeterminate at L4-5.", ["solid-fusion possible L4-L5"]),
        ("Hardware: Intact. No lucency.", ["breakage denied", "loosening denied"]),
        ("Nonunion: the fusion was reviewed.", []),
        ("Nonunion: screws are intact.", ["breakage denied"]),
        ("Infection: no. Loosening: yes, at S1.", ["infection denied", "loosening affirmed S1"]),
    ],
)  # fmt: skip
def test_a_label_holds_for_the_answers_of_its_line(text, expected):
    assert said(text) == expected


def test_a_label_holds_whatever_its_own_sentence_says_and_whatever_was_read_before():
    text = "L1-L2: Mild straightening. No adjacent segment listhesis."
    assert stated(text) == stated(text) == ["adjacent-segment denied L1-L2"]


def test_a_label_does_not_reach_the_next_line():
    assert said("Nonunion:\n\nL4-5.") == []
    assert said("Bone: no lesion\nSolid at L4-5.") == [AT_L45]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L4-5 shows a cage, around which there is bridging bone.", [AT_L45]),
        ("L4-5 is fused with bridging bone.", [AT_L45]),
        ("Lucency around the L5 screw, which is loose.", ["loosening affirmed L5"]),
    ],
)
def test_a_relative_clause_takes_over_the_levels(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Solid fusion of the cervical spine.",
        "Congenital fusion of L2-3.",
        "Congenital block vertebra L2-3, completely fused.",
        "The sacroiliac joints are ankylosed.",
        "PET images were fused with CT.",
        "SPECT data were fused with the CT.",
        "Nonunion has been reported in smokers.",
        "Her mother had a nonunion.",
        "Total hip arthroplasty with loosening.",
        "Bridging osteophytes at L1-2.",
        "Nonunion of a rib.",
        "Loose teeth.",
        "Cellulitis and infection of the foot.",
    ],
)
def test_what_is_of_another_place_person_or_thing_states_nothing(text):
    assert said(text) == []


def test_what_is_elsewhere_ends_where_a_level_of_the_spine_is_named():
    text = "The hip prosthesis is loose, but L4-5 is solidly fused."
    assert said(text) == [AT_L45]
    assert said("Nonunion is reported in the literature, but this patient has a solid fusion.") == [
        "solid-fusion affirmed"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The level above the fused levels is normal in height.",
        "Above the fused segment the canal is wide.",
        "The fused vertebrae are aligned.",
        "The unfused levels are normal.",
    ],
)
def test_fused_levels_only_refer(text):
    assert [s for s in said(text) if s.startswith(("solid", "nonunion"))] == []


def test_statements_of_one_target_that_differ_in_a_clause_leave_it_possible():
    assert said("Loose and well seated screw at S1.") == ["loosening possible S1"]


def test_what_hints_yields_to_what_states():
    assert said("Nonunion, seen as a cleft at L4-5.") == ["nonunion affirmed L4-L5"]


def test_a_general_denial_of_trouble_denies_loosening_and_breakage():
    assert said("No hardware complication.") == ["loosening denied", "breakage denied"]
    assert said("Hardware complication.") == ["loosening possible", "breakage possible"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L4-S1 instrumentation.", ["construct affirmed L4-S1"]),
        ("No fusion at L2-3.", ["solid-fusion denied L2-L3"]),
        ("No instrumentation at L2-3.", []),
        ("Normal disc above the construct at L2-3.", ["adjacent-segment denied L2-L3"]),
        ("Facet hypertrophy adjacent to the construct at L2-3.", []),
        ("No change in the L4-S1 construct.", ["construct affirmed L4-S1"]),
        ("Pedicle screws from L4 to S1 are intact.",
         ["breakage denied L4-S1", "construct affirmed L4-S1"]),
        ("Planned: assess for fusion L4-S1.", []),
        ("Prior fusion L4-S1.", ["construct affirmed L4-S1", "prior-fusion affirmed L4-S1"]),
        ("No prior fusion.", ["prior-fusion denied"]),
        ("To assess prior fusion.", []),
    ],
)  # fmt: skip
def test_an_operation_spans_its_levels_and_may_be_an_earlier_one(text, expected):
    assert stated(text) == expected


def test_the_same_statement_of_one_sentence_is_returned_once():
    assert stated("Loose, loosened screw at S1.") == ["loosening affirmed S1"]


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("findings", ["nonunion affirmed L4-L5"]),
        ("impression", ["nonunion affirmed L4-L5"]),
        ("told", ["nonunion affirmed L4-L5"]),
        ("history", ["nonunion historical L4-L5"]),
        ("plan", []),
        ("ignored", []),
    ],
)
def test_what_counts_depends_on_the_section(section, expected):
    assert stated("Nonunion at L4-5.", section) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Solid fusion.", []),
        ("No loosening.", []),
        ("L4-S1 fusion 2019.", ["construct affirmed L4-S1"]),
        ("Failed physical therapy.", ["conservative-care affirmed"]),
    ],
)
def test_a_history_says_what_was_done_and_never_that_fusion_is_solid(text, expected):
    assert stated(text, "history") == expected


def test_a_plan_counts_for_what_was_talked_about():
    assert stated("Realistic expectations were discussed.", "plan") == ["expectations affirmed"]
    told = stated("We discussed realistic expectations: surgery may fail.", "plan")
    assert told == ["expectations affirmed"]
    assert stated("Will not have realistic expectations.", "plan") == []
