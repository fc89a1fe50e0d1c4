"""The infection work-up: "no evidence found", and never more (contract, rules 2 and 22)."""

import pytest

from cds_service.engine.judgement import Reason, Status
from hooks.spine.infection import INDOLENT, READS, judge_no_infection, read_infection
from hooks.spine.named_problems import named_problems
from hooks.spine.reading import read_imaging_and_notes
from tests.chart import (
    CONTENT,
    CRP,
    ESR,
    PRESENT,
    attachment,
    between,
    condition,
    cpt,
    fusion,
    icd,
    lab,
    loinc,
    procedure,
    reading,
    record,
    report,
    snomed,
)

MET, NOT_MET, UNKNOWN = Status.MET, Status.NOT_MET, Status.UNKNOWN
MARKERS = (ESR, CRP)
INFECTED = {"conclusionCode": [icd("M46.46")]}


def work_up(*resources, **extents):
    chart = record(*resources, **extents)
    imaging, _ = read_imaging_and_notes(chart, CONTENT.configuration)
    return read_infection(chart, imaging, CONTENT.configuration, named_problems(chart))


def judge(*resources, **extents):
    found = judge_no_infection(work_up(*resources, **extents))
    return found.status, found.reason


def culture(value=PRESENT, when="2025-06-01", **members):
    return {
        "resourceType": "Observation",
        "id": "culture",
        "status": "final",
        "code": loinc("43408-4"),
        "effectiveDateTime": when,
        "valueCodeableConcept": snomed(value),
    } | members


def test_everything_searched_and_both_markers_normal_is_no_evidence_found():
    found = judge_no_infection(work_up(fusion(), *MARKERS))
    assert (found.status, found.remark) == (MET, INDOLENT)
    assert [e.resource for e in found.evidence[:2]] == ["Observation/esr", "Observation/crp"]
    assert found.evidence[2].searched == READS


@pytest.mark.parametrize("code", ["T84.63XA", "M46.46", "G06.1", "T81.42XA"])
def test_an_active_infection_code_of_the_spine_is_an_infection(code):
    assert judge(condition(icd(code)), *MARKERS) == (NOT_MET, None)


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ([], (UNKNOWN, Reason.POSSIBLE)),
        ([snomed("999999")], (UNKNOWN, Reason.POSSIBLE)),
        ([snomed("122496007")], (NOT_MET, None)),
        ([{"text": "lumbar"}], (NOT_MET, None)),
        ([snomed("122494005")], (MET, None)),
        ([{"text": "left hip"}], (MET, None)),
    ],
    ids=["no site", "unknown site", "lumbar spine", "lumbar by text", "neck", "hip by text"],
)
def test_a_device_infection_counts_by_its_site_and_is_possible_without_one(site, expected):
    assert judge(condition(icd("T84.7XXA"), bodySite=site), *MARKERS) == expected


def test_an_unconfirmed_infection_is_possible():
    hinted = condition(icd("T84.63XA"), verification="provisional")
    assert judge(hinted, *MARKERS) == (UNKNOWN, Reason.POSSIBLE)


@pytest.mark.parametrize(
    "past", [{"clinical": "resolved"}, {"abatementDateTime": "2024-01-01"}], ids=str
)
def test_a_past_infection_is_none_now(past):
    assert judge(condition(icd("T84.63XA"), **past), *MARKERS) == (MET, None)


def test_a_positive_code_stands_when_nothing_else_was_read():
    found = judge(condition(icd("T84.63XA")), missing=["observations", "procedures"])
    assert found == (NOT_MET, None)


@pytest.mark.parametrize("key", READS)
@pytest.mark.parametrize("extent", ["missing", "part", "newest"])
def test_without_one_of_the_four_searches_nothing_is_said(key, extent):
    assert judge(fusion(), *MARKERS, **{extent: [key]}) == (UNKNOWN, Reason.NOT_SEARCHED)


@pytest.mark.parametrize("code", ["30620-9", "24968-0"])
def test_a_report_of_any_modality_may_show_infection(code):
    assert judge(fusion(), report(code=code, **INFECTED), *MARKERS) == (NOT_MET, None)


def test_infection_in_a_report_before_the_last_fusion_is_history():
    assert judge(fusion(), report(when="2022-06-01", **INFECTED), *MARKERS) == (MET, None)


@pytest.mark.parametrize(
    "unsure",
    [
        report(status="preliminary", **INFECTED),
        report(when=None, **INFECTED),
        report(when="2022", **INFECTED),
    ],
    ids=["preliminary", "undated", "year of the operation"],
)
def test_infection_in_a_report_that_is_unfinished_or_of_unsure_date_is_possible(unsure):
    assert judge(fusion(), unsure, *MARKERS) == (UNKNOWN, Reason.POSSIBLE)


