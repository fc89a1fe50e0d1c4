"""Problems in words alone: a hint where they name the matter at the lower spine."""

import pytest

from hooks.spine.named_problems import INFECTION, NONUNION, RADICULAR, named_problems
from tests.chart import condition, icd, record


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Deep infection of spinal hardware", INFECTION),
        ("Discitis", INFECTION),
        ("Epidural abscess", INFECTION),
        ("Pseudarthrosis L5-S1", NONUNION),
        ("Nonunion of lumbar fusion", NONUNION),
        ("Lumbar radiculopathy", RADICULAR),
        ("Sciatica", RADICULAR),
        ("Urinary tract infection", None),
        ("Infected wound of the left foot", None),
        ("History of discitis", None),
        ("No infection of hardware", None),
        ("Nonunion of left tibia", None),
        ("Pseudarthrosis C5-C6", None),
        ("Cervical radiculopathy", None),
        ("Hypertension", None),
    ],
)
def test_the_words_of_a_problem_name_one_matter_or_none(text, what):
    chart = record(condition({"text": text}))
    found = [m for m in (INFECTION, NONUNION, RADICULAR) if named_problems(chart, m)]
    assert found == ([what] if what else [])


def test_a_problem_in_words_is_quoted_with_its_day():
    (evidence,) = named_problems(record(condition({"text": "Discitis"})), INFECTION)
    assert (evidence.quote, evidence.date) == ("Discitis", "2025-06-01")


@pytest.mark.parametrize(
    "over",
    [
        condition({"text": "Discitis"}, clinical="resolved"),
        condition({"text": "Discitis"}, abatementDateTime="2025-12-01"),
        condition(icd("M54.50", text="Discitis")),  # its code says what it is
    ],
    ids=["resolved", "ended", "coded"],
)
def test_what_is_over_or_coded_as_something_else_is_no_hint(over):
    assert named_problems(record(over), INFECTION) == ()
