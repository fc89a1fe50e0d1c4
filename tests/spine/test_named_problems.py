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
        ("Infection of lumbar hardware", INFECTION),
        ("Infected hardware L4-S1", INFECTION),
        ("Pedicle screw infection", INFECTION),
        ("Infected intervertebral disc", INFECTION),
        ("Discitis with urinary tract infection", INFECTION),
        ("Sacral osteomyelitis under a decubitus ulcer", INFECTION),
        ("Epidural abscess and urinary tract infection", INFECTION),
        ("Nonunion of fusion L4-L5", NONUNION),
        ("Lumbar radiculopathy, and pain of the left arm", RADICULAR),
        ("Radiculopathy of left leg", RADICULAR),
        ("Infected breast implant", None),
        ("Dental implant infection", None),
        ("Chronic wound infection after hernia mesh implant", None),
        ("Infection of iliac artery graft", None),
        ("Surgical site infection, cesarean wound", None),
        ("Risk for surgical site infection", None),
        ("Risk for spinal infection", None),
        ("Infected sacral decubitus ulcer", None),
        ("Pilonidal abscess, sacral", None),
        ("Urinary tract infection with lumbar pain", None),
        ("Nonunion of subtalar fusion", None),
        ("Nonunion of scaphoid with screw", None),
        ("Radiculopathy of left arm", None),
        ("Brachial radiculopathy", None),
        ("Radiculopathy ruled out", None),
        ("Lumbar radiculopathy, in remission", None),
    ],
)
def test_the_words_of_a_problem_name_one_matter_or_none(text, what):
    chart = record(condition({"text": text}))
    found = [m for m in (INFECTION, NONUNION, RADICULAR) if named_problems(chart)[m]]
    assert found == ([what] if what else [])


def test_a_problem_in_words_is_quoted_with_its_day():
    (evidence,) = named_problems(record(condition({"text": "Discitis"})))[INFECTION]
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
    assert named_problems(record(over))[INFECTION] == ()
