"""What the CTs of a whole chart answer, for the removal and for the revision."""

import pytest

from hooks.hardware_removal.symptomatic import judge_hardware_symptomatic
from tests.chart import (
    CONTENT,
    cpt,
    fusion,
    note,
    order,
    orders,
    procedure,
    record,
    report,
    service,
    snomed,
)

REMOVAL, REVISION = "spinal-hardware-removal", "spinal-fusion-revision"
SOLID, UNITED, ADJACENT = (
    "solid-fusion-on-ct",
    "no-pseudarthrosis",
    "no-adjacent-segment-disease",
)
NONUNION, FAILURE, SYMPTOMATIC = "nonunion-on-ct", "hardware-failure-on-ct", "hardware-symptomatic"
ORDERED = {
    REMOVAL: order("22852", text="Removal of instrumentation"),
    REVISION: order("22849", text="Reinsertion of spinal fixation"),
}
PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1967-08-15"}
F = fusion()
S = report(
    conclusion="Solid bridging bone at every level from L4 to S1. No loosening of the screws. "
    "No adjacent segment disease at L3-L4."
)
FILED = note(
    "CT lumbar spine without contrast. Impression: Nonunion at L5-S1. Loosening of the S1 screws. "
    "Adjacent segment disease at L3-L4.",
    "filed",
    "2026-02-20",
    "CT lumbar spine",
)


def judge(service_id, *resources, ordered=None, **extents):
    """The status and reason of each criterion for a chart."""
    found = service(service_id)
    chart = record(PATIENT, *resources, **extents)
    intent = found.recognise(orders(ordered or ORDERED[service_id]), CONTENT)
    inputs = found.read(chart, intent, CONTENT)
    judged = found.assess(chart, inputs, intent.orders).criteria
    return {
        j.criterion.id: (j.judgement.status.value, j.judgement.reason and j.judgement.reason.value)
        for j in judged
    }


def removal(*resources, **members):
    return judge(REMOVAL, *resources, **members)


def revision(*resources, **members):
    return judge(REVISION, *resources, **members)


MET, NOT_MET = ("met", None), ("not-met", None)


def unknown(reason):
    return "unknown", reason


# The newest CT may be filed as a document


def test_a_newer_ct_that_is_filed_as_a_document_governs():
    found = removal(F, S, FILED)
    assert [found[c] for c in (SOLID, UNITED, ADJACENT)] == [NOT_MET] * 3
    assert [revision(F, S, FILED)[c] for c in (NONUNION, FAILURE)] == [MET] * 2


@pytest.mark.parametrize("extent", ["missing", "part"])
def test_where_documents_were_not_searched_a_newer_ct_may_be_among_them(extent):
    found = removal(F, S, **{extent: ["document_references"]})
    assert [found[c] for c in (SOLID, UNITED, ADJACENT)] == [unknown("not-searched")] * 3
    found = revision(F, S, **{extent: ["document_references"]})
    assert [found[c] for c in (NONUNION, FAILURE)] == [unknown("not-searched")] * 2


def test_the_newest_documents_are_enough_for_the_newest_ct():
    found = removal(F, S, newest=["document_references"])
    assert [found[c] for c in (SOLID, UNITED, ADJACENT)] == [MET] * 3


def test_a_note_of_nonunion_that_was_not_read_leaves_pseudarthrosis_open():
    told = note("Nonunion at L5-S1 on outside imaging.")
    assert removal(F, S, told)[UNITED] == unknown("possible")
    assert removal(F, S, missing=["document_references"])[UNITED] == unknown("not-searched")


# Which levels were fused is known from the whole history alone

BY_LEVEL = report(
    conclusion="Solid fusion at L4-L5 and L5-S1. No loosening of the screws at L4, L5 and S1. "
    "No adjacent segment disease at L3-L4."
)
AS_A_WHOLE = report(
    conclusion="Solid fusion at all levels. No loosening of the screws. "
    "No adjacent segment disease."
)


def test_levels_by_name_are_enough_only_where_all_procedures_were_searched():
    assert removal(F, BY_LEVEL)[SOLID] == MET
    found = removal(F, BY_LEVEL, newest=["procedures"])
    assert [found[c] for c in (SOLID, UNITED, ADJACENT)] == [unknown("not-searched")] * 3
    found = revision(F, BY_LEVEL, newest=["procedures"])
    assert [found[c] for c in (NONUNION, FAILURE)] == [unknown("not-searched")] * 2


