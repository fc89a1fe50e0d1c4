"""The revision guideline on whole requests: what its criteria, risk factors and card add."""

from copy import deepcopy

import pytest

from cds_service.app import deploy
from cds_service.settings import Settings
from fhir_fixtures import VALUE_SETS, load_request
from hooks import services
from hooks.spine.cards import in_short
from tests.chart import (
    ABSENT,
    AS_OF,
    added,
    between,
    call,
    card_of,
    condition,
    cpt,
    finding,
    icd,
    judged,
    lab,
    loinc,
    procedure,
    reading,
    removed,
    report,
    said,
    snomed,
    without,
)

SERVICE = "spinal-fusion-revision"
V01 = load_request("revision-nonunion")
SMOKER, FORMER, NEVER = "77176002", "8517006", "266919005"
NO_CT = ("ct-1", "ct-1-loosening", "ct-1-nonunion")


def of(criterion_id, request=V01):
    found = judged(card_of(request, SERVICE))[criterion_id]
    return found["status"], found.get("reason")


def labels(request):
    return [s["label"] for s in card_of(request, SERVICE).get("suggestions", ())]


def ordered(*codes, **members):
    """V01 with other orders."""
    request = deepcopy(V01)
    template = request["context"]["draftOrders"]["entry"][0]
    request["context"]["draftOrders"]["entry"] = []
    for number, code in enumerate(codes):
        entry = deepcopy(template)
        entry["resource"] |= {"id": f"draft-{number}", "code": cpt(code)} | members
        request["context"]["draftOrders"]["entry"].append(entry)
    return request


def smoking(code, when="2026-02-01"):
    status = lab("72166-2", 0, id="status", when=when) | {"valueCodeableConcept": snomed(code)}
    del status["valueQuantity"]
    return status


def test_the_fixture_patient_matches_the_stated_indication():
    card = card_of(V01, SERVICE)
    assert card["summary"].endswith("matches the source article's stated indication")
    assert card["indicator"] == "info"
    assert "The source article holds that payer criteria (MCG)" in card["detail"]
    assert "not from the source article" in card["detail"]
    assert labels(V01) == []


# Prior fusion (contract, rule 7)


def test_a_fusion_code_alone_without_prior_fusion_is_a_first_operation():
    bare = removed(ordered("22612"), "fusion", *NO_CT)
    assert call(bare, SERVICE) == {"cards": []}


@pytest.mark.parametrize(
    "shown",
    [
        condition(icd("Z98.1"), id="status"),
        condition(icd("M96.0"), id="nonunion"),
        condition(icd("T84.216A"), id="broken"),
        condition({"text": "Status post lumbar fusion L4-S1"}, id="words"),
        report("ct", **said("loosening")),
        procedure({"text": "Lumbar fusion"}, id="text", performedDateTime="2021"),
    ],
    ids=["status", "nonunion", "broken", "in words", "report", "text"],
)
def test_anything_that_implies_an_earlier_fusion_makes_it_a_revision(shown):
    request = added(removed(ordered("22612"), "fusion", *NO_CT), shown)
    assert of("prior-lumbar-fusion", request) == ("met", None)


def test_prior_fusion_that_nobody_can_be_asked_for_is_no_card():
    unasked = without(
        removed(ordered("22612"), "fusion", *NO_CT), ("procedures", "diagnostic_reports")
    )
    assert call(unasked, SERVICE) == {"cards": []}


def test_prior_fusion_that_could_not_be_read_is_said_on_an_info_card():
    request = removed(ordered("22612"), "fusion", *NO_CT)
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}
    request["prefetch"]["procedures"] = failed
    card = card_of(request, SERVICE)
    assert card["indicator"] == "info"
    assert "could not be checked" in card["summary"]
    assert "could not be checked" in card["detail"]
    assert of("prior-lumbar-fusion", request) == ("unknown", "not-searched")


def test_a_reinsertion_is_judged_without_any_prior_fusion_on_record():
    request = removed(ordered("22849"), "fusion", *NO_CT)
    assert of("prior-lumbar-fusion", request) == ("unknown", "no-data")


