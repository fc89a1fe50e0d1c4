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
