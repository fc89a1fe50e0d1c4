"""Leg symptoms, function and the trend of scores (HR-C3, HR-C10, RV-C3; contract, rule 24)."""

import pytest

from cds_service.engine.datatypes import CodeableConcept, Coding
from cds_service.engine.evidence import Origin
from cds_service.engine.judgement import Reason, Status
from hooks.spine.constructs import read_construct
from hooks.spine.named_problems import named_problems
from hooks.spine.problems import problems
from hooks.spine.reading import read_imaging_and_notes
from hooks.spine.scores import (
    ODI_RANGE,
    PAIN_RANGE,
    FunctionScores,
    SymptomTrend,
    judge_function_limited,
    judge_worsening,
    read_score,
)
from hooks.spine.symptoms import is_sited_elsewhere, judge_no_radicular, read_leg_symptoms
from tests.chart import CONTENT, condition, fusion, icd, lab, note, order, record, snomed

MET, NOT_MET, UNKNOWN = Status.MET, Status.NOT_MET, Status.UNKNOWN
ICD = "http://hl7.org/fhir/sid/icd-10-cm"


def odi(value, when="2026-02-10", unit="{score}", **members):
    return lab("97909-6", value, unit=unit, when=when, **members)


def pain(value, when="2026-02-10", unit="{score}", **members):
    return lab("72514-3", value, id=f"pain-{when}", unit=unit, when=when, **members)


def legs(*resources, drafts=(), **extents):
    chart = record(*resources, **extents)
    found = judge_no_radicular(read_leg_symptoms(chart, drafts, 24, named_problems(chart)))
    return found.status, found.reason


def limited(*resources, **extents):
    chart = record(*resources, **extents)
    scores = FunctionScores(
        chart,
        read_score(chart, "odi-score", "ODI", ODI_RANGE),
        read_score(chart, "pain-score", "pain", PAIN_RANGE),
        180,
        40,
        4,
    )
    found = judge_function_limited(scores)
    return found.status, found.reason


def trend(*resources, **extents):
    chart = record(*resources, **extents)
    found = judge_worsening(
        SymptomTrend(
            chart,
            problems(chart, "low-back-pain"),
            read_score(chart, "odi-score", "ODI", ODI_RANGE),
            read_score(chart, "pain-score", "pain", PAIN_RANGE),
            10,
            2,
            read_construct(chart),
        )
    )
    return found.status, found.reason


def test_an_active_radicular_code_contradicts():
    assert legs(condition(icd("M54.16"))) == (NOT_MET, None)


@pytest.mark.parametrize(
    ("when", "expected"),
    [("2024-03-01", (NOT_MET, None)), ("2024-02-29", (UNKNOWN, Reason.STALE))],
)
def test_a_radicular_code_last_asserted_long_ago_is_stale(when, expected):
    assert legs(condition(icd("M54.16"), recordedDate=when)) == expected


def test_a_radicular_code_without_a_date_contradicts():
    assert legs(condition(icd("M54.16"), recordedDate=None)) == (NOT_MET, None)


def test_a_radicular_reason_on_the_order_contradicts():
    draft = order("22852", reasons=(CodeableConcept([Coding(ICD, "M54.16")]),))
    assert legs(drafts=(draft,)) == (NOT_MET, None)


LEG_REASON = CodeableConcept(text="Right leg radiculopathy")


def told(*resources, reason):
    """The judgement of a chart and one order, with its notes."""
    chart = record(*resources)
    _, notes = read_imaging_and_notes(chart, CONTENT.configuration)
    draft = order("22852", reasons=(reason,), authored_on="2026-02-27")
    return judge_no_radicular(read_leg_symptoms(chart, (draft,), 24, named_problems(chart), notes))


@pytest.mark.parametrize(
    "reason",
    [
        LEG_REASON,
        CodeableConcept([Coding(ICD, "T84.84XA", "Pain due to hardware")], LEG_REASON.text),
        CodeableConcept([Coding("urn:local", "R1", "Lumbar radiculopathy, right")]),
        CodeableConcept(text="No relief from injections. Radiculopathy of the right leg"),
    ],
    ids=str,
)
def test_a_reason_in_words_that_names_leg_symptoms_keeps_a_denial_from_being_the_answer(reason):
    denial = note("Denies leg pain. No radicular symptoms.")
    found = told(denial, reason=reason)
    assert (found.status, found.reason) == (UNKNOWN, Reason.CONFLICTING)
    quoted = next(e for e in found.evidence if e.origin is Origin.ORDER)
    assert "adiculopathy" in quoted.quote
    assert (quoted.resource, quoted.date) == ("ServiceRequest/draft-1", "2026-02-27")