def test_a_statement_about_all_levels_is_of_an_operation_that_was_not_read_too():
    found = removal(F, AS_A_WHOLE, newest=["procedures"])
    assert [found[c] for c in (SOLID, UNITED, ADJACENT)] == [MET] * 3
    found = revision(F, AS_A_WHOLE, newest=["procedures"])
    assert [found[c] for c in (NONUNION, FAILURE)] == [NOT_MET] * 2


def test_every_level_from_one_to_another_is_no_statement_about_levels_beyond():
    bounded = report(
        conclusion="Solid bridging bone at every level from L4 to S1. "
        "No loosening at any level from L4 to S1. No adjacent segment disease at L3-L4."
    )
    found = removal(F, bounded, newest=["procedures"])
    assert [found[c] for c in (SOLID, UNITED, ADJACENT)] == [unknown("not-searched")] * 3
    found = revision(F, bounded, newest=["procedures"])
    assert [found[c] for c in (NONUNION, FAILURE)] == [unknown("not-searched")] * 2


def test_what_is_bad_at_a_level_stands_whatever_else_was_fused():
    bad = report(conclusion="Nonunion at L5-S1. Loosening of the S1 screws.")
    assert removal(F, bad, newest=["procedures"])[SOLID] == NOT_MET
    assert [revision(F, bad, newest=["procedures"])[c] for c in (NONUNION, FAILURE)] == [MET] * 2


def test_a_fusion_of_another_day_without_levels_leaves_open_which_segments_are_adjacent():
    later = fusion("Lumbar fusion", "2023-06-01", id="later")
    assert removal(F, later, BY_LEVEL)[ADJACENT] == unknown("level-gap")


@pytest.mark.parametrize(
    "operated",
    [
        (fusion("Fusion L4, L5, S1"),),
        (fusion("Posterior fusion at L4 and L5 and S1"),),
        (fusion("Fusion", bodySite=[snomed("11994002"), snomed("49668003"), snomed("54735007")]),),
        (F, procedure(cpt("22842"), id="screws", performedDateTime="2022-11-01")),
        (
            fusion("Posterolateral fusion L4-S1", "2022-11"),
            procedure(cpt("22842"), id="screws", performedDateTime="2022-11-01"),
        ),
        (
            F,
            procedure(
                cpt("22842"),
                id="screws",
                performedPeriod={"start": "2022-11-01", "end": "2022-11-02"},
            ),
        ),
    ],
)
def test_vertebrae_in_a_row_name_the_fusion_and_so_does_the_one_of_the_same_operation(operated):
    found = removal(*operated, BY_LEVEL)
    assert [found[c] for c in (SOLID, UNITED, ADJACENT)] == [MET] * 3


def test_a_single_vertebra_names_no_fusion():
    assert removal(fusion("Fusion L5"), BY_LEVEL)[ADJACENT] == unknown("level-gap")


# Screws that are named by their vertebra

TWO_LEVELS = "Solid fusion at L4-L5 and L5-S1. No adjacent segment disease at L3-L4."


def device(name):
    names = [{"name": name, "type": "user-friendly-name"}]
    return {"resourceType": "Device", "id": name[-2:], "status": "active", "deviceName": names}


def by_order(text):
    return order("22852", text=text)


@pytest.mark.parametrize(
    ("beside", "ordered", "said"),
    [
        ((), "Removal of L2 and L3 screws", ""),
        ((), "Removal of the L2 screw", ""),
        ((), "Removal of the L3 screw", ""),
        ((device("Pedicle screw L2"), device("Pedicle screw L3")), "Removal", ""),
        ((device("Pedicle screw L2"),), "Removal", ""),
        ((), "Removal", "Pedicle screws at L3, L4, L5 and S1. "),
        ((), "Removal", "L2 and L3 pedicle screws are in place. "),
        ((), "Removal", "Hardware at L2. "),
        ((), "Removal", "Loosening of the L3 screws. "),
        ((), "Removal", "No lucency about the L3 screws. "),
        ((), "Removal", "Broken rod at L3-L4. "),
    ],
)
def test_screws_beyond_the_levels_that_a_ct_speaks_of_are_a_gap(beside, ordered, said):
    ct = report(conclusion=said + TWO_LEVELS)
    found = removal(F, *beside, ct, ordered=by_order(f"{ordered} of hardware"))
    assert [found[c] for c in (SOLID, UNITED, ADJACENT)] == [unknown("level-gap")] * 3


