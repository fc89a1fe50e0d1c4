"""Adjacent segments: a statement answers for the neighbours that its words are of (rule 15)."""

import pytest

from cds_service.engine.judgement import Reason, Status
from hooks.spine.adjacent import judge_adjacent_reports
from hooks.spine.reading import read_imaging_and_notes
from tests.chart import CONTENT, fusion, record, report

MET, NOT_MET, UNKNOWN = (Status.MET, None), (Status.NOT_MET, None), Status.UNKNOWN
GAP = (UNKNOWN, Reason.LEVEL_GAP)


def judge(text, *, fused="Fusion L3-L5"):
    imaging, _ = read_imaging_and_notes(
        record(fusion(fused), report(conclusion=text)), CONTENT.configuration
    )
    return judge_adjacent_reports(imaging)


def answer(text, **members):
    found = judge(text, **members)
    return found.status, found.reason


@pytest.mark.parametrize(
    "text",
    [
        "No stenosis above the fusion.",
        "Disc above is unremarkable.",
        "Disc above is unremarkable. Severe stenosis at L5-S1.",
        "No adjacent segment degeneration cephalad to the construct.",
        "No stenosis below the fusion.",
    ],
)
def test_a_statement_on_one_neighbour_leaves_the_other_open(text):
    assert answer(text) == GAP


@pytest.mark.parametrize(
    "text",
    [
        "No adjacent segment disease.",
        "No adjacent segment disease above or below the fusion.",
        "Disc above is unremarkable. Disc below is unremarkable.",
        "No stenosis above the fusion. No adjacent segment disease at L5-S1.",
    ],
)
def test_statements_on_both_neighbours_answer_for_both(text):
    assert answer(text) == MET


def test_above_a_fusion_to_the_sacrum_is_the_only_neighbour():
    assert answer("No stenosis above the fusion.", fused="Fusion L4-S1") == MET
    assert answer("No stenosis below the fusion.", fused="Fusion L4-S1") == GAP


def test_disease_on_one_side_is_not_called_absent_by_the_other():
    assert answer("No stenosis above the fusion. Severe stenosis below the fusion.") == NOT_MET
    assert answer("Severe stenosis above the fusion.") == NOT_MET


def test_with_no_level_known_one_side_is_no_answer():
    assert answer("No stenosis above the fusion.", fused="Fusion") == GAP


@pytest.mark.parametrize(
    "text",
    [
        "No proximal junctional kyphosis.",
        "No PJK.",
        "Lordosis is maintained without junctional kyphosis.",
    ],
)
def test_kyphosis_denied_says_nothing_of_disease(text):
    found = judge(text)
    assert (found.status, found.reason) == GAP
    assert [e.quote for e in found.evidence] == [text]


def test_kyphosis_and_disease_denied_in_one_sentence_is_an_answer():
    assert answer("No junctional kyphosis or adjacent level stenosis.") == MET


def test_junctional_kyphosis_is_adjacent_disease():
    assert answer("Proximal junctional kyphosis.") == NOT_MET


TWO = (fusion("Fusion L1-L2", "2020-05-01", id="upper"), fusion("Fusion L4-S1"))


def of_two(text):
    imaging, _ = read_imaging_and_notes(
        record(*TWO, report(conclusion=text)), CONTENT.configuration
    )
    found = judge_adjacent_reports(imaging)
    return found.status, found.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No adjacent segment disease at T12-L1.", GAP),
        ("No adjacent segment disease at T12-L1 and L3-L4.", GAP),
        ("No adjacent segment disease at T12-L1, L2-L3 and L3-L4.", MET),
        ("No adjacent segment disease.", MET),
        ("No stenosis above the fusion.", GAP),
        ("No stenosis above the fusion. No adjacent segment disease at L2-L3.", GAP),
        ("Severe stenosis above the fusion.", NOT_MET),
    ],
)
def test_each_of_two_fusions_has_its_neighbours(text, expected):
    assert of_two(text) == expected


def test_a_ct_that_may_be_older_than_an_extension_without_a_date_does_not_clear_its_neighbour():
    chart = record(
        fusion("Fusion L4-S1"),
        fusion("Fusion L3-L4", None, id="extension"),
        report(conclusion="No adjacent segment disease at L2-L3."),
    )
    imaging, _ = read_imaging_and_notes(chart, CONTENT.configuration)
    found = judge_adjacent_reports(imaging)
    assert (found.status, found.reason) == (UNKNOWN, Reason.IMPRECISE_DATE)


DISEASE = {"conclusion": "Adjacent segment disease at L3-L4 with severe stenosis."}
HIGHER = {"conclusion": "Adjacent segment disease at L2-L3 with severe stenosis."}
CLEAR = report(conclusion="No adjacent segment disease at L3-L4.")
PDF = {"presentedForm": [{"contentType": "application/pdf", "data": "JVBERi0="}]}
LACKING = {"result": [{"reference": "Observation/lost"}]}


def mr(name="mr", **members):
    return report(name, "24968-0", **members)


def beside_clear(*others):
    chart = record(fusion("Posterolateral fusion L4-S1"), CLEAR, *others)
    imaging, _ = read_imaging_and_notes(chart, CONTENT.configuration)
    found = judge_adjacent_reports(imaging)
    return found.status, found.reason


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (mr(when=None, **DISEASE), Reason.IMPRECISE_DATE),
        (report("undated", when=None, **DISEASE), Reason.IMPRECISE_DATE),
        (mr(when="2022", **HIGHER), Reason.IMPRECISE_DATE),
        (mr(when="2026-02-10", status="preliminary", **DISEASE), Reason.PRELIMINARY),
        (mr(when=None, status="preliminary", **DISEASE), Reason.PRELIMINARY),
        (mr(when="2026-02-10", status="preliminary", **PDF), Reason.UNREADABLE),
    ],
)
def test_disease_that_an_undated_or_preliminary_report_shows_is_not_passed_over(other, expected):
    assert beside_clear(other) == (UNKNOWN, expected)


@pytest.mark.parametrize(
    "other",
    [
        mr(when="2022", **DISEASE),
        mr(when="2022-06-01", **DISEASE),
        mr(when="2023-06-01", **DISEASE),
        mr(when="2025-12-01", status="preliminary", **DISEASE),
        mr(when="2026-02-10", status="preliminary", conclusion="No adjacent segment disease."),
        mr(when=None, conclusion="No adjacent segment disease."),
    ],
)
def test_disease_of_an_older_report_does_not_reopen_what_a_newer_one_answers(other):
    assert beside_clear(other) == MET


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({**DISEASE, **LACKING}, Reason.NOT_SEARCHED),
        (DISEASE, Reason.CONFLICTING),
    ],
)
def test_what_was_not_read_comes_before_a_conflict(other, expected):
    """Contract, rule 11."""
    assert beside_clear(mr(when="2026-01-04", **other)) == (UNKNOWN, expected)


@pytest.mark.parametrize(
    ("newer", "expected"),
    [
        (mr("new", when="2026-02-10", **PDF), Reason.UNREADABLE),
        (mr("new", when="2026-02-10", status="partial", **DISEASE), Reason.PRELIMINARY),
    ],
)
def test_what_is_newer_than_a_conflict_comes_before_it(newer, expected):
    assert beside_clear(mr(when="2026-01-04", **DISEASE), newer) == (UNKNOWN, expected)