@pytest.mark.parametrize(
    ("positive", "infected"),
    [
        ({}, True),
        ({"valueCodeableConcept": None} | reading("POS"), True),
        ({"valueCodeableConcept": snomed("260385009")}, False),
        ({"when": "2022-01-01"}, False),
    ],
    ids=["value", "interpretation", "negative", "before the operation"],
)
def test_a_positive_culture_since_the_last_operation_is_an_infection(positive, infected):
    expected = (NOT_MET, None) if infected else (MET, None)
    assert judge(fusion(), culture(**positive), *MARKERS) == expected


@pytest.mark.parametrize(
    "said",
    [
        "No growth after 14 days.",
        "No growth at 48 hours. No growth at 14 days. Final report.",
        "Aerobic culture: no growth. Anaerobic culture: no growth.",
        "Gram stain: no organisms seen. Culture: sterile after 10 days.",
        "No growth to date. Gram stain: No WBCs, no organisms seen.",
        "Gram stain: few WBC, no organisms seen. Culture: no growth at 14 days.",
        "No growth after 5 days. Performed at: General Hospital Lab.",
        "No growth at 5 days. Reviewed by Dr. Jane Doe, MD.",
        "Specimen 1: L4 tissue. No growth.",
        "No growth at 14 days. Status: Final.",
        "Culture shows no growth. Sensitivity not performed.",
        "Anaerobes: none isolated. Fungi not isolated. AFB smear: negative.",
        "WBC: 2+. Organisms: none seen. No aerobic or anaerobic growth.",
        "Collected in sterile container. Cultures did not grow any organisms.",
    ],
)
def test_a_culture_report_in_which_nothing_grew_hints_at_nothing(said):
    assert judge(fusion(), grown(said), *MARKERS) == (MET, None)


@pytest.mark.parametrize(
    "said",
    [
        "Cutibacterium acnes.",
        "Aerobic culture: no growth. Anaerobic culture: Cutibacterium acnes, 2 of 5 samples.",
        "No growth at 48 hours. Day 7: Staphylococcus epidermidis.",
        "Cutibacterium acnes recovered; fungal: no growth.",
        "No growth aerobically but Cutibacterium acnes anaerobically",
        "No growth aerobically, Cutibacterium acnes anaerobically",
        "Staphylococcus epidermidis 1+\nNo anaerobes isolated",
        "Aerobic: Staphylococcus aureus 2+  Anaerobic: no anaerobes isolated",
        "MRSA growth with no anaerobes isolated",
        "Collected in sterile container staph aureus 3+",
        "Source: sterile site. Growth: moderate. Anaerobic: none isolated.",
        "Aerobic culture: 2+. Anaerobic culture: no growth.",
        "Anaerobes isolated and fungi not isolated.",
        "Gram negative. Fungal: no growth.",
        "No growth in 3 of 5 samples.",
        "Performed at the bedside: growth 2+. No anaerobes.",
        "No other organisms isolated.",
        "Culture: not sterile. No fungi.",
        "Final report.",
    ],
)
def test_a_culture_report_that_says_anything_else_makes_infection_possible(said):
    assert judge(fusion(), grown(said), *MARKERS) == (UNKNOWN, Reason.POSSIBLE)


def test_a_culture_that_grew_is_not_silenced_by_another_text_of_its_report():
    second = attachment("Anaerobic culture: no anaerobes isolated")
    both = grown("Heavy growth of MRSA") | {"presentedForm": [second]}
    assert judge(fusion(), both, *MARKERS) == (UNKNOWN, Reason.POSSIBLE)


def grown(said):
    return report("culture", when="2025-06-01", conclusion=said) | {
        "code": {"text": "Deep tissue culture, lumbar"}
    }


def test_a_preliminary_positive_culture_is_possible():
    assert judge(fusion(), culture(status="preliminary"), *MARKERS) == (UNKNOWN, Reason.POSSIBLE)


@pytest.mark.parametrize(
    "raised",
    [
        (lab("4537-7", 40, id="esr", unit="mm/h", **between(0, 20, "mm/h")), CRP),
        (ESR, lab("1988-5", 12, id="crp", **between(high=5))),
        (ESR, lab("1988-5", 12, id="crp", **reading("H"))),
        (ESR, lab("30522-7", 12, id="crp", **between(high=5))),
        (ESR, CRP, lab("30522-7", 12, id="hs", when="2026-02-20", **between(high=5))),
    ],
    ids=["esr", "crp", "crp as the laboratory reads it", "high-sensitivity crp", "newer hs-crp"],
)
def test_a_raised_marker_makes_infection_possible(raised):
    assert judge(fusion(), *raised) == (UNKNOWN, Reason.POSSIBLE)


