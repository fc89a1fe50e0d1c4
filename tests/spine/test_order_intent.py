"""Order intent: removal, revision, or neither (clinical.md 3.2; contract, rules 6 to 8)."""

import pytest

from cds_service.engine.codes import ICD_10_CM, SNOMED_CT
from cds_service.engine.datatypes import CodeableConcept, Coding
from hooks.spine.order_intent import recognise_removal, recognise_revision
from hooks.spine.order_words import Act, Region, act_of_text, region_of_text
from tests.chart import CONTENT, order, orders

REMOVAL = order("22852", name="removal")
REINSERTION = order("22849", name="reinsertion")
FUSION = order("22612", name="fusion")
INSTRUMENTATION = order("22842", name="instrumentation")
ANTERIOR = order("22846", name="anterior")
EXPLORATION = order("22830", name="exploration")
ILIUM, CERVICAL, LUMBAR = "22356005", "122494005", "122496007"


def removal(*judged, context=()):
    return recognise_removal(orders(*judged, context=context), CONTENT)


def revision(*judged, context=()):
    return recognise_revision(orders(*judged, context=context), CONTENT)


def ids(intent):
    return [o.reference.split("/")[1] for o in intent.orders] if intent else None


@pytest.mark.parametrize("code", ["22850", "22852"])
def test_a_removal_code_alone_is_a_removal_and_no_revision(code):
    intent = removal(order(code))
    assert (intent.certain, intent.by_text, intent.combined) == (True, False, False)
    assert revision(order(code)) is None


def test_a_reinsertion_code_alone_is_surely_a_revision():
    intent = revision(REINSERTION)
    assert intent.certain
    assert not intent.combined
    assert removal(REINSERTION) is None


@pytest.mark.parametrize("alone", [FUSION, INSTRUMENTATION])
def test_a_fusion_or_instrumentation_code_alone_may_be_a_first_operation(alone):
    assert revision(alone).certain is False
    assert removal(alone) is None


def test_exploration_of_a_fusion_alone_is_surely_a_revision():
    assert revision(EXPLORATION).certain
    assert ids(revision(EXPLORATION)) == ["exploration"]


def test_exploration_beside_a_removal_leaves_the_removal_what_it_is():
    assert revision(REMOVAL, EXPLORATION) is None
    assert ids(removal(REMOVAL, EXPLORATION)) == ["removal"]


@pytest.mark.parametrize("other", [REINSERTION, FUSION, INSTRUMENTATION, ANTERIOR])
def test_removal_with_new_fixation_is_read_as_one_revision(other):
    assert removal(REMOVAL, other) is None
    intent = revision(REMOVAL, other)
    assert intent.combined
    assert intent.certain
    assert len(intent.orders) == 2


def test_removal_and_reinsertion_at_different_sites_are_two_intents():
    iliac = order("22852", name="iliac", sites=[ILIUM])
    lumbar = order("22849", name="lumbar", text="Reinsertion L4-S1")
    assert ids(removal(iliac, lumbar)) == ["iliac"]
    found = revision(iliac, lumbar)
    assert ids(found) == ["lumbar"]
    assert not found.combined


def test_removal_and_reinsertion_at_one_site_are_one_revision():
    upper = order("22852", text="Removal of screws L4-S1")
    lower = order("22849", text="Reinsertion L5-S1")
    assert removal(upper, lower) is None
    assert revision(upper, lower).combined


def test_on_order_select_the_orders_that_were_not_selected_are_context_only():
    assert ids(removal(REMOVAL, context=[order("22852", name="other")])) == ["removal"]
    assert removal(order("71250"), context=[REMOVAL]) is None
    assert removal(REMOVAL, context=[REINSERTION]) is None
    found = revision(REMOVAL, context=[REINSERTION])
    assert (ids(found), found.combined) == (["removal"], True)


def test_everything_drafted_is_told_to_the_card():
    ct = order("72131", name="ct")
    assert removal(REMOVAL, context=[ct]).drafted == (REMOVAL, ct)


@pytest.mark.parametrize(
    "other",
    [
        order("22855"),  # anterior
        order("20680"),  # any implant
        order("20680", text="Removal of plate, distal radius"),
        order("45378", text="Colonoscopy"),
        order("27280"),  # sacroiliac joint
        order("22612", text="Removal of hardware", kind="MedicationRequest"),
        order(text="Aspirin 81 MG"),
        order(),
    ],
    ids=lambda o: o.text or "".join(c.code for c in o.codings) or "nothing",
)
def test_an_order_for_something_else_is_neither(other):
    assert removal(other) is None
    assert revision(other) is None


def test_no_orders_are_no_intent():
    assert removal() is None
    assert revision() is None


