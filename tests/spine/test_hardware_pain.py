"""Pain at the hardware: coded or noted, and whether it fits the order (HR-C2, HR-C7; rule 25)."""

import pytest

from hooks.hardware_removal.inputs import read_inputs
from hooks.hardware_removal.pain import judge_axial_pain, judge_pain_matches_site
from hooks.spine.order_intent import recognise_removal
from tests.chart import (
    CONTENT,
    condition,
    cpt,
    fusion,
    icd,
    note,
    order,
    orders,
    procedure,
    record,
    snomed,
)

ILIUM, L5S1, LUMBAR, KNEE = "22356005", "243927000", "122496007", "72696002"
PELVIC = order("22852", text="Removal of left iliac screw", sites=[ILIUM])
LUMBAR_ORDER = order("22852", text="Removal of screws L4-S1")


def inputs(*resources, ordered=LUMBAR_ORDER, **extents):
    intent = recognise_removal(orders(ordered), CONTENT)
    return read_inputs(record(fusion(), *resources, **extents), intent, CONTENT)


def axial(*resources, **extents):
    found = judge_axial_pain(inputs(*resources, **extents))
    return found.status.value, found.reason and found.reason.value


def site(*resources, **members):
    found = judge_pain_matches_site(inputs(*resources, **members))
    return found.status.value, found.reason and found.reason.value


def implant_pain(*sites, text=None):
    where = {"bodySite": [snomed(s) for s in sites]} if sites else {}
    return condition(icd("T84.84XA", text=text), id="pain", **where)


HERE = note("Tender over the L5 screws.")
ELSEWHERE = note("Her pain is not from the hardware.", "elsewhere")


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ((), ("unknown", "no-data")),
        ((condition(icd("M54.50"), bodySite=[snomed(LUMBAR)]),), ("met", None)),
        ((condition(icd("M54.50")),), ("unknown", "no-data")),
        ((HERE,), ("met", None)),
        ((note("Axial low back pain."),), ("unknown", "no-data")),
        ((ELSEWHERE,), ("not-met", None)),
        ((HERE, ELSEWHERE), ("unknown", "conflicting")),
        ((implant_pain(L5S1), ELSEWHERE), ("unknown", "conflicting")),
        ((implant_pain(KNEE),), ("unknown", "no-data")),
    ],
    ids=["nothing", "coded here", "coded somewhere", "noted here", "noted without place",
         "noted elsewhere", "both in notes", "code against note", "at the knee"],
)  # fmt: skip
def test_axial_pain_is_met_where_it_is_at_the_hardware(resources, expected):
    assert axial(*resources) == expected


def test_without_a_search_of_conditions_or_notes_nothing_is_known():
    assert axial(missing=["conditions"]) == ("unknown", "not-searched")
    assert axial(missing=["document_references"]) == ("unknown", "not-searched")
    assert site(missing=["document_references"]) == ("unknown", "not-searched")


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ((), ("unknown", "no-data")),
        ((HERE,), ("met", None)),
        ((note("Tender over the screws."),), ("met", None)),
        ((note("Tender over the L2 screws."),), ("unknown", "no-data")),
        ((note("Injection at the hardware gave complete relief."),), ("met", None)),
        ((note("Palpable screw heads at L5."),), ("met", None)),
        ((note("Palpable screw heads at L2."),), ("unknown", "no-data")),
        ((implant_pain(L5S1),), ("met", None)),
        ((implant_pain(),), ("unknown", "no-data")),
        ((ELSEWHERE,), ("not-met", None)),
        ((HERE, ELSEWHERE), ("unknown", "conflicting")),
        ((note("No tenderness over the screws."),), ("unknown", "no-data")),
    ],
)
def test_pain_matches_an_order_for_levels_by_its_level(resources, expected):
    assert site(*resources) == expected


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ((note("Tender over the left iliac screw."),), ("met", None)),
        ((note("Tender over the iliac screws."),), ("met", None)),
        ((note("Tender over both iliac screws."),), ("met", None)),
        ((note("Tender over the right iliac screw."),), ("not-met", None)),
        ((note("Tender over the L5 screws."),), ("unknown", "no-data")),
        ((note("Palpable right iliac screw head."),), ("not-met", None)),
        ((implant_pain(ILIUM),), ("met", None)),
        ((implant_pain(ILIUM, text="Pain at the right iliac screw"),),
         ("not-met", None)),
        ((implant_pain(ILIUM, text="Pain at the right iliac screw"),
          note("Tender over the left iliac screw."),), ("met", None)),
    ],
)  # fmt: skip
def test_pain_matches_an_order_at_the_pelvis_by_place_and_side(resources, expected):
    assert site(*resources, ordered=PELVIC) == expected


def test_an_order_and_pain_of_opposite_sides_are_shown_together():
    found = judge_pain_matches_site(
        inputs(note("Tender over the right iliac screw."), ordered=PELVIC)
    )
    assert [e.as_json()["resource"] for e in found.evidence] == [
        "ServiceRequest/draft-1",
        "DocumentReference/note",
    ]
    assert found.evidence[0].says == "Order for the left:"


@pytest.mark.parametrize(
    ("operated", "expected"),
    [("2026-02-10", ("unknown", "no-data")), ("2025-06-01", ("met", None))],
)
def test_hardware_felt_before_the_last_operation_may_have_been_taken_out_by_it(operated, expected):
    felt = note("The L5 screw head is prominent and palpable under the skin.")
    removal = procedure(cpt("22852"), id="removal", performedDateTime=operated)
    assert site(felt, removal) == expected
