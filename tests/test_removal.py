"""The removal guideline on whole requests: what its criteria, risk factors and card add."""

from copy import deepcopy

import pytest

from cds_service.app import deploy
from cds_service.settings import Settings
from fhir_fixtures import VALUE_SETS, load_request
from hooks import services
from tests.chart import (
    ABSENT,
    AS_OF,
    PRESENT,
    added,
    assessment_of,
    call,
    card_of,
    concept,
    condition,
    cpt,
    finding,
    fusion,
    icd,
    judged,
    lab,
    note,
    procedure,
    removed,
    report,
    said,
    snomed,
    without,
)

SERVICE = "spinal-hardware-removal"
H01 = load_request("removal-solid-fusion")
WITHOUT_NOTE = removed(H01, "clinic-note")
L1L2, L5S1, ILIUM, LUMBAR = "243920003", "243927000", "22356005", "122496007"


def of(criterion_id, request=H01):
    found = judged(card_of(request, SERVICE))[criterion_id]
    return found["status"], found.get("reason")


def ordered(text="Removal of screws L4-S1", sites=()):
    """H01 with another order."""
    request = deepcopy(H01)
    order = request["context"]["draftOrders"]["entry"][0]["resource"]
    order["code"]["text"] = text
    order["bodySite"] = [snomed(site) for site in sites]
    return request


def labels(request):
    return [s["label"] for s in card_of(request, SERVICE).get("suggestions", ())]


def configured(tmp_path, text):
    path = tmp_path / "clinical.yaml"
    path.write_text(text)
    return deploy(Settings(value_sets=VALUE_SETS, clinical=path), services(), lambda: AS_OF)


@pytest.mark.parametrize(
    ("request_", "open_points"),
    [(H01, set()), (WITHOUT_NOTE, {"no-radicular-symptoms", "expectations-discussed"})],
    ids=["with its note", "by coded data alone"],
)
def test_the_fixture_patient_meets_every_criterion(request_, open_points):
    found = {k: v["status"] for k, v in judged(card_of(request_, SERVICE)).items()}
    assert {k for k, status in found.items() if status not in ("met", "absent")} == open_points


# Pain


def test_pain_coded_without_a_site_is_not_localised():
    request = removed(WITHOUT_NOTE, "implant-pain", "back-pain")
    assert of("axial-pain-at-hardware", request) == ("unknown", "no-data")
    somewhere = added(request, condition(icd("M54.50"), id="pain"))
    found = judged(card_of(somewhere, SERVICE))["axial-pain-at-hardware"]
    assert (found["status"], found["evidence"][0]["resource"]) == ("unknown", "Condition/pain")
    assert "pain documented without location" in card_of(somewhere, SERVICE)["detail"]


def test_pain_at_the_iliac_screws_matches_an_order_for_them():
    assert of("pain-matches-hardware-site") == ("met", None)
    lumbar = condition(icd("T84.84XA"), id="lumbar", bodySite=[snomed(LUMBAR)])
    elsewhere = added(removed(WITHOUT_NOTE, "implant-pain"), lumbar)
    assert of("pain-matches-hardware-site", elsewhere) == ("unknown", "no-data")


def test_pain_matches_an_order_for_lumbar_screws_by_its_level():
    here = condition(icd("T84.84XA"), id="here", bodySite=[snomed(L5S1)])
    assert of("pain-matches-hardware-site", ordered()) == ("unknown", "no-data")
    assert of("pain-matches-hardware-site", added(ordered(), here)) == ("met", None)


def test_an_order_that_names_no_level_is_for_the_construct():
    assert of("pain-matches-hardware-site", ordered("Removal of hardware")) == ("met", None)


@pytest.mark.parametrize(("keys", "reason"), [((), "no-data"), (("conditions",), "not-searched")])
def test_without_any_coded_pain_the_site_is_not_known(keys, reason):
    request = without(removed(WITHOUT_NOTE, "implant-pain"), keys)
    assert of("pain-matches-hardware-site", request) == ("unknown", reason)


# Pseudarthrosis and adjacent segments