@pytest.mark.parametrize(
    ("beside", "ordered", "said"),
    [
        ((), "Removal of the L5 screw", ""),
        ((), "Removal of L4, L5 and S1 screws", ""),
        ((), "Removal of S2 screws", ""),
        ((), "Removal of iliac and S2AI screws", ""),
        ((device("Pedicle screw L4"), device("Iliac screw")), "Removal", ""),
        ((), "Removal", "Pedicle screws at L4, L5 and S1. "),
        ((), "Removal", "L1 compression fracture. Pedicle screws at L4 and S1. "),
        ((), "Removal", "Interval removal of the L2 and L3 pedicle screws. "),
        ((), "Removal", "No pedicle screw at L3. "),
        ((), "Removal", "Right L4 screw breaches the L3-L4 facet joint. "),
        ((), "Removal", "The L4 screw tips breach into the L3-L4 disc space. "),
        ((), "Removal", "Malpositioned right L4 screw abutting the L3-L4 disc. "),
        ((), "Removal", "No screw malposition at L3-L4. "),
        ((), "Removal", "L3 screw heads not prominent. "),
    ],
)
def test_screws_inside_the_construct_and_in_the_pelvis_are_no_gap(beside, ordered, said):
    ct = report(conclusion=said + TWO_LEVELS)
    found = removal(F, *beside, ct, ordered=by_order(f"{ordered} of hardware"))
    assert [found[c] for c in (SOLID, UNITED, ADJACENT)] == [MET] * 3


def test_a_vertebra_that_was_decompressed_beside_the_fusion_is_no_gap():
    operated = fusion("Posterolateral fusion L4-S1 with L3 laminectomy")
    assert removal(operated, report(conclusion=TWO_LEVELS))[SOLID] == MET
    by_vertebra = fusion("Fusion with pedicle screws L3, L4, L5 and S1")
    assert removal(by_vertebra, report(conclusion=TWO_LEVELS))[SOLID] == unknown("level-gap")


def test_screws_that_were_loose_before_an_operation_may_be_there_no_more():
    older = report("older", when="2025-06-01", conclusion="Loosening of the L3 screws.")
    chart = F, older, removed_on("2025-09-01"), report(conclusion=TWO_LEVELS)
    assert removal(*chart)[SOLID] == MET


def test_a_statement_about_all_levels_is_of_screws_beyond_them_too():
    found = removal(F, AS_A_WHOLE, ordered=by_order("Removal of L2 and L3 screws"))
    assert [found[c] for c in (SOLID, UNITED, ADJACENT)] == [MET] * 3


def test_screws_of_two_constructs_do_not_join_them():
    upper = fusion("Posterolateral fusion L1-L2", "2020-05-01", id="upper")
    ct = report(conclusion="Solid fusion at L1-L2, L3-L4 and L4-L5.")
    chart = (upper, fusion("Posterolateral fusion L3-L5"), ct)
    assert removal(*chart, ordered=by_order("Removal of L2 and L3 screws"))[SOLID] == MET


# What one day's reports dispute at one level leaves standing what is bad at another

FIRST, SECOND = "Solid fusion at L4-L5. Nonunion at L5-S1.", "Nonunion at L4-L5. Nonunion at L5-S1."


def of_one_day(one, other, when="2026-01-04"):
    return report("a", when=when, conclusion=one), report("b", when=when, conclusion=other)


def test_a_level_that_nobody_disputes_decides_though_another_is_disputed():
    chart = F, *of_one_day(FIRST, SECOND)
    found = removal(*chart)
    assert [found[c] for c in (SOLID, UNITED)] == [NOT_MET] * 2
    assert revision(*chart)[NONUNION] == MET


def test_only_what_is_not_disputed_is_shown_for_it():
    found = service(REMOVAL)
    chart = record(PATIENT, F, *of_one_day(FIRST, SECOND))
    inputs = found.read(chart, found.recognise(orders(ORDERED[REMOVAL]), CONTENT), CONTENT)
    quotes = [e.quote for e in inputs.solid_fusion.evidence]
    assert quotes == ["Nonunion at L5-S1.", "Nonunion at L5-S1."]


