"""Answers behind other marks than a colon, and what only looks like one."""

import pytest

from tests.spine.text import said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pseudarthrosis - No", ["nonunion denied"]),
        ("Infection - no", ["infection denied"]),
        ("Loosening = no", ["loosening denied"]),
        ("Loosening (no)", ["loosening denied"]),
        ("Loosening - yes", ["loosening affirmed"]),
        ("Solid fusion - No", ["solid-fusion denied"]),
        ("Solid fusion / no", ["solid-fusion denied"]),
        ("Nonunion, no. Loosening, no.", ["nonunion denied", "loosening denied"]),
        ("Loosening (-), infection (-).", ["loosening denied", "infection denied"]),
        ("(-) loosening, (-) hardware fracture.", ["loosening denied", "breakage denied"]),
        ("(+) loosening", ["loosening affirmed"]),
        ("Loosening - no, broken screw - no", ["loosening denied", "breakage denied"]),
    ],
)
def test_an_answer_is_one_behind_any_mark(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Loosening: L4 no, S1 yes", ["loosening denied L4", "loosening affirmed S1"]),
        ("Loosening: L4: no, S1: yes", ["loosening denied L4", "loosening affirmed S1"]),
        ("Loosening - L4: no, S1: yes", ["loosening denied L4", "loosening affirmed S1"]),
        ("Loosening: R S1 +, L S1 -",
         ["loosening affirmed S1 right", "loosening denied S1 left"]),
        ("Fused: L4-5 yes / L5-S1 no",
         ["solid-fusion affirmed L4-L5", "solid-fusion denied L5-S1"]),
        ("Solid fusion: L4/5 - Y; L5/S1 - N",
         ["solid-fusion affirmed L4-L5", "solid-fusion denied L5-S1"]),
        ("Bridging bone: L4-5 (+), L5-S1 (-)",
         ["solid-fusion affirmed L4-L5", "solid-fusion denied L5-S1"]),
    ],
)  # fmt: skip
def test_each_level_has_its_own_answer(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Solid fusion - no loosening", ["solid-fusion affirmed", "loosening denied"]),
        ("Solid fusion, no loosening, no infection",
         ["solid-fusion affirmed", "loosening denied", "infection denied"]),
        ("Solid fusion (no loosening)", ["solid-fusion affirmed", "loosening denied"]),
        ("Loosening yes/no: no", ["loosening denied"]),
        ("Is there loosening? No, the screws are intact.",
         ["loosening denied", "breakage denied"]),
    ],
)  # fmt: skip
def test_what_goes_on_behind_a_no_is_no_answer(text, expected):
    assert said(text) == expected


def test_an_answer_may_end_with_a_mark():
    assert said("Loosening: yes /") == ["loosening affirmed"]


def test_answers_of_which_nobody_chose_one_are_none():
    assert said("Loosening: yes / no") == []