def test_a_coded_nonunion_contradicts_although_the_ct_is_solid():
    request = added(H01, condition(icd("M96.0"), id="nonunion"))
    assert of("no-pseudarthrosis", request) == ("not-met", None)
    assert of("solid-fusion-on-ct", request) == ("met", None)
    assert "removal alone contradicts the source article" in card_of(request, SERVICE)["detail"]


def test_an_unconfirmed_nonunion_is_possible():
    hinted = condition(icd("M96.0"), id="maybe", verification="provisional")
    assert of("no-pseudarthrosis", added(H01, hinted)) == ("unknown", "possible")


@pytest.mark.parametrize("code", ["24972-2", "24968-0"])
def test_nonunion_on_another_modality_is_possible_and_leaves_the_ct_what_it_says(code):
    request = added(H01, report("film", code=code, when="2024-01-01", **said("nonunion")))
    assert of("no-pseudarthrosis", request) == ("unknown", "possible")
    assert of("solid-fusion-on-ct", request) == ("met", None)
    assert card_of(request, SERVICE)["indicator"] == "warning"


def test_without_the_problem_list_a_solid_ct_does_not_exclude_pseudarthrosis():
    assert of("no-pseudarthrosis", without(H01, ("conditions",))) == ("unknown", "not-searched")


@pytest.mark.parametrize(
    ("value", "site", "expected"),
    [
        (PRESENT, L1L2, ("not-met", None)),
        (ABSENT, None, ("met", None)),
        (ABSENT, "243921004", ("met", None)),  # what the CT says of L1-L2 stands
    ],
)
def test_adjacent_segments_are_judged_by_the_newest_report_that_speaks_of_each(
    value, site, expected
):
    result = finding("adjacent-segment-disease", value, site)
    newer = report("mr", code="24968-0", when="2026-02-01", results=[result])
    assert of("no-adjacent-segment-disease", added(H01, newer, result)) == expected


def test_adjacent_disease_affirmed_and_denied_without_levels_conflicts():
    yes = finding("adjacent-segment-disease")
    no = finding("adjacent-segment-disease", ABSENT)
    newer = report("mr", code="24968-0", when="2026-02-01", results=[yes, no])
    expected = ("unknown", "conflicting")
    assert of("no-adjacent-segment-disease", added(H01, newer, yes, no)) == expected


def silent_on_neighbours(*more, ct=None):
    return added(removed(H01, "ct-1", "ct-1-adjacent"), *more, *([ct] if ct else []))


@pytest.mark.parametrize(
    ("ct", "reason"),
    [
        (None, "no-data"),
        (report("new", **said("solid-fusion")), "no-data"),
        (report("new", conclusion="Anschlusssegmente unauffällig."), "uncertain-text"),
        (report("new", presentedForm=[{"contentType": "application/pdf"}]), "unreadable"),
    ],
    ids=["no ct", "silent", "text", "pdf"],
)
def test_without_a_statement_on_the_adjacent_segments_they_stay_open(ct, reason):
    request = silent_on_neighbours(ct=ct)
    assert of("no-adjacent-segment-disease", request) == ("unknown", reason)


def test_a_code_of_degeneration_at_an_adjacent_level_makes_disease_there_possible():
    worn = condition(icd("M51.36"), id="worn", bodySite=[snomed(L1L2)])
    request = silent_on_neighbours(worn)
    assert of("no-adjacent-segment-disease", request) == ("unknown", "possible")


def test_a_denial_that_is_stale_or_followed_by_unread_text_does_not_meet():
    old = report("old", when="2024-06-01", results=[finding("adjacent-segment-disease", ABSENT)])
    chart = silent_on_neighbours(old, finding("adjacent-segment-disease", ABSENT))
    assert of("no-adjacent-segment-disease", chart) == ("unknown", "stale")
    unread = added(chart, report("new", conclusion="See images."))
    assert of("no-adjacent-segment-disease", unread) == ("unknown", "uncertain-text")


@pytest.mark.parametrize("code", ["nonunion", "adjacent-segment-disease"])
def test_a_result_that_did_not_arrive_never_turns_its_report_into_a_better_one(code):
    here = finding(code, PRESENT, L5S1)
    affirmed = {"conclusionCode": said("solid-fusion")["conclusionCode"], "results": [here]}
    request = added(removed(H01, "ct-1"), report("ct-2", **affirmed), here)
    found = of("solid-fusion-on-ct", without(request, ("observations",)))
    assert found == ("unknown", "not-searched")