def test_a_child_and_a_construct_elsewhere_are_out_of_scope():
    child = deepcopy(V01)
    child["prefetch"]["patient"]["birthDate"] = "2015-01-01"
    assert call(child, SERVICE) == {"cards": []}
    neck = added(
        removed(ordered("22849"), "fusion", *NO_CT),
        procedure(cpt("22600"), id="neck", performedDateTime="2020-01-01"),
    )
    assert call(neck, SERVICE) == {"cards": []}


# Hardware failure and nonunion


@pytest.mark.parametrize(
    ("criterion_id", "code"), [("nonunion-on-ct", "M96.0"), ("hardware-failure-on-ct", "T84.216A")]
)
def test_a_code_without_a_ct_answers_nothing_and_is_shown(criterion_id, code):
    request = added(removed(V01, *NO_CT), condition(icd(code), id="coded"))
    found = judged(card_of(request, SERVICE))[criterion_id]
    assert (found["status"], found["reason"]) == ("unknown", "wrong-modality")
    assert "Condition/coded" in [e.get("resource") for e in found["evidence"]]
    assert card_of(request, SERVICE)["indicator"] == "warning"


def test_one_shown_and_the_other_not_partly_matches_and_stays_info():
    loose = finding("loosening", site="54735007")
    card = card_of(added(removed(V01, *NO_CT), report("ct", results=[loose]), loose), SERVICE)
    assert "partly matches" in card["summary"]
    assert card["indicator"] == "info"
    assert "MCG" not in card["detail"]


def test_a_ct_that_contradicts_both_is_a_warning():
    tight = finding("loosening", ABSENT)
    ct = report("ct", results=[tight], **said("solid-fusion"))
    card = card_of(added(removed(V01, *NO_CT), ct, tight), SERVICE)
    assert "newest CT contradicts the stated indication" in card["summary"]
    assert card["indicator"] == "warning"


def test_no_ct_is_a_warning_with_a_ct_suggested():
    request = removed(V01, *NO_CT)
    card = card_of(request, SERVICE)
    assert "not shown on an adequate CT" in card["summary"]
    assert card["indicator"] == "warning"
    assert labels(request) == ["CT lumbar spine without contrast"]


def test_an_order_that_omits_a_failing_level_is_a_warning_that_names_it():
    request = ordered("22849", bodySite=[snomed("243923001")])
    card = card_of(request, SERVICE)
    assert card["indicator"] == "warning"
    assert "failing levels that the order omits: L5-S1" in card["detail"]


def test_an_order_that_covers_the_failing_levels_omits_none():
    request = ordered("22849", bodySite=[snomed("243927000")])
    assert "omits" not in card_of(request, SERVICE)["detail"]


def early(*more):
    later = procedure(cpt("22612"), id="later", performedDateTime="2025-09-01")
    return added(removed(V01, *NO_CT), later, *more)


def test_fusion_not_demonstrated_early_is_a_warning_unless_hardware_is_broken():
    denied, loose = finding("solid-fusion", ABSENT), finding("loosening")
    loose_and_open = early(report("ct", results=[denied, loose]), denied, loose)
    assert of("nonunion-on-ct", loose_and_open) == ("unknown", "early")
    card = card_of(loose_and_open, SERVICE)
    assert card["indicator"] == "warning"
    assert "bridging may still be incomplete" in card["detail"]
    assert "fusion not demonstrated" in card["detail"]
    broken = report("ct", results=[denied], conclusionCode=[icd("T84.216A")])
    assert card_of(early(broken, denied), SERVICE)["indicator"] == "info"


@pytest.mark.parametrize(
    ("ct", "words"),
    [
        (report("ct", status="preliminary"), "ask for the final report"),
        (report("ct", results=[finding("solid-fusion", site="243923001")]), "ask for an addendum"),
    ],
)
def test_the_card_asks_for_what_the_newest_report_lacks(ct, words):
    request = added(removed(V01, *NO_CT), ct, finding("solid-fusion", site="243923001"))
    assert words in card_of(request, SERVICE)["detail"]


def test_a_ct_drafted_in_the_session_is_pending():
    request = removed(ordered("22849", "72131"), *NO_CT)
    assert "its result is pending" in card_of(request, SERVICE)["detail"]
    assert labels(request) == []


def test_an_indeterminate_ct_offers_spect_as_an_adjunct():
    request = added(removed(V01, *NO_CT), report("ct", conclusion="Fusion indeterminate."))
    assert labels(request) == ["SPECT/CT of the spine (optional adjunct)"]


