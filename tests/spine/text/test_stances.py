"""What turns a statement: negation, doubt, past, question and warning (clinical.md, R3 to R8)."""

import pytest

from tests.spine.text import said

FORMER = ["nonunion historical L4-L5"]


def solid(stance):
    return [f"solid-fusion {stance} L4-L5"]


@pytest.mark.parametrize(
    "text",
    [
        "No solid fusion at L4-5.",
        "There is no convincing evidence of solid fusion at L4-5.",
        "Without solid fusion at L4-5.",
        "Absent bridging bone at L4-5.",
        "The L4-5 level fails to show bridging bone.",
        "Solid fusion at L4-5 is not seen.",
        "Solid fusion at L4-5: none.",
        "Bridging bone is absent at L4-5.",
        "L4-5 is not yet solidly fused.",
        "Solid fusion has not been achieved, not yet, at L4-5.",
        "CT ruled out solid fusion at L4-5.",
    ],
)
def test_a_negation_denies_before_and_behind(text):
    assert said(text) == solid("denied")


@pytest.mark.parametrize(
    "text",
    [
        "Possible solid fusion at L4-5.",
        "Solid fusion at L4-5 is likely.",
        "Solid fusion at L4-5 cannot be confirmed.",
        "Suspicious for solid fusion at L4-5.",
        "Solid fusion at L4-5?",
        "Solid fusion at L4-5 versus early fusion.",
        "Findings may represent solid fusion at L4-5.",
        "Cannot exclude solid fusion at L4-5.",
        "No new solid fusion at L4-5.",
        "Nothing to suggest it is not solid at L4-5.",
    ],
)
def test_a_doubt_leaves_it_possible(text):
    assert said(text) == solid("possible")