# Hardware, interval, care


@pytest.mark.parametrize(
    "more",
    [
        (condition(icd("T84.216A"), id="broken"),),
        (report("new", when="2026-02-01", **said("prominence")),),
        (report("new", when="2026-02-01", **said("loosening")),),
    ],
    ids=["coded", "prominent", "loose"],
)
def test_hardware_is_symptomatic_by_code_or_by_image(more):
    bare = removed(WITHOUT_NOTE, "implant-pain")
    assert of("hardware-symptomatic", bare)[0] == "unknown"
    assert of("hardware-symptomatic", added(bare, *more)) == ("met", None)


@pytest.mark.parametrize(
    ("when", "interval", "short"),
    [
        ("2024-03-01", ("met", None), ("absent", None)),
        ("2024-03-02", ("unknown", "between-thresholds"), ("present", None)),
        ("2024-09-01", ("unknown", "between-thresholds"), ("present", None)),
        ("2024-09-02", ("not-met", None), ("present", None)),
        ("2024", ("unknown", "imprecise-date"), ("unknown", "imprecise-date")),
        ("2023", ("met", None), ("absent", None)),
    ],
)
def test_the_interval_counts_from_the_last_fusion_in_bands(when, interval, short):
    request = added(H01, fusion("Fusion L5-S1", when=when, id="later"))
    assert of("interval-since-fusion", request) == interval
    assert of("short-interval", request) == short


def test_a_fusion_without_date_leaves_the_interval_open():
    request = added(H01, fusion("Fusion L5-S1", when=None, id="undated"))
    assert of("interval-since-fusion", request)[0] == "unknown"


@pytest.mark.parametrize("status", ["unknown", "stopped"])
@pytest.mark.parametrize(
    ("certain", "uncertain", "interval", "short"),
    [
        ("2022-11-01", "2025-10-01", ("unknown", "imprecise-date"), ("unknown", "imprecise-date")),
        ("2022-11-01", "2024-05-01", ("unknown", "imprecise-date"), ("unknown", "imprecise-date")),
        ("2022-11-01", None, ("unknown", "imprecise-date"), ("unknown", "imprecise-date")),
        ("2022-11-01", "2023-05-01", ("met", None), ("absent", None)),
        ("2022-11-01", "2022-10-01", ("met", None), ("absent", None)),
        ("2024-04-01", "2022-10-01", ("unknown", "between-thresholds"), ("present", None)),
        ("2024-04-01", "2025-10-01", ("unknown", "imprecise-date"), ("present", None)),
        ("2025-04-01", "2025-10-01", ("not-met", None), ("present", None)),
        ("2025-04-01", None, ("not-met", None), ("present", None)),
    ],
)
def test_a_fusion_that_may_have_taken_place_counts_where_it_would_shorten_the_interval(
    status, certain, uncertain, interval, short
):
    request = added(
        removed(H01, "fusion"),
        fusion(when=certain),
        fusion("Fusion L5-S1", uncertain, id="uncertain", status=status),
    )
    assert of("interval-since-fusion", request) == interval
    assert of("short-interval", request) == short


def test_a_last_fusion_within_a_month_is_too_young_on_every_day_of_it():
    request = added(H01, fusion("Fusion L5-S1", when="2024-09", id="later"))
    assert of("interval-since-fusion", request) == ("unknown", "imprecise-date")
    assert of("short-interval", request) == ("present", None)


def test_without_procedures_interval_and_care_are_not_searched():
    request = without(WITHOUT_NOTE, ("procedures",))
    for criterion_id in ("interval-since-fusion", "conservative-care-tried"):
        assert of(criterion_id, request) == ("unknown", "not-searched")


PHYSIOTHERAPY = procedure(snomed("91251008"), id="pt")
TALK = procedure(
    concept("https://example.org/fhir/CodeSystem/procedure", "outcome-counselling"), id="talk"
)