def test_flexion_extension_radiographs_count_for_their_window():
    assert "Flexion-extension radiographs of the lumbar spine" in labels(
        removed(V01, "flexion-extension")
    )


def test_infection_is_a_warning_and_named_as_not_from_the_article():
    card = card_of(added(V01, condition(icd("T84.63XA"), id="infected")), SERVICE)
    assert card["indicator"] == "warning"
    assert "infection pathway (not from the source article)" in card["detail"]


def test_an_unread_mri_is_a_warning_though_another_reason_comes_before():
    """Contract, "Cards"; rule 11 orders reasons, and not warnings."""
    form = {"presentedForm": [{"contentType": "application/pdf", "data": "AAAA"}]}
    undated = procedure({"text": "Lumbar laminectomy L3-L4"}, id="undated")
    open_question = added(V01, report("m", "24968-0", "2026-02-25", **form), undated)
    assert of("no-evidence-of-infection", open_question) == ("unknown", "imprecise-date")
    card = card_of(open_question, SERVICE)
    assert card["indicator"] == "warning"
    assert "infection data unread" in card["summary"]


def test_cauda_equina_shortens_the_card_and_suggests_nothing_to_optimise():
    bare = removed(V01, "albumin", "vitamin-d", "dxa", "smoking")
    assert labels(bare) == ["Albumin", "Prealbumin", "25-OH vitamin D", "DXA axial bone density"]
    urgent = added(bare, condition(icd("G83.4"), id="cauda"))
    assert labels(urgent) == []
    detail = card_of(urgent, SERVICE)["detail"]
    assert "do not delay" in detail
    assert "Risk factors" not in detail


# Tobacco (contract, rule 21)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ((smoking(NEVER),), ("absent", None)),
        ((smoking(SMOKER),), ("present", None)),
        ((smoking(FORMER),), ("unknown", "possible")),
        ((smoking(SMOKER, when="2024-02-28"),), ("unknown", "stale")),
        ((), ("unknown", "no-data")),
        ((condition(icd("F17.210"), id="smoker"),), ("present", None)),
        ((condition(icd("F17.210"), id="smoker"), smoking(NEVER)), ("unknown", "conflicting")),
        ((condition(icd("Z87.891"), id="former"),), ("unknown", "possible")),
        (
            (
                smoking(FORMER),
                condition(icd("F17.210"), id="quit", abatementDateTime="2025-09-01"),
            ),
            ("absent", None),
        ),
        (
            (
                smoking(FORMER),
                condition(icd("F17.210"), id="quit", abatementDateTime="2025-09-02"),
            ),
            ("unknown", "possible"),
        ),
    ],
)
def test_tobacco_is_judged_by_the_newest_status_and_the_problem_list(more, expected):
    assert of("tobacco-use", added(removed(V01, "smoking"), *more)) == expected


ENDED = condition(icd("F17.210"), clinical="resolved", id="quit", abatementDateTime="2026-01-10")


@pytest.mark.parametrize(
    "earlier",
    [
        condition(icd("Z87.891"), id="former"),
        condition({"text": "Ex-smoker"}, id="former"),
        ENDED,
        {k: v for k, v in ENDED.items() if k != "abatementDateTime"},
        smoking(SMOKER, when="2025-12-15") | {"id": "earlier"},
        smoking(FORMER, when="2025-12-15") | {"id": "earlier"},
    ],
    ids=["coded", "in words", "ended", "resolved", "smoked before", "had quit before"],
)
def test_never_a_smoker_conflicts_with_what_shows_that_the_patient_smoked(earlier):
    request = added(removed(V01, "smoking"), smoking(NEVER, when="2026-01-15"), earlier)
    assert of("tobacco-use", request) == ("unknown", "conflicting")


def test_the_card_says_what_shows_that_a_never_smoker_smoked():
    earlier = smoking(SMOKER, when="2025-12-15") | {"id": "earlier"}
    detail = card_of(added(removed(V01, "smoking"), smoking(NEVER), earlier, ENDED), SERVICE)[
        "detail"
    ]
    assert "Smoking status: current smoker" in detail
    assert "(F17.210), ended" in detail
    assert "never smoker" not in detail


