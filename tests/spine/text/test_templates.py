"""Templates: boxes, option lists, answered questions and tables (clinical.md, 4.4, R12)."""

import pytest

from tests.spine.text import said

SOLID, NONUNION = ["solid-fusion affirmed"], ["nonunion affirmed"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[x] solid fusion [ ] nonunion", SOLID),
        ("[ ] solid fusion [x] nonunion", NONUNION),
        ("[ ] solid fusion [X] nonunion", NONUNION),
        ("( ) solid fusion (x) nonunion", NONUNION),
        ("☐ solid fusion ☒ nonunion", NONUNION),
        ("☑ solid fusion ☐ nonunion", SOLID),
        ("☐ solid fusion ✓ nonunion", NONUNION),
        ("[✓] solid fusion", SOLID),
        ("[] solid fusion [] nonunion", []),
        ("Fusion: [ ] solid [x] partial", ["solid-fusion possible"]),
        ("Fusion [x] solid [ ] partial", SOLID),
        ("[ ] nonunion Loosening: none", ["loosening denied"]),
        ("[x] loosening [x] nonunion", ["loosening affirmed", *NONUNION]),
        ("Solid fusion [3]", SOLID),
        # The box may stand behind its option.
        ("Fusion status: solid [ ] partial [ ] none [x]", ["solid-fusion denied"]),
        ("Fusion status: solid [x] partial [ ] none [ ]", SOLID),
        ("Fusion status: solid ☐ partial ☒", ["solid-fusion possible"]),
        ("solid fusion [ ] nonunion [x]", NONUNION),
    ],
)
def test_only_what_is_ticked_is_said(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("solid / partial / nonunion -> solid fusion", SOLID),
        ("solid fusion / nonunion → nonunion", NONUNION),
        ("Fusion: solid / partial / none -> solid", SOLID),
        ("Loosening (yes / no) -> no", ["loosening denied"]),
        (
            "Nonunion L4-5 → solid fusion",
            ["nonunion affirmed L4-L5", "solid-fusion possible L4-L5"],
        ),
    ],
)
def test_of_options_in_front_of_an_arrow_the_choice_counts(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Loosening? None.", ["loosening denied"]),
        ("Solid fusion? No", ["solid-fusion denied"]),
        ("Solid fusion? Yes", SOLID),
        ("Solid fusion (Y/N): N", ["solid-fusion denied"]),
        ("Nonunion Y/N: Y", NONUNION),
        ("Loosening ........ none", ["loosening denied"]),
        ("Nonunion?", ["nonunion possible"]),
    ],
)
def test_a_question_is_a_label_for_its_answer(text, expected):
    assert said(text) == expected


def test_a_table_with_levels_in_its_first_column_is_read_by_its_columns():
    table = "Level | Bridging bone | Loosening\nL4-5 | yes | no\nL5-S1 | no | yes"
    assert said(table) == [
        "solid-fusion affirmed L4-L5",
        "loosening denied L4, L5",
        "solid-fusion denied L5-S1",
        "loosening affirmed L5, S1",
    ]


def test_a_table_without_columns_has_its_label_in_the_first_cell():
    assert said("Loosening | none") == ["loosening denied"]
    assert said("L4-5 | solid fusion | no loosening") == [
        "solid-fusion affirmed L4-L5",
        "loosening denied L4, L5",
    ]
    assert said("Solid fusion at L4-5 |") == ["solid-fusion affirmed L4-L5"]
    assert said("| | |") == []


def test_a_row_that_does_not_fit_the_columns_is_read_by_its_first_cell():
    table = "Level | Bridging bone | Loosening\nL4-5 | solid fusion"
    assert said(table) == ["solid-fusion affirmed L4-L5"]
