"""Imaging that the revision card asks for, and levels that the order omits (RV-A1 to RV-A5)."""

import pytest

from tests.chart import CONTENT, fusion, loinc, note, order, orders, record, report, service

CT, SPECT_CT = "CT lumbar spine without contrast", "SPECT/CT of the spine (optional adjunct)"
VIEWS = "Flexion-extension radiographs of the lumbar spine"
DENSITY = "DXA axial bone density"
PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1967-08-15"}
OLD_FUSION = fusion(when="2018-01-01")
HEDGED = "Possible nonunion at L5-S1. Possible loosening of the S1 screws."


def card(*resources, text="Reinsertion of spinal fixation", **extents):
    revision = service("spinal-fusion-revision")
    chart = record(PATIENT, *resources, **extents)
    intent = revision.recognise(orders(order("22849", text=text)), CONTENT)
    inputs = revision.read(chart, intent, CONTENT)
    return revision.advise(revision.assess(chart, inputs, intent.orders), inputs)


def imaging(*resources, **extents):
    """The labels of CT and SPECT/CT among what is suggested."""
    labels = [s.label for s in card(*resources, **extents).suggestions]
    return [label for label in labels if label in (CT, SPECT_CT)]


@pytest.mark.parametrize(
    "reports",
    [
        [report(when="2020-06-01", conclusion=HEDGED)],
        [
            report("a", when="2020-06-01", conclusion="Nonunion at L5-S1. No loosening."),
            report("b", when="2020-06-01", conclusion="Solid fusion L4-S1."),
        ],
        [report(when="2020-06-01", conclusion="Solid fusion at L4-L5.")],
        [report(when="2020-06-01", conclusion="Solid fusion L4-S1. No loosening.")],
        [report(when="2025-06-01", status="preliminary", conclusion=HEDGED)],
    ],
    ids=["hedged", "conflicting", "level gap", "contradicting", "preliminary"],
)
def test_where_no_ct_is_in_its_window_a_ct_is_asked_for_whatever_the_old_one_says(reports):
    """RV-A2: SPECT/CT never in place of CT; contract, "Suggestion windows"."""
    assert imaging(OLD_FUSION, *reports) == [CT]


@pytest.mark.parametrize(
    ("when", "wanted"),
    [("2025-03-01", [SPECT_CT]), ("2025-02-28", [CT]), ("2026-02-01", [SPECT_CT])],
)
def test_an_indeterminate_ct_in_its_window_makes_spect_ct_optional_and_no_new_ct(when, wanted):
    assert imaging(OLD_FUSION, report(when=when, conclusion=HEDGED)) == wanted


@pytest.mark.parametrize(("when", "wanted"), [("2025-12-01", []), ("2025-11-30", [CT])])
def test_a_preliminary_ct_younger_than_three_months_is_not_repeated(when, wanted):
    assert imaging(OLD_FUSION, report(when=when, status="preliminary", conclusion=HEDGED)) == wanted


def test_no_ct_is_asked_for_where_a_finding_stands_or_reports_were_not_read():
    assert imaging(OLD_FUSION, report(conclusion="Nonunion at L5-S1.")) == []
    assert imaging(OLD_FUSION, missing=["diagnostic_reports"]) == []


@pytest.mark.parametrize(
    ("said", "text", "omitted"),
    [
        ("Loosening of both iliac screws.", "Reinsertion of spinal fixation L4-S1", "pelvis"),
        ("Loosening of both iliac screws.", "Reinsertion of fixation L4-pelvis", ""),
        ("Nonunion at L5-S1.", "Reinsertion of screws at L4", "L5-S1"),
        ("Loosening of the S1 screws.", "Reinsertion of screws at L4", "S1"),
        ("Loosening of the L4 screws.", "Reinsertion of screws at L4", ""),
        ("Nonunion at L4-L5.", "Reinsertion of screws at L4 and L5", ""),
        ("Nonunion at L5-S1.", "Reinsertion of iliac screws", "L5-S1"),
        ("Nonunion at L5-S1.", "Reinsertion of spinal fixation", ""),
    ],
)  # fmt: skip
def test_a_failing_level_or_pelvis_that_the_order_does_not_name_is_omitted(said, text, omitted):
    """Rule 17, whether the order names interspaces, vertebrae or the pelvis."""
    shown = card(fusion("Posterolateral fusion L2 to pelvis"), report(conclusion=said), text=text)
    told = f"A report names failing levels that the order omits: {omitted}."
    assert (told in shown.detail) is bool(omitted)
    assert ("order omits levels" in shown.summary) is bool(omitted)
    assert "order omits" not in shown.detail.replace(told, "")


def asks_for(label, document):
    return label in [s.label for s in card(fusion(), document).suggestions]


def views(
    when="2026-02-01", title="XR lumbar spine flexion-extension", said="No motion.", **members
):
    return note(said, title=title, when=when, **members)


@pytest.mark.parametrize(
    "document",
    [
        views(),
        views(when="2025-09-02"),
        views(
            said="EXAM: XR lumbar spine, flexion and extension\nNo motion.",
            type=loinc("18748-4", text="Imaging report"),
        ),
        views(title="Outside records", description="XR L-spine flex/ext"),
        views(title="", type=loinc("24971-4")),
    ],
    ids=["title", "180 days", "line of the exam", "description", "code"],
)
def test_views_that_are_filed_as_a_document_are_not_asked_for_again(document):
    assert not asks_for(VIEWS, document)


@pytest.mark.parametrize(
    "document",
    [
        views(when="2025-09-01"),
        views(said="Date of exam: 06/14/2024\nNo motion."),
        views(title="Clinic note: flexion-extension views reviewed"),
        views(title="Clinic note", said="XR lumbar spine flexion and extension ordered today."),
        views(title="XR cervical spine flexion-extension"),
        views(title="XR lumbar spine"),
        views(when=None),
    ],
    ids=["181 days", "examined earlier", "note", "ordered", "neck", "plain views", "no day"],
)
def test_old_views_others_and_notes_about_them_leave_the_views_to_be_asked_for(document):
    assert asks_for(VIEWS, document)


def test_bone_density_that_is_filed_as_a_document_is_not_asked_for_again():
    filed = note("T-score -1.2.", title="DXA bone density report")
    assert not asks_for(DENSITY, filed)
    assert asks_for(DENSITY, note("T-score -1.2.", title="DXA bone density", when="2024-02-28"))


@pytest.mark.parametrize(
    "title",
    [
        "DEXA scan appointment reminder",
        "Insurance denial DXA",
        "DXA consent form",
        "Bone density questionnaire",
        "DXA prior authorization",
    ],
)
def test_papers_around_an_examination_are_none(title):
    assert asks_for(DENSITY, note("See attached.", title=title))