def test_who_quit_long_ago_is_no_smoker_though_the_status_says_never():
    long_ago = ENDED | {"abatementDateTime": "2025-09-01"}
    request = added(removed(V01, "smoking"), smoking(NEVER, when="2026-01-15"), long_ago)
    assert of("tobacco-use", request) == ("absent", None)


def test_a_current_smoker_is_offered_counselling():
    request = added(removed(V01, "smoking"), smoking(SMOKER))
    assert labels(request) == ["Smoking cessation counselling"]


def test_unknown_tobacco_never_reads_as_a_never_smoker():
    detail = card_of(removed(V01, "smoking"), SERVICE)["detail"]
    assert "never smoker" not in detail
    assert "Smoking status not known" in detail


# Nutrition, diabetes, bone


def albumin(value, **members):
    return lab("1751-7", value, id="albumin-new", unit="g/dL", when="2026-02-20") | members


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (V01, ("absent", None)),
        (added(V01, albumin(2.9, **between(3.5, 5, "g/dL"))), ("present", None)),
        (added(V01, albumin(2.9, **reading("L"))), ("present", None)),
        (added(V01, albumin(4.0)), ("unknown", "not-computable")),
        (removed(V01, "albumin"), ("unknown", "no-data")),
        (removed(V01, "vitamin-d"), ("unknown", "no-data")),
        (
            added(removed(V01, "albumin"), lab("1751-7", 4, id="old", when="2025-01-01")),
            ("unknown", "stale"),
        ),
        (added(V01, condition(icd("E44.0"), id="thin")), ("present", None)),
        (without(V01, ("observations",)), ("unknown", "not-searched")),
        (without(V01, ("conditions",)), ("unknown", "not-searched")),
    ],
)
def test_nutrition_is_judged_by_the_laboratorys_own_ranges(request_, expected):
    assert of("nutritional-deficiency", request_) == expected


def hba1c(value, unit="%", when="2026-02-20", comparator=None):
    quantity = {"value": value, "unit": unit, "code": unit}
    quantity |= {"comparator": comparator} if comparator else {}
    return lab("4548-4", value, id="hba1c-new", when=when) | {"valueQuantity": quantity}


DIABETES = condition(icd("E11.9"), id="diabetes")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ((), ("absent", None)),
        ((hba1c(8.1),), ("present", None)),
        ((hba1c(8.0),), ("unknown", "possible")),
        ((hba1c(6.5),), ("unknown", "possible")),
        ((hba1c(14, comparator=">"),), ("present", None)),
        ((hba1c(5, comparator="<"),), ("unknown", "not-computable")),
        ((hba1c(6, comparator=">"),), ("unknown", "not-computable")),
        ((hba1c(8, comparator=">"),), ("present", None)),
        ((hba1c(8, comparator=">="),), ("unknown", "possible")),
        ((hba1c(48, unit="mmol/mol"),), ("unknown", "not-computable")),
        ((DIABETES,), ("absent", None)),
        ((DIABETES, hba1c(8.0)), ("absent", None)),
        ((DIABETES, hba1c(8.1)), ("present", None)),
        ((DIABETES, hba1c(60, unit="mmol/mol")), ("unknown", "not-computable")),
    ],
)
def test_diabetes_control_is_judged_by_hba1c_whatever_the_problem_list_says(more, expected):
    assert of("uncontrolled-diabetes", added(V01, *more)) == expected


def test_diabetes_without_a_recent_hba1c_is_open_and_hba1c_suggested():
    missing = added(removed(V01, "hba1c"), DIABETES)
    assert of("uncontrolled-diabetes", missing) == ("unknown", "no-data")
    assert labels(missing) == ["HbA1c"]
    stale = added(missing, hba1c(7, when="2025-01-01"))
    assert of("uncontrolled-diabetes", stale) == ("unknown", "stale")


def test_no_diabetes_is_worded_as_none_recorded():
    assert "no diabetes recorded" in card_of(removed(V01, "hba1c"), SERVICE)["detail"]
    assert of("uncontrolled-diabetes", removed(V01, "hba1c")) == ("absent", None)


def test_an_hba1c_above_the_limit_is_a_warning():
    assert card_of(added(V01, hba1c(8.0)), SERVICE)["indicator"] == "info"
    assert card_of(added(V01, hba1c(8.1)), SERVICE)["indicator"] == "warning"