@pytest.mark.parametrize(
    ("performed", "expected"),
    [
        ({"performedDateTime": "2015-05-01"}, ("unknown", "no-data")),
        ({"performedPeriod": {"start": "2015-05-01", "end": "2015-08-01"}}, ("unknown", "no-data")),
        ({"performedDateTime": "2022"}, ("unknown", "possible")),
        (
            {"performedPeriod": {"start": "2022-05-01", "end": "2023-05-01"}},
            ("unknown", "possible"),
        ),
        ({}, ("unknown", "possible")),
        ({"performedDateTime": "2023"}, ("met", None)),
        ({"performedDateTime": "2025-05-01"}, ("met", None)),
    ],
)
@pytest.mark.parametrize(
    ("criterion_id", "care"),
    [("conservative-care-tried", PHYSIOTHERAPY), ("expectations-discussed", TALK)],
)
def test_care_counts_since_the_last_fusion_as_notes_do(criterion_id, care, performed, expected):
    bare = removed(WITHOUT_NOTE, "fusion", "physical-therapy")
    request = added(bare, fusion(when="2022-11-01"), care | performed)
    assert of(criterion_id, request) == expected


def test_care_without_a_date_hints_and_conflicts_with_a_note_that_denies_it():
    bare = removed(WITHOUT_NOTE, "physical-therapy")
    never = note("Physical therapy was not tried.")
    assert of("conservative-care-tried", added(bare, never)) == ("not-met", None)
    found = judged(card_of(added(bare, never, PHYSIOTHERAPY), SERVICE))["conservative-care-tried"]
    assert (found["status"], found["reason"]) == ("unknown", "conflicting")
    shown = [e["resource"] for e in found["evidence"]]
    assert shown == ["Procedure/pt", "DocumentReference/note"]


def test_counselling_in_the_sites_own_code_is_documented_talk():
    system = "https://example.org/fhir/CodeSystem/procedure"
    talk = procedure(
        {"coding": [{"system": system, "code": "outcome-counselling"}]},
        id="talk",
        performedDateTime="2026-02-01",
    )
    assert of("expectations-discussed", added(WITHOUT_NOTE, talk)) == ("met", None)


# Risk factors and the card


def test_scoliosis_without_infection_is_no_deformity_with_infection():
    curved = condition(icd("M41.20"), id="curve")
    infected = condition(icd("T84.63XA"), id="infected")
    assert of("deformity-with-infection", added(H01, curved)) == ("absent", None)
    assert of("deformity-with-infection", added(H01, curved, infected)) == ("present", None)
    assert of("deformity-with-infection", added(H01, infected)) == ("absent", None)
    open_question = added(removed(H01, "esr"), curved)
    assert of("deformity-with-infection", open_question) == ("unknown", "no-data")


@pytest.mark.parametrize(
    "curved",
    [
        condition(icd("M41.86"), id="curve", verification="provisional"),
        condition({"text": "Adult degenerative scoliosis"}, id="curve"),
    ],
    ids=["provisional", "in words"],
)
def test_a_scoliosis_that_is_only_possible_leaves_deformity_with_infection_open(curved):
    infected = added(H01, condition(icd("T84.63XA"), id="infected"), curved)
    assert of("deformity-with-infection", infected) == ("unknown", "possible")
    assert of("deformity-with-infection", added(H01, curved)) == ("absent", None)


def test_opioid_dependence_in_words_is_possible_regular_use():
    assert of("regular-opioid-use", H01) == ("absent", None)
    named = added(H01, condition({"text": "Opioid dependence"}, id="words"))
    assert of("regular-opioid-use", named) == ("unknown", "possible")


def test_curve_loss_is_hidden_without_scoliosis_and_shown_with_it():
    assert "Scoliosis together with infection" not in card_of(H01, SERVICE)["detail"]
    curved = added(H01, condition(icd("M41.20"), id="curve"))
    assert "Scoliosis together with infection" in card_of(curved, SERVICE)["detail"]


@pytest.mark.parametrize(
    ("born", "cards"), [("2008-03-01", 1), ("2008-03-02", 0), ("2008", 1), (None, 1)]
)
def test_only_a_patient_known_to_be_a_child_is_out_of_scope(born, cards):
    request = deepcopy(H01)
    request["prefetch"]["patient"]["birthDate"] = born
    found = call(request, SERVICE)["cards"]
    assert len(found) == cards
    if born is None:
        assert "age not known" in found[0]["detail"]