def test_a_reason_in_words_alone_makes_leg_symptoms_possible():
    found = told(reason=LEG_REASON)
    assert (found.status, found.reason) == (UNKNOWN, Reason.POSSIBLE)
    assert [e.quote for e in found.evidence] == [LEG_REASON.text]


def test_a_reason_in_words_beside_an_affirming_note_or_an_old_code_is_shown_with_it():
    affirmed = told(note("Radicular pain down the right leg."), reason=LEG_REASON)
    assert affirmed.status is NOT_MET
    assert LEG_REASON.text in [e.quote for e in affirmed.evidence]
    old = told(condition(icd("M54.16"), recordedDate="2023-02-28"), reason=LEG_REASON)
    assert (old.reason, len(old.evidence)) == (Reason.STALE, 2)


@pytest.mark.parametrize(
    "text",
    [
        "Painful hardware, no radicular symptoms",
        "Axial pain without radiculopathy",
        "Painful iliac screws",
        "Cervical radiculopathy",
        "Arm radiculopathy",
        "Spondylosis w/o myelopathy or radiculopathy, lumbar region",
        "radicular symptoms denied",
        "radicular symptoms absent",
        "Sciatica: none",
        "radiculopathy negative",
    ],
)
def test_a_reason_that_denies_leg_symptoms_or_names_none_leaves_the_note_its_answer(text):
    denial = note("Denies leg pain. No radicular symptoms.")
    assert told(denial, reason=CodeableConcept(text=text)).status is MET


def test_an_unconfirmed_radicular_code_is_possible():
    hinted = condition(icd("M54.16"), verification="differential")
    assert legs(hinted) == (UNKNOWN, Reason.POSSIBLE)


def test_the_absence_of_a_code_is_no_evidence():
    assert legs() == (UNKNOWN, Reason.NO_DATA)
    assert legs(missing=["conditions"]) == (UNKNOWN, Reason.NOT_SEARCHED)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([odi(40)], (MET, None)),
        ([odi(39)], (NOT_MET, None)),
        ([pain(4)], (MET, None)),
        ([pain(3)], (NOT_MET, None)),
        ([odi(10), pain(8)], (MET, None)),
        ([odi(52, "2025-09-02")], (MET, None)),
        ([odi(52, "2025-09-01")], (UNKNOWN, Reason.STALE)),
        ([odi(52, None)], (UNKNOWN, Reason.STALE)),
        ([odi(10), odi(80, "2025-12-01")], (NOT_MET, None)),
        ([odi(120)], (UNKNOWN, Reason.NOT_COMPUTABLE)),
        ([odi(52, unit="kg")], (UNKNOWN, Reason.NOT_COMPUTABLE)),
        ([odi(52, unit="%")], (MET, None)),
        ([odi(52, unit="1")], (MET, None)),
        ([odi(0, unit="%")], (NOT_MET, None)),
        ([odi(0.52, unit="1")], (UNKNOWN, Reason.NOT_COMPUTABLE)),
        ([odi(1, unit="1")], (UNKNOWN, Reason.NOT_COMPUTABLE)),
        ([pain(0.5)], (NOT_MET, None)),
        ([pain(5, unit="%")], (UNKNOWN, Reason.NOT_COMPUTABLE)),
        ([], (UNKNOWN, Reason.NO_DATA)),
    ],
)
def test_function_is_judged_by_the_newest_score_of_each_scale(scores, expected):
    assert limited(*scores) == expected


def test_a_score_with_a_comparator_is_not_usable():
    quantity = {"value": 50, "unit": "{score}", "comparator": ">"}
    assert limited(odi(50, valueQuantity=quantity)) == (UNKNOWN, Reason.NOT_COMPUTABLE)