def t_score(value, when="2026-01-01", unit="{T-score}", comparator=None):
    quantity = {"value": value, "unit": unit}
    quantity |= {"comparator": comparator} if comparator else {}
    return lab("38267-1", value, id=f"t-{unit}-{value}", when=when) | {"valueQuantity": quantity}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ((t_score(-0.6),), ("absent", None)),
        ((t_score(-1.0),), ("absent", None)),
        ((t_score(-1.1),), ("unknown", "between-thresholds")),
        ((t_score(-2.5),), ("present", None)),
        ((t_score(-0.6, unit="SD"),), ("absent", None)),
        ((t_score(-0.6, unit="T-score"),), ("absent", None)),
        ((t_score(0.9, unit="g/cm2"),), ("unknown", "not-computable")),
        ((t_score(0.9, unit="g/cm2"), t_score(-0.6)), ("absent", None)),
        ((t_score(-0.6, unit="standard deviations"),), ("absent", None)),
        ((t_score(0.9, unit="g/cm2"), t_score(-2.6)), ("present", None)),
        ((t_score(-2.5, comparator=">"),), ("unknown", "not-computable")),
        ((t_score(-2.5, comparator=">="),), ("unknown", "not-computable")),
        ((t_score(-2.5, comparator="<"),), ("present", None)),
        ((t_score(-1.0, comparator=">"),), ("absent", None)),
        ((t_score(0, comparator="<"),), ("unknown", "not-computable")),
        ((t_score(-3, when="2024-02-28"),), ("unknown", "stale")),
        ((), ("unknown", "no-data")),
        ((condition(icd("M81.0"), id="bone"),), ("present", None)),
        ((condition(icd("M85.80"), id="bone"),), ("unknown", "between-thresholds")),
        ((condition(icd("M85.80"), id="bone"), t_score(-0.6)), ("unknown", "between-thresholds")),
    ],
)
def test_bone_quality_is_judged_by_codes_and_the_lowest_current_t_score(more, expected):
    assert of("poor-bone-quality", added(removed(V01, "dxa"), *more)) == expected


def test_a_bone_density_in_another_unit_is_no_t_score_and_a_dxa_all_the_same():
    in_grams = added(removed(V01, "dxa"), t_score(0.9, unit="g/cm2"))
    assert labels(in_grams) == []


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_of_two_answers_of_one_day_the_adverse_one_leads_whatever_their_ids(names):
    never, current = smoking(NEVER) | {"id": names[0]}, smoking(SMOKER) | {"id": names[1]}
    assert of("tobacco-use", added(removed(V01, "smoking"), never, current)) == ("present", None)


@pytest.mark.parametrize("key", ["observations", "conditions"])
@pytest.mark.parametrize("risk", ["tobacco-use", "uncontrolled-diabetes", "poor-bone-quality"])
def test_absence_of_a_risk_needs_its_searches(risk, key):
    assert of(risk, without(V01, (key,))) == ("unknown", "not-searched")


def test_what_is_present_by_code_stands_without_the_observations():
    coded = added(V01, condition(icd("F17.210"), id="s"), condition(icd("M81.0"), id="o"))
    request = without(coded, ("observations",))
    assert of("tobacco-use", request)[0] == "present"
    assert of("poor-bone-quality", request)[0] == "present"


def test_a_high_value_of_a_partial_search_is_not_known_to_be_the_newest():
    request = added(V01, hba1c(9))
    bundle = request["prefetch"]["observations"]
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}
    bundle["entry"].append({"resource": failed, "search": {"mode": "outcome"}})
    assert of("uncontrolled-diabetes", request) == ("unknown", "not-searched")
    assert loinc("4548-4")["coding"][0]["code"] == "4548-4"


# Problems in words

BARE = removed(V01, "hba1c", "albumin", "vitamin-d", "dxa", "smoking")


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("Type 2 diabetes mellitus", "uncontrolled-diabetes"),
        ("Severe protein-calorie malnutrition", "nutritional-deficiency"),
        ("Osteoporosis", "poor-bone-quality"),
        ("Smoker", "tobacco-use"),
    ],
)
@pytest.mark.parametrize("request_", [V01, BARE], ids=["measured", "not measured"])
def test_a_risk_that_a_problem_names_in_words_is_possible_and_never_absent(request_, text, risk):
    found = judged(card_of(added(request_, condition({"text": text}, id="words")), SERVICE))[risk]
    assert (found["status"], found["reason"]) == ("unknown", "possible")
    assert found["evidence"][0]["quote"] == text