def test_an_order_without_region_follows_the_known_construct():
    bare = ordered("Removal of hardware")
    assert len(call(bare, SERVICE)["cards"]) == 1
    neck = procedure(cpt("22600"), id="neck", performedDateTime="2020-01-01")
    assert len(call(added(bare, neck), SERVICE)["cards"]) == 1
    only_neck = added(removed(bare, "fusion", "ct-1"), neck)
    assert call(only_neck, SERVICE) == {"cards": []}
    seen_on_ct = added(removed(bare, "fusion"), neck)
    assert len(call(seen_on_ct, SERVICE)["cards"]) == 1
    unsaid = added(removed(bare, "fusion"), procedure(cpt("22842"), id="unsaid"))
    assert len(call(unsaid, SERVICE)["cards"]) == 1


def test_pain_of_the_sacroiliac_joint_is_named_as_another_source():
    request = added(H01, condition(icd("M53.3"), id="si"))
    assert "Another source of pain is recorded" in card_of(request, SERVICE)["detail"]


def test_a_ct_is_suggested_only_where_it_would_answer():
    ct, no_ct = "CT lumbar spine without contrast", removed(H01, "ct-1", "ct-1-study")
    assert ct in labels(no_ct)
    assert ct not in labels(H01)
    assert ct not in labels(removed(H01, "ct-1"))  # a study of 2026-01-04 wants its report
    assert ct not in labels(without(no_ct, ("diagnostic_reports",)))
    coded = added(no_ct, condition(icd("M96.0"), id="nonunion"))
    assert ct not in labels(coded)


def test_a_ct_drafted_in_the_session_is_pending_and_not_suggested():
    request = removed(H01, "ct-1")
    order = deepcopy(request["context"]["draftOrders"]["entry"][0])
    order["resource"] |= {"id": "ct", "code": cpt("72131"), "bodySite": []}
    request["context"]["draftOrders"]["entry"].append(order)
    card = card_of(request, SERVICE)
    assert "its result is pending" in card["detail"]
    assert "CT lumbar spine without contrast" not in labels(request)


@pytest.mark.parametrize(
    ("ct", "words"),
    [
        (report("new", presentedForm=[{"contentType": "application/pdf"}]), "open it"),
        (report("new", status="preliminary"), "ask for the final report"),
    ],
)
def test_the_card_asks_for_what_the_newest_report_lacks(ct, words):
    assert words in card_of(added(removed(H01, "ct-1"), ct), SERVICE)["detail"]


def test_esr_and_crp_are_suggested_when_missing_and_not_when_infection_is_known():
    bare = removed(H01, "esr")
    assert {"ESR", "CRP"} <= set(labels(bare))
    infected = added(bare, condition(icd("T84.63XA"), id="infected"))
    assert not {"ESR", "CRP"} & set(labels(infected))
    assert not {"ESR", "CRP"} & set(labels(without(bare, ("observations",))))


def test_cultures_and_silence_are_settings(tmp_path):
    deployment = configured(tmp_path, "suggest.intraopCulture: false\ncard.when: open-points\n")
    assert call(H01, SERVICE, deployment)["cards"] == []
    card = card_of(WITHOUT_NOTE, SERVICE, deployment)
    assert "suggestions" not in card
    assert "Intra-operative deep tissue cultures" in labels(H01)


def test_a_preliminary_score_is_said_to_be_one():
    waiting = lab("97909-6", 52, "{score}", id="waiting", status="preliminary")
    request = added(removed(H01, "odi", "odi-1", "pain"), waiting)
    assert of("function-limited", request) == ("unknown", "preliminary")


def with_result_of_ct(request, *arrived):
    """The CT of H01 names one more result, which is a sign of infection, and may not arrive."""
    changed = deepcopy(request)
    for entry in changed["prefetch"]["diagnostic_reports"]["entry"]:
        if entry["resource"]["id"] == "ct-1":
            entry["resource"].setdefault("result", []).append({"reference": "Observation/x"})
    return added(changed, *arrived)