def test_a_rod_that_both_reports_call_broken_is_a_failure_though_they_dispute_loosening():
    broken = "Broken rod at L4-L5. "
    chart = F, *of_one_day(f"{broken}Loosening of the S1 screws.", f"{broken}No loosening at S1.")
    assert revision(*chart)[FAILURE] == MET


def test_where_every_bad_level_is_disputed_the_reports_conflict():
    chart = F, *of_one_day("Solid fusion at L4-L5 and L5-S1.", "Nonunion at L5-S1.")
    assert removal(*chart)[SOLID] == unknown("conflicting")
    assert revision(*chart)[NONUNION] == unknown("conflicting")


def test_a_dispute_comes_before_fusion_not_demonstrated_and_before_a_stale_ct():
    chart = (
        F,
        *of_one_day(
            "Solid fusion at L4-L5. No bridging bone at L5-S1.",
            "Nonunion at L4-L5. No bridging bone at L5-S1.",
        ),
    )
    assert removal(*chart)[SOLID] == NOT_MET
    assert revision(*chart)[NONUNION] == unknown("conflicting")
    stale = F, *of_one_day(FIRST, SECOND, when="2024-06-01")
    assert removal(*stale)[SOLID] == NOT_MET
    assert revision(*stale)[NONUNION] == unknown("conflicting")


# Hardware: what governs, and whether it may still be there

LOOSE, TIGHT = "Loosening of the S1 screws.", "No loosening of the screws. Rods are intact."
SILENT = "Solid fusion from L4 to S1."


def removed_on(day, **members):
    return procedure(cpt("22852"), id="removal", performedDateTime=day, **members)


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_loosening_on_one_of_two_cts_of_a_day_makes_the_hardware_symptomatic(names):
    cts = (report(names[0], conclusion=LOOSE), report(names[1], conclusion=SILENT))
    assert removal(F, *cts)[SYMPTOMATIC] == MET


def test_loosening_stands_where_a_newer_ct_is_silent_on_hardware():
    older = report("older", when="2025-10-01", conclusion=LOOSE)
    assert removal(F, older, report("newer", conclusion=SILENT))[SYMPTOMATIC] == MET
    assert removal(F, older, report("newer", conclusion=TIGHT))[SYMPTOMATIC] == unknown("no-data")


def test_cts_of_one_day_that_dispute_loosening_leave_it_open():
    cts = of_one_day(LOOSE, "No loosening of the S1 screws.")
    assert removal(F, *cts)[SYMPTOMATIC] == unknown("conflicting")


def test_loosening_on_a_ct_that_does_not_govern_is_shown_and_stays_open():
    draft = report(status="preliminary", conclusion=LOOSE)
    assert removal(F, draft)[SYMPTOMATIC] == unknown("preliminary")
    found = removal(F, report(conclusion=LOOSE), missing=["document_references"])
    assert found[SYMPTOMATIC] == unknown("not-searched")


PROMINENT = note("Prominent, palpable screw heads at L5.", "n1", "2023-06-01")
FLAT = note("Hardware is not prominent and not palpable.", "n2")
MATCHES = "pain-matches-hardware-site"


def test_the_newest_note_on_prominence_answers_for_it():
    found = removal(F, S, PROMINENT, FLAT)
    assert [found[c] for c in (SYMPTOMATIC, MATCHES)] == [unknown("no-data")] * 2
    found = removal(F, S, PROMINENT)
    assert [found[c] for c in (SYMPTOMATIC, MATCHES)] == [MET] * 2


def test_where_the_newest_note_is_not_known_notes_on_prominence_conflict():
    found = removal(F, S, PROMINENT, FLAT, part=["document_references"])
    assert [found[c] for c in (SYMPTOMATIC, MATCHES)] == [unknown("conflicting")] * 2


def test_a_note_without_a_date_only_hints_at_prominence():
    undated = note("Prominent, palpable screw heads at L5.", when=None)
    found = removal(F, S, undated)
    assert [found[c] for c in (SYMPTOMATIC, MATCHES)] == [unknown("possible")] * 2


def test_prominence_on_one_side_is_not_disputed_by_the_other():
    one_side = note("The left iliac screw is prominent. The right iliac screw is not prominent.")
    assert removal(F, S, one_side)[SYMPTOMATIC] == MET


FELT = note("The left L5 screw head is prominent and palpable.", "felt", "2025-06-01")