def test_diabetes_in_words_is_measured_like_a_coded_one():
    missing = removed(V01, "hba1c")
    assert labels(missing) == []
    assert labels(added(missing, condition({"text": "Diabetes mellitus"}, id="words"))) == ["HbA1c"]


def test_a_former_smoker_in_words_is_one_like_in_codes():
    words = condition({"text": "Former smoker"}, id="words")
    quit_ = condition(icd("F17.210"), id="quit", abatementDateTime="2025-09-01")
    bare = removed(V01, "smoking")
    assert of("tobacco-use", added(bare, words)) == ("unknown", "possible")
    assert of("tobacco-use", added(bare, words, quit_)) == ("absent", None)


@pytest.mark.parametrize(
    "code",
    [
        {"text": "Pregnancy, 12 weeks"},
        {"coding": [{"system": "urn:x", "code": "1", "display": "Normal pregnancy"}]},
    ],
    ids=["text", "display"],
)
def test_a_pregnancy_in_words_leaves_radiation_out(code):
    pregnant = added(removed(V01, *NO_CT), condition(code, id="words"))
    assert "CT lumbar spine without contrast" in labels(removed(V01, *NO_CT))
    assert not [label for label in labels(pregnant) if "CT" in label or "radiographs" in label]


def test_a_cauda_equina_syndrome_in_words_suppresses_what_is_to_optimise():
    urgent = added(BARE, condition({"text": "Cauda equina syndrome"}, id="words"))
    assert labels(urgent) == []
    assert "do not delay" in card_of(urgent, SERVICE)["detail"]


# Results that are not final yet


@pytest.mark.parametrize(
    ("code", "replaced", "risk", "suggestion"),
    [
        ("1751-7", ("albumin",), "nutritional-deficiency", "Albumin"),
        ("62292-8", ("vitamin-d",), "nutritional-deficiency", "25-OH vitamin D"),
        ("38267-1", ("dxa",), "poor-bone-quality", "DXA axial bone density"),
        ("4548-4", ("hba1c",), "uncontrolled-diabetes", "HbA1c"),
        ("72166-2", ("smoking",), "tobacco-use", "Smoking cessation counselling"),
    ],
)
def test_a_preliminary_result_is_said_to_be_one_and_not_asked_for_again(
    code, replaced, risk, suggestion
):
    bare = removed(V01, *replaced)
    waiting = added(bare, lab(code, 1, "%", id="waiting", status="preliminary"))
    assert of(risk, waiting) == ("unknown", "preliminary")
    assert judged(card_of(waiting, SERVICE))[risk]["evidence"][0]["resource"] == (
        "Observation/waiting"
    )
    assert suggestion not in labels(waiting)


@pytest.mark.parametrize(
    ("newer", "risk"),
    [
        (hba1c(9.8), "uncontrolled-diabetes"),
        (hba1c(5.0), "uncontrolled-diabetes"),
        (smoking(SMOKER, when="2026-02-20") | {"id": "newer"}, "tobacco-use"),
        (t_score(-2.9, when="2026-02-20"), "poor-bone-quality"),
        (albumin(2.2, **between(3.5, 5, "g/dL")), "nutritional-deficiency"),
        (lab("14338-8", 5, "mg/dL", id="pre", when="2026-02-20"), "nutritional-deficiency"),
        (lab("62292-8", 9, "ng/mL", id="d", when="2026-02-20"), "nutritional-deficiency"),
    ],
)
@pytest.mark.parametrize("state", ["preliminary", "registered"])
def test_a_newer_result_that_is_not_final_keeps_absent_from_being_said(newer, risk, state):
    assert of(risk) == ("absent", None)
    waiting = added(V01, newer | {"status": state})
    found = judged(card_of(waiting, SERVICE))[risk]
    assert (found["status"], found["reason"]) == ("unknown", "preliminary")
    assert found["evidence"][0]["resource"] == f"Observation/{newer['id']}"