def test_a_raised_marker_outside_its_window_is_no_hint():
    old = lab("1988-5", 12, id="crp", when="2025-06-01", **between(high=5))
    assert judge(fusion(), ESR, old) == (UNKNOWN, Reason.STALE)


@pytest.mark.parametrize("markers", [(), (ESR,), (CRP,)], ids=["none", "esr", "crp"])
def test_without_both_markers_there_is_no_data(markers):
    assert judge(fusion(), *markers) == (UNKNOWN, Reason.NO_DATA)


@pytest.mark.parametrize(("when", "status"), [("2025-12-01", MET), ("2025-11-30", UNKNOWN)])
def test_markers_count_for_ninety_days(when, status):
    crp = lab("1988-5", 2, id="crp", when=when, **between(high=5))
    assert judge(fusion(), ESR, crp)[0] is status


def test_a_marker_without_a_range_cannot_be_compared():
    assert judge(fusion(), ESR, lab("1988-5", 2, id="crp")) == (UNKNOWN, Reason.NOT_COMPUTABLE)


@pytest.mark.parametrize("when", ["2026-02-08", "2026-02-20", "2026-02"])
def test_markers_that_are_not_younger_than_the_last_operation_do_not_count(when):
    assert judge(fusion(when=when), *MARKERS) == (UNKNOWN, Reason.BEFORE_SURGERY)


def test_any_spine_operation_is_one_that_markers_must_be_younger_than():
    removal = procedure(cpt("22852"), id="removal", performedDateTime="2026-02-20")
    assert judge(fusion(), removal, *MARKERS) == (UNKNOWN, Reason.BEFORE_SURGERY)


@pytest.mark.parametrize("code", ["22015", "63005", "63012", "63017", "63030", "63042", "63047"])
def test_so_is_one_without_implants(code):
    surgery = procedure(cpt(code), id="surgery", performedDateTime="2026-02-20")
    assert judge(fusion(), surgery, *MARKERS) == (UNKNOWN, Reason.BEFORE_SURGERY)
    stopped = surgery | {"status": "stopped"}
    assert judge(fusion(), stopped, *MARKERS) == (MET, None)
    earlier = surgery | {"performedDateTime": "2025-02-20"}
    assert judge(fusion(), earlier, *MARKERS) == (MET, None)


def test_an_operation_without_date_leaves_open_whether_the_markers_are_younger():
    assert judge(fusion(when=None), *MARKERS) == (UNKNOWN, Reason.IMPRECISE_DATE)


def test_a_patient_without_any_operation_needs_no_younger_markers():
    assert judge(*MARKERS) == (MET, None)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"conclusion": "Flüssigkeitsansammlung paravertebral."}, Reason.UNCERTAIN_TEXT),
        (
            {"presentedForm": [{"contentType": "application/pdf", "data": "JVBERi0="}]},
            Reason.UNREADABLE,
        ),
    ],
)
def test_a_ct_report_that_was_not_read_leaves_it_open(members, reason):
    assert judge(fusion(), report(**members), *MARKERS) == (UNKNOWN, reason)


@pytest.mark.parametrize(
    ("esr", "crp", "when", "expected"),
    [
        ({"when": "2025-11-21"}, {"when": "2025-11-21"}, "2026-01-10", Reason.BEFORE_SURGERY),
        ({"when": "2025-11-21"}, {}, "2026-01-10", Reason.BEFORE_SURGERY),
        ({"referenceRange": []}, {}, "2026-02-20", Reason.BEFORE_SURGERY),
        ({"when": None}, {"when": None}, "2026-01-10", Reason.STALE),
        ({"when": "2025-11-21"}, {}, "2025-01-10", Reason.STALE),
        ({"referenceRange": []}, {}, "2025-01-10", Reason.NOT_COMPUTABLE),
    ],
    ids=["both old", "one old", "no range", "undated", "old and after it", "no range, after it"],
)
def test_of_the_reasons_why_markers_do_not_count_the_first_of_rule_11_is_given(
    esr, crp, when, expected
):
    later = procedure(cpt("63047"), id="later", performedDateTime=when)
    markers = (
        lab("4537-7", 8, "mm/h", **({"id": "esr"} | between(0, 20, "mm/h") | esr)),
        lab("1988-5", 2, **({"id": "crp"} | between(high=5) | crp)),
    )
    assert judge(fusion(), later, *markers) == (UNKNOWN, expected)
