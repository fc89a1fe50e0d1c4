"""Problems in words alone: a hint where they name the matter at the lower spine."""

import pytest

from hooks.spine.named_problems import (
    BONE,
    CAUDA_EQUINA,
    DIABETES,
    FORMER_SMOKING,
    FUSION,
    INFECTION,
    NONUNION,
    NUTRITION,
    OPIOIDS,
    PREGNANCY,
    RADICULAR,
    SCOLIOSIS,
    SMOKING,
    named_problems,
)
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
        ("Lumbar radiculopathy, ruled out by EMG", None),
        ("Discitis L4-5, resolved after antibiotics", None),
        ("Osteomyelitis of lumbar spine, treated with antibiotics", None),
        ("Epidural abscess without sepsis", INFECTION),
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


def matters(problem):
    return [what for what, evidence in named_problems(record(problem)).items() if evidence]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Type 2 diabetes mellitus", DIABETES),
        ("Type 2 diabetes mellitus without complication", DIABETES),
        ("Diabetes mellitus, not stated as uncontrolled", DIABETES),
        ("Non-insulin dependent diabetes mellitus", DIABETES),
        ("Type 2 diabetes mellitus with history of hypoglycemia", DIABETES),
        ("Type 2 diabetes mellitus, ketoacidosis resolved", DIABETES),
        ("Type 2 diabetes mellitus with neuropathy, retinopathy ruled out", DIABETES),
        ("Diabetes mellitus, family history of gout", DIABETES),
        ("Diabetic polyneuropathy", DIABETES),
        ("T2DM", DIABETES),
        ("Pregnancy, 12 weeks", PREGNANCY),
        ("High risk pregnancy", PREGNANCY),
        ("Pregnancy, Rh negative", PREGNANCY),
        ("Twin gestation", PREGNANCY),
        ("Osteoporosis without current pathological fracture", BONE),
        ("Osteopenia", BONE),
        ("Severe protein-calorie malnutrition", NUTRITION),
        ("Vitamin-D deficiency", NUTRITION),
        ("Opioid dependence", OPIOIDS),
        ("Long term (current) use of opiate analgesic", OPIOIDS),
        ("Current every day smoker", SMOKING),
        ("Nicotine dependence, cigarettes", SMOKING),
        ("Former smoker", FORMER_SMOKING),
        ("Ex-smoker", FORMER_SMOKING),
        ("Personal history of nicotine dependence", FORMER_SMOKING),
        ("Tobacco use disorder in remission", FORMER_SMOKING),
        ("Adult degenerative scoliosis", SCOLIOSIS),
        ("Thoracic scoliosis", SCOLIOSIS),
        ("Cauda equina syndrome", CAUDA_EQUINA),
        ("Status post lumbar fusion L4-S1", FUSION),
        ("S/P L4-S1 fusion", FUSION),
        ("History of lumbar fusion", FUSION),
        ("Adjacent segment disease above lumbar fusion", FUSION),
        ("Screw loosening after lumbar fusion", FUSION),
        ("s/p fusion 2021", FUSION),
    ],
)
def test_a_problem_in_words_is_of_one_matter(text, what):
    assert matters(condition({"text": text})) == [what]


@pytest.mark.parametrize(
    "text",
    [
        "No diabetes", "Family history of diabetes mellitus", "History of diabetes",
        "Encounter for screening for diabetes mellitus", "Diabetes mellitus type 2, resolved",
        "Diabetes mellitus, resolved 2021", "Diabetes mellitus ruled out", "Diabetes screening",
        "Diabetes, history of", "Risk of diabetes", "Prediabetes", "Pre-diabetes",
        "Diabetes insipidus", "Admission", "Not pregnant", "History of pregnancy",
        "Encounter for pregnancy test, result negative", "Elective termination of pregnancy",
        "Screening for osteoporosis", "Family history of osteoporosis", "Risk of malnutrition",
        "Opioid allergy", "Opioid dependence, in remission", "History of opioid abuse",
        "Never smoker", "Non-smoker", "Family history of tobacco abuse", "Passive smoker",
        "Exposure to tobacco smoke", "No scoliosis", "No cauda equina syndrome",
        "No prior lumbar fusion", "Family history of lumbar fusion", "Status post ankle fusion",
        "Status post subtalar fusion", "Status post cervical fusion", "Status post fusion C5-C6",
        "Congenital fusion of lumbar vertebrae", "Fusion of spine, lumbar region", "Lumbar fusion",
        "Scheduled for lumbar fusion", "Lumbar spondylosis without prior fusion",
    ],
)  # fmt: skip
def test_what_is_denied_past_of_the_family_or_something_else_is_no_hint(text):
    assert matters(condition({"text": text})) == []


def test_a_problem_coded_as_something_unknown_is_read_by_its_display():
    coded = {"coding": [{"system": "http://snomed.info/sct", "code": "1", "display": "Pregnant"}]}
    assert matters(condition(coded)) == [PREGNANCY]


def test_an_earlier_fusion_may_be_named_by_any_problem_that_is_not_only_supposed():
    text = "Low back pain, status post lumbar fusion"
    assert matters(condition(icd("M54.50", text=text), clinical="resolved")) == [FUSION]
    assert matters(condition({"text": text}, verification="provisional")) == []