INFECTED = finding("x", id="x") | {"code": icd("T84.63XA"), "valueBoolean": True}
del INFECTED["valueCodeableConcept"]


def test_a_result_of_the_ct_that_did_not_arrive_is_no_finding_less():
    """A search for single codes does not bring what is coded by a family (rule 1; PRE-25)."""
    arrived, missing = with_result_of_ct(H01, INFECTED), with_result_of_ct(H01)
    assert of("no-evidence-of-infection", arrived) == ("not-met", None)
    for criterion in ("no-evidence-of-infection", "solid-fusion-on-ct"):
        assert of(criterion, missing) == ("unknown", "not-searched")
    assert card_of(missing, SERVICE)["indicator"] == "warning"


@pytest.mark.parametrize("status", ["final", "preliminary"])
def test_an_unread_mri_is_a_warning_whatever_reason_comes_before(status):
    """Contract, "Cards"; rule 11 orders reasons, and not warnings."""
    form = {"presentedForm": [{"contentType": "application/pdf", "data": "AAAA"}]}
    mr = report("m", "24968-0", "2026-02-25", **form)
    words = {"conclusion": "Regelrechter Befund, keine Fluessigkeit."}
    other = report("n", "24968-0", "2026-02-24", status, **words)
    later = procedure(
        {"text": "Lumbar laminectomy L3-L4"}, id="later", performedDateTime="2026-02-20"
    )
    unread = added(H01, mr, other, later)
    assert of("no-evidence-of-infection", unread) == ("unknown", "before-surgery")
    assert card_of(unread, SERVICE)["indicator"] == "warning"


@pytest.mark.parametrize("status", [None, "unknown", "registered"])
def test_a_culture_that_grew_counts_as_possible_without_a_status_that_is_known(status):
    """Contract, rule 2: what does not say whether it counts is not nothing."""
    grown = lab("6462-6", 0, id="grown", when="2025-06-01", status=status)
    del grown["valueQuantity"]
    grown |= {"valueCodeableConcept": snomed(PRESENT)}
    later = {**grown, "id": "later", "status": "final", "effectiveDateTime": "2026-01-01"}
    later["valueCodeableConcept"] = snomed(ABSENT)
    found = added(H01, {k: v for k, v in grown.items() if v is not None}, later)
    assert of("no-evidence-of-infection", found) == ("unknown", "possible")


def test_a_report_of_unknown_status_is_not_final():
    nonunion = report("new", **said("nonunion"), when="2026-02-10", status="unknown")
    assert of("solid-fusion-on-ct", added(H01, nonunion)) == ("unknown", "preliminary")


def test_an_old_ct_alone_does_not_show_symptomatic_hardware():
    """Contract, rule 12: age bars met of every imaging criterion."""
    bare = removed(WITHOUT_NOTE, "implant-pain", "ct-1")
    loose = finding("nonunion", id="loose") | {"code": icd("T84.226A"), "valueBoolean": True}
    del loose["valueCodeableConcept"]
    young, old = (
        added(bare, report("new", results=[loose], when=when), loose)
        for when in ("2026-01-04", "2024-12-01")
    )
    assert of("hardware-symptomatic", young) == ("met", None)
    assert of("hardware-symptomatic", old) == ("unknown", "stale")


def test_an_order_as_evidence_has_the_day_it_was_written():
    """Contract: evidence about a resource has its date when the resource has one."""
    request = ordered("Removal of left iliac screw")
    order = request["context"]["draftOrders"]["entry"][0]["resource"]
    order["reasonCode"] = [icd("M54.16")]
    order["authoredOn"] = "2026-02-28T08:00:00Z"
    found = judged(card_of(request, SERVICE))["no-radicular-symptoms"]["evidence"]
    assert [(e["date"], e["origin"]) for e in found if e["origin"] == "order"] == [
        ("2026-02-28", "order")
    ]


def test_an_order_that_stands_twice_in_the_session_is_named_once():
    request = deepcopy(H01)
    request["context"]["draftOrders"]["entry"] *= 2
    assert (
        assessment_of(card_of(request, SERVICE))["orders"]
        == assessment_of(card_of(H01, SERVICE))["orders"]
    )