def test_a_diabetic_is_not_controlled_while_a_newer_hba1c_is_not_final():
    waiting = added(V01, DIABETES, hba1c(9.8) | {"status": "preliminary"})
    assert of("uncontrolled-diabetes", waiting) == ("unknown", "preliminary")


@pytest.mark.parametrize(
    ("code", "replaced", "risk", "suggestion"),
    [
        ("14338-8", (), "nutritional-deficiency", None),
        ("62292-8", ("vitamin-d",), "nutritional-deficiency", "25-OH vitamin D"),
        ("38267-1", ("dxa",), "poor-bone-quality", "DXA axial bone density"),
        ("4548-4", ("hba1c",), "uncontrolled-diabetes", None),
        ("72166-2", ("smoking",), "tobacco-use", None),
    ],
)
def test_a_result_that_was_never_made_final_and_is_too_old_is_no_open_question(
    code, replaced, risk, suggestion
):
    bare = removed(V01, *replaced)
    old = added(bare, lab(code, 1, "%", id="old", status="preliminary", when="2023-01-10"))
    assert of(risk, old) == of(risk, bare)
    assert labels(old) == ([suggestion] if suggestion else [])


def test_a_preliminary_result_older_than_the_final_one_is_no_open_question():
    older = lab("1751-7", 1, "g/dL", id="older", status="preliminary", when="2025-12-01")
    assert of("nutritional-deficiency", added(V01, older)) == ("absent", None)


def test_a_pregnancy_is_said_where_it_leaves_suggestions_out():
    pregnant = added(removed(V01, *NO_CT), condition(icd("O30.041"), id="pregnant"))
    assert (
        "Pregnancy is recorded: nothing with radiation is suggested."
        in (card_of(pregnant, SERVICE)["detail"])
    )
    assert not [label for label in labels(pregnant) if "CT" in label or "radiographs" in label]
    assert "Pregnancy" not in card_of(V01, SERVICE)["detail"]


def test_the_drafts_refer_to_the_evidence():
    stale = added(removed(V01, "albumin"), lab("1751-7", 4, "g/dL", id="old", when="2024-01-01"))
    (draft,) = [
        s["actions"][0]["resource"]
        for s in card_of(stale, SERVICE)["suggestions"]
        if s["label"] == "Albumin"
    ]
    assert {"reference": "Observation/vitamin-d"} in draft["supportingInfo"]


def test_what_the_article_does_not_say_is_labelled_so():
    """Clinical.md 1.2: RV-X2 and RV-X3 are add-ons of ours."""
    label = "not from the source article"
    solid = report("new", **said("solid-fusion"), results=[INTACT], when="2026-02-01")
    card = card_of(added(removed(V01, *NO_CT), solid, INTACT), SERVICE)
    assert f"Newest CT contradicts the stated indication ({label})." in card["detail"]
    urgent = card_of(added(V01, condition(icd("G83.4"), id="cauda-equina")), SERVICE)
    (notice,) = [p for p in urgent["detail"].split("\n\n") if p.startswith("Cauda equina")]
    assert label in notice


INTACT = finding("loosening", ABSENT, id="intact") | {"code": icd("T84.226A")}


def test_a_summary_names_whole_causes_and_counts_the_others():
    causes = ["nonunion conflicting", "infection possible", "order omits levels", "HbA1c high"]
    short = in_short("Revision fusion: partly matches", causes)
    assert short == "; ".join(["Revision fusion: partly matches", *causes])
    long = in_short("Revision fusion: " + "x" * 60, causes)
    assert long.endswith("; infection possible; 2 more")
    assert len(long) < 140


def test_an_unchecked_card_says_the_tally_first_and_keeps_its_length(tmp_path):
    """Contract, "Cards"."""
    path = tmp_path / "clinical.yaml"
    path.write_text("card.maxDetailCharacters: 2000")
    settings = Settings(value_sets=VALUE_SETS, clinical=path, unchecked_as_card=True)
    nothing = ordered("22849") | {"prefetch": {}}
    card = card_of(nothing, SERVICE, deploy(settings, services(), lambda: AS_OF))
    assert "not checked" in card["summary"]
    assert card["detail"].startswith("**0 of 4 source criteria found")
    assert "Nothing was checked" in card["detail"]
    assert len(card["detail"]) <= 2000