@pytest.mark.parametrize(
    "newer",
    [
        "The right hardware is not prominent.",
        "The L4 screw heads are not prominent.",
        "Possibly prominent right iliac screw.",
    ],
)
def test_prominence_stands_where_a_newer_note_speaks_of_another_place(newer):
    assert removal(F, S, FELT, note(newer))[SYMPTOMATIC] == MET


@pytest.mark.parametrize(
    "newer", ["The left hardware is not prominent.", "The hardware is not prominent."]
)
def test_prominence_is_outdated_by_a_newer_note_on_the_same_place(newer):
    assert removal(F, S, FELT, note(newer))[SYMPTOMATIC] == unknown("no-data")
    between = note(newer, "between", "2025-09-01")
    last = note("The right hardware is not prominent.", when="2026-02-01")
    assert removal(F, S, FELT, between, last)[SYMPTOMATIC] == unknown("no-data")


@pytest.mark.parametrize("operated", ["2025-09-01", "2025-06-02"])
def test_hardware_seen_before_a_later_operation_may_be_gone(operated):
    chart = F, report(when="2025-06-01", conclusion=f"{LOOSE} Broken rod."), removed_on(operated)
    assert revision(*chart)[FAILURE] == unknown("before-surgery")
    assert removal(*chart)[SYMPTOMATIC] == unknown("before-surgery")


@pytest.mark.parametrize(
    ("operation", "is_out_of_reach"),
    [
        ("Kyphoplasty L1", True),
        ("Vertebroplasty of L2", True),
        ("Laminectomy T12-L1", True),
        ("Laminectomy L2-L3", False),
        ("Laminectomy L3-L4", False),
        ("Lumbar laminectomy", False),
    ],
)
def test_an_operation_that_cannot_reach_the_hardware_leaves_it_as_it_was_seen(
    operation, is_out_of_reach
):
    later = procedure({"text": operation}, id="later", performedDateTime="2026-01-20")
    chart = F, report(when="2026-01-04", conclusion=LOOSE), later
    expected = MET if is_out_of_reach else unknown("before-surgery")
    assert revision(*chart)[FAILURE] == expected
    assert removal(*chart)[SYMPTOMATIC] == expected


def test_where_the_levels_of_the_hardware_are_not_known_any_operation_may_have_reached_it():
    later = procedure({"text": "Kyphoplasty L1"}, id="later", performedDateTime="2026-01-20")
    seen = report(when="2026-01-04", conclusion=LOOSE)
    upper = report(when="2026-01-04", conclusion=f"Pedicle screws at L2 and L3. {LOOSE}")
    assert revision(fusion("Lumbar fusion"), seen, later)[FAILURE] == unknown("before-surgery")
    assert revision(F, upper, later)[FAILURE] == unknown("before-surgery")
    found = revision(F, seen, later, newest=["procedures"])
    assert found[FAILURE] == unknown("before-surgery")


def test_hardware_seen_on_the_day_of_the_last_operation_or_later_stands():
    chart = F, report(when="2025-09-01", conclusion=LOOSE), removed_on("2025-09-01")
    assert revision(*chart)[FAILURE] == MET
    assert removal(*chart)[SYMPTOMATIC] == MET
    maybe = F, report(when="2025", conclusion=LOOSE), removed_on("2025-09-01")
    assert revision(*maybe)[FAILURE] == unknown("imprecise-date")


def test_hardware_that_a_later_ct_does_not_mention_is_shown_as_seen_before_the_operation():
    chart = F, report("old", when="2025-06-01", conclusion=LOOSE), removed_on("2025-09-01")
    found = service(REMOVAL)
    rows = record(PATIENT, *chart, report("new", conclusion=SILENT))
    inputs = found.read(rows, found.recognise(orders(ORDERED[REMOVAL]), CONTENT), CONTENT)
    judged = judge_hardware_symptomatic(inputs)
    assert judged.reason == "before-surgery"
    assert [e.quote for e in judged.evidence] == [LOOSE]


def test_fusion_seen_before_a_removal_stands():
    chart = F, report(when="2025-06-01", conclusion="Nonunion at L5-S1."), removed_on("2025-09-01")
    assert revision(*chart)[NONUNION] == MET


def test_prominence_may_be_gone_by_an_operation_that_was_not_read():
    found = removal(F, S, PROMINENT, missing=["procedures"])
    assert [found[c] for c in (SYMPTOMATIC, MATCHES)] == [unknown("not-searched")] * 2