@pytest.mark.parametrize(
    "text",
    [
        "No change in the solid fusion at L4-5.",
        "No interval change in solid fusion at L4-5.",
        "No reason to doubt solid fusion at L4-5.",
        "Without question solid fusion at L4-5.",
        "Not only solid fusion at L4-5.",
        "Unchanged solid fusion at L4-5.",
        "Solid fusion at L4-5, stable since the prior study.",
    ],
)
def test_what_holds_a_negator_and_denies_nothing_and_what_persists_is_affirmed(text):
    assert said(text) == solid("affirmed")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Without question failure of fusion at L4-5.", ["nonunion affirmed L4-L5"]),
        ("History of nonunion at L4-5.", FORMER),
        (
            "Prior fusion, nonunion at L4-5.",
            ["nonunion affirmed L4-L5", "prior-fusion affirmed L4-L5"],
        ),
        (
            "History of loosening and nonunion at L4-5.",
            ["loosening historical L4, L5", "nonunion historical L4-L5"],
        ),
        ("Nonunion at L4-5 has resolved.", FORMER),
        ("S/p revision for nonunion at L4-5.", FORMER),
        ("Nonunion at L4-5 was treated in 2019.", FORMER),
        ("The earlier nonunion at L4-5 has fused.", [*FORMER, *solid("affirmed")]),
        ("Prior CT reported nonunion at L4-5.", FORMER),
        ("Nonunion at L4-5 was seen in 2019.", FORMER),
        ("CT from an outside hospital in 2019 described nonunion at L4-5.", FORMER),
        (
            "CT after the prior lumbar spine surgery shows nonunion at L4-5.",
            ["nonunion affirmed L4-L5"],
        ),
        (
            "Previously reported nonunion has a loose screw at S1.",
            ["nonunion historical", "loosening affirmed S1"],
        ),
        ("Known nonunion at L4-5.", ["nonunion affirmed L4-L5"]),
        ("Chronic nonunion at L4-5.", ["nonunion affirmed L4-L5"]),
        ("Previously described nonunion at L4-5 is unchanged.", ["nonunion affirmed L4-L5"]),
        ("Nonunion is no longer seen at L4-5.", FORMER),
        ("When nonunion at L4-5 was repaired, he smoked.", FORMER),
    ],
)
def test_the_past_is_past_and_what_is_known_is_of_today(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Evaluate for nonunion at L4-5.",
        "If there is nonunion, revise.",
        "Risks include nonunion and infection.",
        "Smoking causes nonunion.",
        "Counselled on nonunion.",
        "Recommend CT to rule out nonunion at L4-5.",
        "Nonunion: not assessed.",
        "Loosening: pending",
        "Whether nonunion is present is asked.",
        "Risks discussed include nonunion, nerve injury with foot drop and hardware failure.",
        "She knows the risks of nonunion and persistent back pain with radiculopathy.",
        "Risk factors for nonunion: smoking.",
        "The patient is at risk for nonunion.",
    ],
)
def test_what_is_asked_warned_of_or_not_assessed_states_nothing(text):
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No lucency to suggest loosening at L5.", ["loosening denied L5"]),
        ("No loosening, fracture or prominence of the screws.",
         ["loosening denied", "breakage denied", "prominence denied"]),
        ("Neither loosening nor fracture of the screws.", ["loosening denied", "breakage denied"]),
        ("Screws intact, no loosening.", ["breakage denied", "loosening denied"]),
        ("No loosening, hardware intact.", ["loosening denied", "breakage denied"]),
        ("No infection, S1 screws loose.", ["infection denied", "loosening affirmed S1"]),
        ("No priors, solid fusion at L4-5.", ["solid-fusion possible L4-L5"]),
        ("No loosening and no infection.", ["loosening denied", "infection denied"]),
    ],
)  # fmt: skip
def test_a_negation_reaches_through_its_list_and_no_further(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Infection not seen, loosening of the S1 screws.",
         ["infection denied S1", "loosening affirmed S1"]),
        ("Infection ruled out, loosening of the S1 screws.",
         ["infection denied S1", "loosening affirmed S1"]),
        ("Nonunion not identified, solid fusion at L4-5.",
         ["nonunion denied", "solid-fusion affirmed L4-L5"]),
        ("Solid fusion not identified, nonunion at L4-5.",
         ["solid-fusion denied", "nonunion affirmed L4-L5"]),
    ],
)  # fmt: skip
def test_what_was_not_seen_denies_nothing_behind_the_comma(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Exploration ruled out nonunion at L4-5.",
        "CT excludes nonunion at L4-5.",
        "Nonunion at L4-5 is excluded by motion studies.",
        "Nonunion at L4-5 has been ruled out.",
    ],
)
def test_what_was_ruled_out_is_denied_whoever_is_named_first(text):
    assert said(text) == ["nonunion denied L4-L5"]


@pytest.mark.parametrize("text", ["Nonunion not excluded.", "Nonunion cannot be ruled out."])
def test_what_was_not_ruled_out_is_possible(text):
    assert said(text) == ["nonunion possible"]


def test_the_opposite_of_a_word_that_denies_is_affirmed():
    assert said("The screws are not well seated.") == ["loosening affirmed"]


def test_a_hint_stays_a_hint_unless_it_is_denied():
    assert said("Cleft at L4-5.") == ["nonunion possible L4-L5"]
    assert said("No cleft at L4-5.") == ["nonunion denied L4-L5"]
    assert said("Cannot exclude a cleft at L4-5.") == ["nonunion possible L4-L5"]


def test_a_risk_ends_where_the_image_is_told():
    affirmed = ["nonunion affirmed L4-L5"]
    assert said("Risks include nonunion with pain, but the CT shows nonunion at L4-5.") == affirmed
    assert said("CT shows nonunion at L4-5; risks of revision discussed.") == affirmed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Loosening none.", ["loosening denied"]),
        ("No nonunion is suspected.", ["nonunion possible"]),
        ("No loosening, possible nonunion at L4-5.",
         ["loosening denied L4, L5", "nonunion possible L4-L5"]),
    ],
)  # fmt: skip
def test_an_answer_denies_and_a_doubt_behind_another_statement_does_not_reach_back(text, expected):
    assert said(text) == expected
