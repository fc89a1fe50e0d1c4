"""The construct: what was implanted and fused, where and when (contract, rules 10 and 13)."""

import pytest

from cds_service.engine.dates import parse_date
from hooks.spine.constructs import read_construct
from tests.chart import cpt, fusion, procedure, record, snomed

CERVICAL, LUMBAR = "122494005", "122496007"


def construct(*procedures):
    return read_construct(record(*procedures))


def test_a_coded_fusion_names_its_levels_in_its_text_and_its_day():
    found = construct(fusion("Posterolateral fusion L4-S1", when="2022-11-01"))
    assert found.levels.interspaces == {"L4-L5", "L5-S1"}
    assert found.last_fusion.text == "2022-11-01"
    (operation,) = found.operations
    assert operation.evidence.as_json() == {
        "resource": "Procedure/fusion",
        "date": "2022-11-01",
        "origin": "coded",
    }


def test_levels_come_from_body_site_and_notes_too():
    found = construct(
        fusion("Fusion", bodySite=[snomed("243923001")], note=[{"text": "extended to L3"}])
    )
    assert str(found.levels) == "L3, L4-L5"


def test_the_levels_of_all_fusions_make_the_construct():
    found = construct(fusion("L4-L5", id="a"), fusion("L5-S1", id="b", when="2023-05-01"))
    assert found.levels.interspaces == {"L4-L5", "L5-S1"}
    assert found.last_fusion.text == "2023-05-01"


def test_a_removal_is_an_operation_and_no_fusion():
    removal = procedure(cpt("22852"), id="removal", performedDateTime="2024-06-01")
    found = construct(fusion(when="2022-11-01"), removal)
    assert found.last_fusion.text == "2022-11-01"
    assert found.last_surgery.text == "2024-06-01"
    assert len(found.fusions) == 1


def test_of_partial_dates_the_latest_operation_may_fall_in_either():
    found = construct(fusion(id="a", when="2023-05-01"), fusion(id="b", when="2023"))
    assert (found.last_fusion.first.isoformat(), found.last_fusion.last.isoformat()) == (
        "2023-05-01",
        "2023-12-31",
    )


def test_an_operation_without_date_leaves_open_which_was_last():
    found = construct(fusion(id="a", when="2023-05-01"), fusion(id="b", when=None))
    assert found.last_fusion is None
    assert found.last_surgery is None


def test_beside_an_operation_without_date_the_last_of_the_dated_ones_is_known():
    laminectomy = procedure(cpt("63047"), id="lam", performedDateTime="2024-05-01")
    dated = [fusion(id="a", when="2023-05-01"), fusion(id="b", when="2022-05-01"), laminectomy]
    found = construct(*dated, fusion(id="c", when=None))
    assert found.last_dated_fusion.text == "2023-05-01"
    assert found.last_dated_surgery.text == "2024-05-01"
    assert construct(fusion(when=None)).last_dated_fusion is None


def test_an_operation_in_the_future_has_no_date():
    assert construct(fusion(when="2027-01-01")).last_fusion is None


def test_a_period_counts_from_its_start_to_its_end():
    period = {"performedPeriod": {"start": "2022-11-01", "end": "2022-11-03"}}
    found = construct(fusion(when=None, **period)).last_fusion
    assert found.text == "2022-11-01/2022-11-03"


def test_without_any_operation_nothing_is_known():
    found = construct()
    assert found.last_fusion is None
    assert not found.levels
    assert not found.is_elsewhere


@pytest.mark.parametrize(
    "elsewhere",
    [
        procedure(cpt("22600")),
        procedure(cpt("22551")),
        procedure(cpt("22842", text="Instrumentation C5-T1")),
        fusion("Fusion", bodySite=[snomed(CERVICAL)]),
    ],
    ids=["cervical", "acdf", "thoracic levels", "cervical site"],
)
def test_a_construct_known_to_be_elsewhere_says_so(elsewhere):
    found = construct(elsewhere)
    assert found.is_elsewhere
    assert not found.fusions


def test_a_lumbar_fusion_beside_a_cervical_one_is_here():
    assert not construct(procedure(cpt("22600"), id="neck"), fusion()).is_elsewhere


def test_instrumentation_without_any_region_is_neither_here_nor_elsewhere():
    found = construct(procedure(cpt("22842")))
    assert not found.operations
    assert not found.is_elsewhere


@pytest.mark.parametrize(
    "members", [{"bodySite": [snomed(LUMBAR)]}, {"note": [{"text": "lumbar"}]}], ids=str
)
def test_instrumentation_with_a_lumbar_site_or_note_is(members):
    assert construct(procedure(cpt("22842"), **members)).fusions


