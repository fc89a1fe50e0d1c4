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


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Status post lumbar fusion with spinal infection", INFECTION),
        ("History of lumbar fusion complicated by epidural abscess", INFECTION),
        ("Discitis L4-5 being treated with vancomycin", INFECTION),
        ("Epidural abscess not ruled out", INFECTION),
        ("Discitis, cannot be ruled out", INFECTION),
        ("Discitis not resolved", INFECTION),
        ("Discitis, un-resolved", INFECTION),
        ("Discitis, bacteremia resolved", INFECTION),
        ("Status post L4-S1 fusion with persistent radiculopathy", RADICULAR),
        ("Lumbar radiculopathy treated with gabapentin", RADICULAR),
        ("Radiculopathy with positive straight leg raise test", RADICULAR),
        ("History of foot ulcer due to type 2 diabetes", DIABETES),
        ("DM", DIABETES),
        ("DMII", DIABETES),
        ("T2D", DIABETES),
        ("Cauda equina syndrome with red flags", CAUDA_EQUINA),
        ("Current every day smoker - counselled to quit", SMOKING),
        ("Current smoker, trying to quit", SMOKING),
        ("Current smoker, quit alcohol 2019", SMOKING),
        ("Smoker, not in remission", SMOKING),
        ("Smoker; former alcoholic", SMOKING),
        ("formerly 2 ppd, now 1 ppd smoker", SMOKING),
        ("Smoker, asbestos exposure", SMOKING),
        ("Former smoker, cigarettes", FORMER_SMOKING),
        ("Smoking status: Former smoker", FORMER_SMOKING),
        ("Smoker, quit 2019", FORMER_SMOKING),
        ("Nicotine dependence, cigarettes, in remission", FORMER_SMOKING),
    ],
)
def test_what_is_past_or_over_is_told_by_the_words_that_are_of_it(text, what):
    found = matters(condition({"text": text}))
    assert what in found
    assert {SMOKING, FORMER_SMOKING} - {what} <= {SMOKING, FORMER_SMOKING} - {*found}


@pytest.mark.parametrize(
    "text",
    [
        "History of miscarriage, currently pregnant", "Weight loss in pregnancy",
        "Anemia of mother in pregnancy", "Previous cesarean delivery affecting pregnancy",
        "Pregnant, family planning discussed", "No prenatal care in current pregnancy",
        "No prior pregnancies; currently pregnant", "No prior pregnancies, pregnant",
        "Pregnancy care for patient with recurrent pregnancy loss", "Rh negative pregnancy",
        "Obesity complicating pregnancy, childbirth, and the puerperium",
        "Threatened abortion in early pregnancy", "Pregnant after pregnancy loss",
        "Encounter for pregnancy test, result unknown", "Positive pregnancy test",
        "Encounter for antenatal screening of pregnancy", "No known complications of pregnancy",
    ],
)  # fmt: skip
def test_a_pregnancy_of_today_is_a_hint_whatever_else_the_name_denies_or_remembers(text):
    assert matters(condition({"text": text})) == [PREGNANCY]


@pytest.mark.parametrize(
    "text",
    [
        "Negative pregnancy test", "Negative urine pregnancy test", "Encounter for pregnancy test",
        "Pregnancy test negative", "Pregnancy status negative", "Pregnancy: no",
        "Pregnancy status: not pregnant", "No current pregnancy", "Pregnancy, delivered",
        "Recurrent pregnancy loss", "Desires pregnancy", "False positive pregnancy test",
        "Malnutrition screening negative", "Encounter for vitamin D deficiency screening",
        "Postmenopausal osteoporosis screening", "Non-tobacco user", "Tobacco use denied",
        "Tobacco: none", "Tobacco, never used", "Smoking status: never smoker",
        "Tobacco smoke exposure", "Non-opioid pain management", "Opioid risk screening",
        "Discussed cauda equina warning signs", "Absence of cauda equina syndrome",
        "Spondylosis w/o myelopathy or radiculopathy, lumbar region", "radicular symptoms denied",
        "radicular symptoms absent", "Sciatica: none", "radiculopathy negative",
        "Denies sciatica, radiculopathy, weakness", "History of gestational diabetes",
    ],
)  # fmt: skip
def test_a_negative_test_and_a_screening_are_no_hint(text):
    assert matters(condition({"text": text})) == []


@pytest.mark.parametrize(
    "text",
    [
        "Degenerative disc disease, considering lumbar fusion after failed PT",
        "Prior authorization for lumbar fusion L4-5", "Lumbar fusion status unknown",
        "Encounter for preprocedural examination prior to lumbar fusion",
        "History of low back pain needing lumbar fusion", "Lumbar fusion below L2 proposed",
        "Post-traumatic kyphosis requiring lumbar fusion", "Lumbar fusion planned",
        "DDD L4-5, for lumbar fusion after failed PT", "History of lumbar fusion recommended",
        "Previous opinion recommended lumbar fusion", "Lumbar fusion previously recommended",
        "Lumbar fusion 2027", "Lumbar fusion planned 2019",
    ],
)  # fmt: skip
def test_a_fusion_to_come_is_no_earlier_one(text):
    assert matters(condition({"text": text})) == []


@pytest.mark.parametrize(
    "text",
    [
        "Low back pain after spinal fusion", "Lumbar fusion status", "Failed lumbar fusion",
        "Status post L4-5 laminectomy and fusion", "Lumbar fusion failure", "Post-fusion pain",
        "Prior L4 to S1 posterolateral instrumented fusion", "Lumbar fusion, history of",
        "Evaluation of low back pain after lumbar fusion", "Previously fused L4-S1",
        "Status post TLIF L4-5, scheduled for hardware removal", "Lumbar fusion 2019",
        "Lumbar fusion with adjacent segment disease", "L5-S1 ALIF 2015",
        "Prior to lumbar fusion, status post TLIF",
    ],
)  # fmt: skip
def test_a_fusion_that_a_word_of_the_past_touches_is_an_earlier_one(text):
    assert matters(condition({"text": text})) == [FUSION]