@pytest.mark.parametrize("extent", ["missing", "part"])
def test_the_newest_score_needs_a_search_that_shows_the_newest(extent):
    for chart in ([odi(52)], [odi(10)], []):
        assert limited(*chart, **{extent: ["observations"]}) == (UNKNOWN, Reason.NOT_SEARCHED)
    assert limited(odi(52), newest=["observations"]) == (MET, None)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([odi(46, "2025-08-01"), odi(56)], (MET, None)),
        ([odi(46, "2025-08-01"), odi(55)], (UNKNOWN, Reason.NO_DATA)),
        ([pain(4, "2025-08-01"), pain(6)], (MET, None)),
        ([pain(3.1, "2025-08-01"), pain(5.1)], (MET, None)),
        ([pain(3.2, "2025-08-01"), pain(5.1)], (UNKNOWN, Reason.NO_DATA)),
        ([pain(5.1, "2025-08-01"), pain(3.1)], (NOT_MET, None)),
        ([odi(56, "2025-08-01"), odi(46)], (NOT_MET, None)),
        ([odi(46, "2025-01-01"), odi(50, "2025-08-01"), odi(58)], (MET, None)),
        (
            [odi(46, "2025-08-01"), odi(58), pain(8, "2025-08-01"), pain(3)],
            (UNKNOWN, Reason.CONFLICTING),
        ),
        ([odi(46, id="a"), odi(60, id="b")], (UNKNOWN, Reason.NO_DATA)),
        ([odi(46, "2022-08-01"), odi(58)], (UNKNOWN, Reason.NO_DATA)),
        ([odi(58)], (UNKNOWN, Reason.NO_DATA)),
        ([condition(icd("M54.50"))], (UNKNOWN, Reason.NO_DATA)),
    ],
    ids=[
        "rises by the difference", "rises less", "pain rises", "by tenths", "by less",
        "falls by tenths", "falls", "rises in two steps",
        "scales disagree", "two on one day", "one before the fusion", "one alone", "pain alone",
    ],
)  # fmt: skip
def test_symptoms_worsen_by_scores_that_rise_between_two_days_since_the_fusion(scores, expected):
    assert trend(fusion(), *scores) == expected


def test_a_score_before_the_dated_fusion_is_history_though_another_fusion_has_no_date():
    scores = (odi(46, "2022-08-01"), odi(58))
    assert trend(fusion(), fusion(when=None, id="undated"), *scores) == (UNKNOWN, Reason.NO_DATA)


@pytest.mark.parametrize("key", ["observations", "conditions"])
def test_without_the_searches_the_trend_is_not_searched(key):
    assert trend(condition(icd("M54.50")), missing=[key]) == (UNKNOWN, Reason.NOT_SEARCHED)


def test_scores_of_which_the_newest_may_be_missing_show_no_trend():
    rising = (odi(46, "2025-08-01"), odi(58))
    assert trend(*rising, part=["observations"]) == (UNKNOWN, Reason.NOT_SEARCHED)


def test_scores_whose_order_is_not_known_show_no_trend():
    imprecise = odi(40, when="2025", id="a"), odi(60, when="2025-12-01", id="b")
    assert trend(*imprecise) == (UNKNOWN, Reason.NO_DATA)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((pain(3, "2026-01-10"), pain(60, "2026-02-10")), (UNKNOWN, Reason.NOT_COMPUTABLE)),
        ((pain(3, "2026-01-10"), pain(60, "2026")), (UNKNOWN, Reason.NOT_COMPUTABLE)),
        ((pain(60, "2026-01-10"), pain(3, "2026-02-10")), (NOT_MET, None)),
        ((pain(3, "2026-01-10"), pain(60, None)), (NOT_MET, None)),
        ((pain(3, "2026-01-10"), pain(60, "2026-02-10"), odi(50)), (MET, None)),
        (
            (pain(3, "2026-01-10"), pain(60, "2026-02-10"), odi(10)),
            (UNKNOWN, Reason.NOT_COMPUTABLE),
        ),
        ((pain(3, "2024-01-10"), pain(60, "2024-02-10")), (UNKNOWN, Reason.STALE)),
    ],
)
def test_a_newer_score_that_is_not_usable_leaves_its_scale_open(scores, expected):
    assert limited(*scores) == expected


@pytest.mark.parametrize(
    ("sites", "elsewhere"),
    [
        ([], False),
        ([{"text": "lumbar region"}], False),
        ([{"text": "Lower back"}], False),
        ([{"text": "L4-L5"}], False),
        ([{"text": "at the screw heads"}], False),
        ([{"text": "Left knee"}, {"text": "Lower back"}], False),
        ([snomed("122496007")], False),
        ([snomed("77568009", text="Back")], False),
        ([{"coding": [{"system": "https://example.org", "code": "K"}]}], False),
        ([{"text": "Left knee"}], True),
        ([{"text": "Cervical spine"}], True),
        ([{"text": "C5-C6"}], True),
        ([snomed("122494005")], True),
        ([snomed("72696002")], True),
    ],
)
def test_a_body_site_may_lie_elsewhere(sites, elsewhere):
    pained = record(condition(icd("T84.84XA"), bodySite=sites))
    (problem,) = problems(pained, "implant-pain")
    assert is_sited_elsewhere(problem) is elsewhere