@pytest.mark.parametrize(
    "members",
    [{"text": "Removal of iliac screws"}, {"sites": [ILIUM]}, {"text": "deep implant, L5"}],
    ids=str,
)
def test_a_generic_implant_removal_is_ours_when_it_names_the_lower_spine(members):
    assert removal(order("20680", **members)).region_said


def test_a_cervical_body_site_puts_a_removal_out_of_scope():
    assert removal(order("22852", sites=[CERVICAL])) is None


@pytest.mark.parametrize("text", ["Removal of screws C5-C6", "Removal, thoracic", "Removal T4-T9"])
def test_a_region_elsewhere_in_the_orders_words_puts_it_out_of_scope(text):
    assert removal(order("22852", text=text)) is None


def test_a_construct_that_reaches_the_lumbar_spine_is_in_scope():
    assert removal(order("22852", text="Removal of screws T10-L2")).region_said


def test_without_any_region_the_order_stays_ours_and_says_that_it_names_none():
    assert removal(REMOVAL).region_said is False


def test_a_body_site_in_words_alone_names_the_region():
    assert removal(order("22852", sites=[CodeableConcept(text="Lumbar spine")])).region_said
    assert removal(order("22852", sites=[CodeableConcept(text="Cervical spine")])) is None


def test_a_body_site_code_that_is_not_known_says_nothing_of_the_region():
    """Contract, rule 6: the code is a spine operation; a local site code cannot undo that."""
    assert removal(order("22852", sites=["29836001"])) is not None


def test_a_body_site_that_its_display_places_elsewhere_is_elsewhere():
    hip = Coding("urn:oid:1.2.3", "HIP", "Structure of left hip")
    assert removal(order("22852", sites=[CodeableConcept(coding=[hip])])) is None


def test_one_site_in_scope_beside_one_elsewhere_keeps_the_order():
    assert removal(order("22852", sites=[CERVICAL, LUMBAR])) is not None


def test_instrumentation_beside_a_cervical_fusion_belongs_to_it():
    cervical = order("22600", name="cervical")
    assert revision(cervical, INSTRUMENTATION) is None
    assert revision(cervical, ANTERIOR) is None
    lumbar = order("22842", text="L4-S1")
    assert revision(cervical, lumbar).certain is False


def test_levels_come_from_text_notes_and_body_sites_and_not_from_reasons():
    found = removal(
        order(
            "22852",
            text="Removal L2",
            notes=("and L4-L5",),
            sites=[ILIUM],
            reasons=(CodeableConcept(text="loose at S1"),),
        )
    )
    assert str(found.levels) == "L2, L4-L5, pelvis"


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("Removal of lumbar hardware", Act.REMOVAL),
        ("Explant pedicle screws and rods", Act.REMOVAL),
        ("take out iliac screws", Act.REMOVAL),
        ("Remove screws L4-S1", Act.REMOVAL),
        ("Revision of lumbar fusion", Act.REINSERTION),
        ("Redo fixation L5-S1", Act.REINSERTION),
        ("Lumbar fusion", Act.FUSION),
        ("TLIF L4-5", Act.FUSION),
        ("Removal of anterior lumbar hardware", None),
        ("Removal of hip hardware", None),
        ("CT lumbar spine to evaluate hardware removal", None),
        ("Referral for removal of lumbar hardware", None),
        ("Removal of wound drain, lumbar", None),
        ("Lumbar laminectomy", None),
        ("Removal of hardware", None),
        ("", None),
    ],
)
def test_an_order_without_a_known_code_is_read_by_its_own_words(text, act):
    assert act_of_text(text) is act


def test_an_order_known_by_its_text_says_so():
    assert removal(order(text="Removal of iliac screws")).by_text
    local = order("SPINE-1", text="Revision of lumbar fusion", system="urn:local")
    assert revision(local).by_text


def test_the_words_of_an_order_whose_code_is_known_do_not_make_it_another():
    ct = order("72131", text="CT lumbar: removal of hardware planned")
    assert removal(ct) is None
    assert revision(order("22852", text="Removal and reinsertion of screws")) is None


@pytest.mark.parametrize("code", ["50172003", "277764006"])
def test_snomed_codes_of_lumbar_fusion_are_candidates_for_revision(code):
    assert revision(order(code, system=SNOMED_CT)).certain is False