def test_a_procedure_known_only_by_its_words_counts_as_text():
    found = construct(procedure({"text": "Lumbar fusion L4-S1"}, performedDateTime="2021"))
    (operation,) = found.fusions
    assert operation.evidence.as_json() == {
        "resource": "Procedure/procedure",
        "date": "2021",
        "quote": "Lumbar fusion L4-S1",
        "origin": "note-text",
    }
    assert found.levels.interspaces == {"L4-L5", "L5-S1"}


def test_a_removal_known_only_by_its_words_is_no_fusion():
    found = construct(procedure({"text": "Removal of lumbar hardware"}))
    assert len(found.operations) == 1
    assert not found.fusions


@pytest.mark.parametrize(
    "other",
    [
        procedure({"text": "Cervical fusion"}),
        procedure({"text": "Appendectomy"}),
        procedure({}),
        procedure({"text": "Lumbar fusion"}, bodySite=[snomed(CERVICAL)]),
        procedure(cpt("72131", text="Lumbar fusion follow-up")),
    ],
    ids=["cervical", "appendix", "nothing", "contradicting site", "a known code"],
)
def test_other_procedures_are_no_operation_on_the_lower_spine(other):
    assert not construct(other).operations


def test_surgery_without_implants_is_surgery_and_no_part_of_the_construct():
    laminectomy = procedure(
        cpt("63047", text="L3-L4 laminectomy"), id="lam", performedDateTime="2025-05-01"
    )
    found = construct(fusion("L4-S1", when="2022-11-01"), laminectomy)
    assert found.last_surgery.text == "2025-05-01"
    assert found.last_fusion.text == "2022-11-01"
    assert found.levels.interspaces == {"L4-L5", "L5-S1"}
    assert [o.evidence.resource for o in found.without_implants] == ["Procedure/lam"]
    assert construct(laminectomy).operations == ()


WITHOUT_IMPLANTS = [
    "Lumbar laminectomy L3-L4",
    "L4-5 microdiscectomy",
    "Laminectomy (L3-L4)",
    "Hemi-laminectomy, lumbar, for stenosis",
    "Redo lumbar decompression without fusion",
    "Decompression L3-L5 under fluoroscopy",
    "Irrigation and debridement of lumbar spine wound",
    "I&D lumbar wound",
    "Return to OR for lumbar wound washout",
    "Postoperative lumbar wound debridement",
    "Evacuation of lumbar epidural hematoma",
    "Exploration of lumbar wound",
    "S/P lumbar laminectomy 2019",
    "Sacral laminectomy",
    "Lumbar laminectomy, repair of CSF leak, lumbar drain",
    "Lumbar laminectomy on a Jackson table",
    "Repair of dural tear, lumbar",
]
NO_OPERATION = [
    "Consultation for lumbar laminectomy",
    "Planned lumbar laminectomy",
    "Surgical planning, lumbar laminectomy",
    "MRI lumbar spine after laminectomy",
    "Lumbar MRI, prior laminectomy",
    "Epidural steroid injection, lumbar laminectomy syndrome",
    "Post laminectomy syndrome, lumbar",
    "Postlaminectomy syndrome of the lumbar spine",
    "Physical therapy after lumbar laminectomy",
    "Follow-up of lumbar decompression",
    "Lumbar laminectomy care",
    "Lumbar laminectomy consent",
    "Lumbar laminectomy wound check",
    "Brace, lumbar laminectomy",
    "Spinal decompression table, lumbar",
    "CT-guided drainage of lumbar abscess",
    "Lumbar puncture with drainage",
    "Debridement of sacral decubitus",
    "Debridement of pelvic wound",
    "Drainage of pelvic abscess",
    "Cervical laminectomy",
    "C5-C6 discectomy",
    "Debridement of left foot",
    "Craniotomy with duraplasty",
]


@pytest.mark.parametrize("text", WITHOUT_IMPLANTS)
def test_surgery_without_implants_is_known_by_its_words_and_is_no_fusion(text):
    """Contract, rule 2: markers are to be younger than the last spine surgery, whatever it was."""
    found = construct(procedure({"text": text}, performedDateTime="2026-02-20"))
    assert found.last_surgery.text == "2026-02-20"
    assert (found.operations, found.last_fusion) == ((), None)
    (operation,) = found.without_implants
    assert operation.evidence.quote == text


@pytest.mark.parametrize("text", NO_OPERATION)
def test_words_beside_surgery_without_implants_are_none(text):
    found = construct(procedure({"text": text}))
    assert (found.surgeries, found.may_follow(parse_date("2026-02-08"))) == ((), ())