@pytest.mark.parametrize("kind", ["ProcedureRequest", "DeviceRequest"])
def test_older_kinds_of_orders_are_read_too(kind):
    assert removal(order("22852", kind=kind)) is not None


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("Lumbar spine", Region.IN_SCOPE),
        ("cervical spine", Region.ELSEWHERE),
        ("left hip", Region.ELSEWHERE),
        ("wound", Region.NOT_SAID),
    ],
)
def test_words_name_a_region_and_elsewhere_outweighs_the_spine(text, region):
    assert region_of_text(text) is region


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("thoracic and lumbar spine", Region.IN_SCOPE),
        ("hip pain, sacral screws", Region.IN_SCOPE),
        ("cervical fusion with iliac crest graft", Region.ELSEWHERE),
        ("thoracic spine", Region.ELSEWHERE),
    ],
)
def test_a_word_that_is_lumbar_or_below_outweighs_another_region(text, region):
    assert region_of_text(text) is region


def test_a_code_of_decompression_hides_no_revision_that_the_words_name():
    both = order("63047", text="Revision of lumbar fusion L4-L5 with decompression")
    assert recognise_revision(orders(both), CONTENT) is not None
    assert recognise_revision(orders(order("63047", text="Laminectomy L4-L5")), CONTENT) is None


@pytest.mark.parametrize("new", [FUSION, INSTRUMENTATION])
def test_exploration_of_a_fusion_beside_a_new_one_is_surely_a_revision(new):
    """Clinical.md 3.2: nobody inspects a fusion that was never made (rule 7: a code *alone*)."""
    assert revision(EXPLORATION, new).certain
    assert ids(revision(EXPLORATION, new)) == ["exploration", new.reference.split("/")[1]]
    assert revision(order("22830", "22612")).certain
    assert revision(new, context=[EXPLORATION]).certain


@pytest.mark.parametrize(
    "note",
    [
        "MRI showed T2-weighted edema.",
        "Prior ACDF C5-6",
        "Complement C3 normal",
        "Compression fracture T8",
    ],
)
def test_a_note_puts_no_order_elsewhere(note):
    intent = removal(order("22852", notes=(note,)))
    assert (str(intent.levels), intent.region_said) == ("", False)


def test_the_levels_of_a_note_are_those_of_its_sentences_on_the_lower_spine():
    found = removal(order("22852", notes=("Prior ACDF C5-6. Screws from T12 to L2; L4-S1",)))
    assert str(found.levels) == "T12-L2, L4-S1"


def reason(code=None, display=None, text=None, system=ICD_10_CM):
    return CodeableConcept([Coding(system, code, display)] if code else [], text)


@pytest.mark.parametrize(
    "said",
    [
        reason("M54.59", "Pain from lumbar spine hardware"),
        reason("T84.84XA", "Painful pedicle screws, L4-S1"),
        reason("M54.59"),
        reason("M51.369"),
        reason("279039007", system=SNOMED_CT),
        reason(text="Painful lumbar pedicle screws"),
    ],
    ids=str,
)
def test_a_reason_says_that_a_generic_implant_removal_is_of_the_spine(said):
    """Clinical.md 3.2: "spine only if bodySite/reason says so", in words, displays or codes."""
    assert removal(order("20680", reasons=(said,))).region_said


@pytest.mark.parametrize(
    "said",
    [
        reason("G89.4", "Chronic pain syndrome"),
        reason("M54.10"),
        reason("T84.84XA", "Pain due to internal orthopedic prosthetic devices"),
        reason("M25.551", "Pain in right hip"),
        reason("M54.2", "Cervicalgia"),
        reason("S32.810A", "Fracture of pelvis with stable disruption of pelvic ring"),
        reason("Z47.2", "Encounter for removal of internal fixation device"),
    ],
    ids=str,
)
def test_a_reason_of_no_region_or_another_one_leaves_an_implant_removal_elsewhere(said):
    assert removal(order("20680", reasons=(said,))) is None


def test_a_reason_of_the_lower_spine_does_not_overrule_the_title():
    titled = order("20680", text="Removal of hip screws", reasons=(reason("M54.59"),))
    assert removal(titled) is None


@pytest.mark.parametrize("chosen", [FUSION, INSTRUMENTATION])
def test_on_order_select_a_reinsertion_in_the_context_makes_a_selected_fusion_surely_a_revision(
    chosen,
):
    found = revision(chosen, context=[REINSERTION])
    assert (found.certain, ids(found)) == (True, ids(revision(chosen)))


def test_what_stands_in_the_context_at_another_site_leaves_a_selected_fusion_a_candidate():
    lower = order("22612", text="Fusion L4-S1", name="lower")
    upper = [order("22852", text="Removal T10-L1", name="out"), order("22612", text="T10-L1")]
    found = revision(lower, context=upper)
    assert (found.certain, found.combined) == (False, False)
    assert revision(lower, context=[order("22849", text="L1-L2")]).certain is False
    assert revision(lower, context=[order("22849", text="L3-L4")]).certain