def test_surgery_without_implants_may_be_placed_by_its_body_site():
    washout = procedure({"text": "Irrigation and debridement"}, bodySite=[snomed(LUMBAR)])
    assert len(construct(washout).without_implants) == 1
    assert not construct(washout | {"bodySite": [snomed(CERVICAL)]}).surgeries
    assert not construct(washout | {"bodySite": []}).surgeries


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Microdiscectomy", {"note": [{"text": "Left L5-S1 microdiscectomy"}]}),
        ("Microdiscectomy", {"bodySite": [{"text": "Lumbar spine"}]}),
        ("Irrigation and debridement", {"bodySite": [{"text": "Lumbar spine"}]}),
        ("Irrigation and debridement", {"bodySite": [{"text": "L4-L5"}]}),
    ],
)
def test_surgery_without_implants_may_be_placed_by_words_of_its_site_and_its_note(text, place):
    found = construct(procedure({"text": text}, performedDateTime="2026-02-20", **place))
    assert found.last_surgery.text == "2026-02-20"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Irrigation and debridement", {"bodySite": [{"text": "Left knee"}]}),
        ("Irrigation and debridement", {"bodySite": [{"text": "Sacrum"}]}),
        ("Laminectomy", {"bodySite": [{"text": "Cervical spine"}]}),
        ("Laminectomy", {"bodySite": [{"text": "C5-C6"}]}),
    ],
)
def test_words_of_a_site_place_it_elsewhere_too(text, place):
    found = construct(procedure({"text": text}, performedDateTime="2026-02-20", **place))
    assert (found.surgeries, found.may_follow(parse_date("2026-02-08"))) == ((), ())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Laminectomy", {}),
        ("Hemilaminectomy with discectomy", {}),
        ("Irrigation and debridement", {"note": [{"text": "Seroma after L4-S1 fusion"}]}),
    ],
)
def test_surgery_that_is_of_the_spine_or_noted_so_may_have_been_here(text, place):
    """Contract, rule 2: markers may then be older than the last spine surgery."""
    found = construct(procedure({"text": text}, performedDateTime="2026-02-20", **place))
    assert found.surgeries == ()
    assert len(found.may_follow(parse_date("2026-02-08"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Washout of infected wound, status post L4-S1 fusion",
        "Wound dehiscence after lumbar laminectomy, washout",
        "Wound debridement s/p lumbar fusion",
    ],
)
def test_surgery_whose_words_place_only_an_earlier_operation_may_be_at_the_same_place(text):
    found = construct(procedure({"text": text}, performedDateTime="2026-02-20"))
    assert found.surgeries == ()
    assert len(found.may_follow(parse_date("2026-02-08"))) == 1
    assert found.may_follow(parse_date("2026-02-21")) == ()


def test_a_code_of_something_else_is_not_overruled_by_words_of_surgery_without_implants():
    assert not construct(procedure(cpt("97597", text="Debridement of lumbar wound"))).surgeries
    local = {"coding": [{"system": "urn:local", "code": "OR-7", "display": "Lumbar laminectomy"}]}
    assert construct(procedure(local)).surgeries


def test_words_that_name_a_fusion_beside_a_decompression_stay_a_fusion():
    found = construct(procedure({"text": "L4-L5 laminectomy and fusion"}))
    assert (len(found.fusions), found.without_implants) == (1, ())


def test_surgery_without_implants_of_unknown_status_may_have_taken_place():
    lam = procedure({"text": "Lumbar laminectomy L3-L4"}, performedDateTime="2026-02-20")
    found = construct(lam | {"status": "unknown"})
    assert found.surgeries == ()
    (operation,) = found.may_follow(parse_date("2026-02-08"))
    assert operation.evidence.says == "spine operation at L3-L4, not known to be completed"
    assert construct(lam | {"status": "stopped"}).may_follow(parse_date("2026-02-08")) == ()


def test_a_code_of_decompression_hides_no_fusion_that_the_words_name():
    both = procedure(
        cpt("63047", text="L4-L5 laminectomy and fusion"), performedDateTime="2025-05-01"
    )
    found = construct(both)
    assert found.last_fusion.text == "2025-05-01"
    assert found.without_implants == ()


def test_anterior_instrumentation_counts_where_it_names_the_lower_spine():
    plate = procedure(cpt("22845"), id="plate")
    assert len(read_construct(record(fusion(), plate)).fusions) == 1  # it may be of the neck
    lumbar = procedure(cpt("22845", text="Anterior plate L5-S1"), id="plate")
    assert len(read_construct(record(fusion(), lumbar)).fusions) == 2
    assert str(read_construct(record(lumbar)).levels) == "L5-S1"
    named = procedure(cpt("22845", text="Anterior instrumentation; 2 to 3 vertebral segments"))
    assert read_construct(record(procedure(cpt("22551"), id="neck"), named)).fusions == ()


def test_an_exploration_in_words_fuses_no_more_than_its_code_does():
    explored = procedure({"text": "Exploration of lumbar fusion L4-L5"})
    (operation,) = construct(explored).operations
    assert not operation.fuses
