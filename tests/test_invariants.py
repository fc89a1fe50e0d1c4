"""What holds for every chart (clinical.md 6; faults.md T12 and T13; ARCHITECTURE.md).

``make test-full`` runs the five thousand cases of faults.md section 5.
"""

from copy import deepcopy
from itertools import combinations

import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_service.protocol.errors import NothingReadableError
from fhir_fixtures import load_request
from tests.chart import (
    ESR,
    KEY_OF_TYPE,
    SERVICE_OF,
    added,
    assessment_of,
    between,
    call,
    card_of,
    condition,
    cpt,
    days_ago,
    finding,
    fusion,
    icd,
    judged,
    lab,
    loinc,
    note,
    procedure,
    report,
    rxnorm,
    said,
    searchset,
    snomed,
    without,
)
from tests.chart import concept as coded
from tests.full import FULL

EXAMPLES = 2500 if FULL else 60
example = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
FAILURE = {
    "resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]},
    "search": {"mode": "outcome"},
}
OXYCODONE = {
    "resourceType": "MedicationRequest",
    "id": "oxycodone",
    "status": "active",
    "intent": "order",
    "authoredOn": days_ago(120),
    "medicationCodeableConcept": rxnorm("1049686"),
    "dosageInstruction": [
        {
            "timing": {"repeat": {"frequency": 4, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "TAB"}}],
        }
    ],
    "dispenseRequest": {"expectedSupplyDuration": {"value": 120, "unit": "d", "code": "d"}},
}
NONUNION = finding("nonunion", site="243927000")
# Each of these says something of its own: alone and together they make the variations of H01, V01.
REMARKABLE = [
    condition(icd("M54.16"), id="radicular"),
    condition(icd("T84.63XA"), id="infected"),
    condition(icd("M96.0"), id="nonunion"),
    condition(icd("T84.216A"), id="broken"),
    condition(icd("E11.9"), id="diabetes"),
    condition(icd("M81.0"), id="osteoporosis"),
    condition(icd("F17.210"), id="smoker"),
    condition(icd("M41.20"), id="scoliosis"),
    condition(icd("Z33.1"), id="pregnant"),
    condition(icd("G83.4"), id="cauda-equina"),
    condition(icd("M96.0"), id="maybe", verification="provisional"),
    report("newer", when="2026-02-01", **said("nonunion")),
    report("older", when="2025-06-01", **said("nonunion")),
    report("solid", when="2026-02-01", **said("solid-fusion")),
    report("mixed", when="2026-02-03", results=[NONUNION], **said("solid-fusion")),
    NONUNION,
    report("draft-report", when="2026-02-01", status="preliminary"),
    report("pdf", when="2026-02-02", presentedForm=[{"contentType": "application/pdf"}]),
    report("film", code="24972-2", when="2026-02-01", **said("nonunion")),
    fusion("Fusion L4-S1", when="2024-09-01", id="later-fusion"),
    fusion("Fusion L4-S1", when=None, id="undated-fusion"),
    procedure(cpt("22852"), id="earlier-removal", performedDateTime="2024"),
    procedure(cpt("22852"), id="later-removal", performedDateTime="2026-02-20"),
    note("Nonunion at L5-S1. Loose S1 screws.", "filed-ct", "2026-02-20", "CT lumbar spine"),
    note("Nonunion at L5-S1. Prominent screw heads at L5.", "told", "2026-02-20"),
    procedure(cpt("22612"), id="maybe-fused", status="unknown", performedDateTime="2026-02-01"),
    procedure(cpt("22614"), id="any-region", performedDateTime="2024-05-01"),
    report("mr-text", code="24968-0", when="2026-02-01", conclusion="Disc disease at L1-L2."),
    report("loose-text", when="2026-02-04", conclusion="Solid.", conclusionCode=[icd("T84.296A")]),
    lab("4537-7", 60, id="esr-high", unit="mm/h", when="2026-02-20", **between(0, 20, "mm/h")),
    lab("4548-4", 9.1, id="hba1c-high", unit="%", when="2026-02-20"),
    lab("97909-6", 12, id="odi-low", unit="{score}", when="2026-02-20"),
    {**ESR, "id": "smoking-now", "code": loinc("72166-2"), "valueQuantity": None,
     "valueCodeableConcept": snomed("449868002"), "effectiveDateTime": "2026-02-20"},
    OXYCODONE,
    OXYCODONE | {"id": "no-name", "medicationCodeableConcept": rxnorm("99999999")},
    {"resourceType": "Coverage", "id": "wc", "status": "active",
     "type": coded(ACT_CODE, "WCBPOL"), "period": {"start": "2025-01-01"}},
    {"resourceType": "ServiceRequest", "id": "ct-ordered", "status": "active", "intent": "order",
     "code": loinc("30620-9")},
]  # fmt: skip


def bundles(request):
    return {k: v for k, v in request["prefetch"].items() if v and v["resourceType"] == "Bundle"}


BASES = {name: load_request(name) for name in SERVICE_OF}
NAMES = st.sampled_from(sorted(BASES))


@st.composite
def charts(draw):
    """A fixture patient, alone or with up to four remarkable resources; and its service."""
    name = draw(NAMES)
    more = draw(st.lists(st.sampled_from(REMARKABLE), max_size=4, unique_by=lambda r: r["id"]))
    return added(BASES[name], *more), SERVICE_OF[name]


def without_uuids(value):
    if isinstance(value, dict):
        return {k: without_uuids(v) for k, v in value.items() if k != "uuid"}
    return [without_uuids(v) for v in value] if isinstance(value, list) else value


def answered(request, service_id):
    return without_uuids(call(request, service_id))


def statuses(request, service_id):
    """The status of every criterion; nothing at all where nothing could be read (412)."""
    try:
        card = card_of(request, service_id)
    except NothingReadableError:
        return {}
    return {k: v["status"] for k, v in judged(card).items()}


def assert_only_towards_unknown(before, after):
    for criterion_id, status in after.items():
        assert status in ("unknown", before[criterion_id]), criterion_id


def assert_no_flip(before, after):
    """A status that stood falls to unknown or stays; what was open may be answered otherwise.

    It was open because of what is hidden now: contrary evidence, a date, a preliminary report.
    """
    for criterion_id, status in after.items():
        assert "unknown" in (status, before[criterion_id]) or status == before[criterion_id], (
            criterion_id
        )


# Nothing changes


@example
@given(charts(), st.randoms())
def test_the_order_of_the_rows_changes_nothing(chart, random):
    request, service_id = chart
    shuffled = deepcopy(request)
    for bundle in bundles(shuffled).values():
        random.shuffle(bundle["entry"])
    assert answered(shuffled, service_id) == answered(request, service_id)


@example
@given(charts(), st.data())
def test_the_same_resource_twice_changes_nothing(chart, data):
    request, service_id = chart
    doubled = deepcopy(request)
    key = data.draw(st.sampled_from(sorted(bundles(doubled))))
    entries = doubled["prefetch"][key]["entry"]
    doubled["prefetch"][key] = searchset([*entries, data.draw(st.sampled_from(entries))])
    assert answered(doubled, service_id) == answered(request, service_id)


def in_error(resource):
    """The same resource as one that was entered in error, in the spelling of its type."""
    wrong = resource | {"id": f"{resource['id']}-in-error"}
    if resource["resourceType"] == "Condition":
        return wrong | {"verificationStatus": coded("urn:verification", "entered-in-error")}
    return wrong | {"status": "entered-in-error"}


@example
@given(charts(), st.lists(st.sampled_from(REMARKABLE), min_size=1, max_size=5))
def test_what_was_entered_in_error_changes_nothing(chart, more):
    request, service_id = chart
    changed = added(request, *map(in_error, more))
    assert answered(changed, service_id) == answered(request, service_id)


@example
@given(charts())
def test_the_same_request_gives_the_same_answer_but_for_the_uuids(chart):
    request, service_id = chart
    assert answered(request, service_id) == answered(deepcopy(request), service_id)


# Only towards unknown


@example
@given(charts(), st.lists(st.sampled_from(REMARKABLE), min_size=1, max_size=4))
def test_resources_of_another_patient_never_flip_a_status(chart, more):
    request, service_id = chart
    changed = added(request, *more, patient_id="somebody-else")
    card = card_of(changed, service_id)
    assert_no_flip(statuses(request, service_id), {k: v["status"] for k, v in judged(card).items()})
    touched = {KEY_OF_TYPE[r["resourceType"]] for r in more} & set(request["prefetch"])
    unread = {u["key"]: u["reason"] for u in assessment_of(card).get("unread", ())}
    assert unread == dict.fromkeys(touched, "wrong-patient")


@example
@given(NAMES, st.lists(st.sampled_from(REMARKABLE), min_size=1, max_size=4))
def test_resources_of_another_patient_move_a_whole_chart_only_towards_unknown(name, more):
    request, service_id = BASES[name], SERVICE_OF[name]
    changed = added(request, *more, patient_id="somebody-else")
    assert_only_towards_unknown(statuses(request, service_id), statuses(changed, service_id))


def hidden(request, data):
    """The request with any rows hidden, and each search that lost some marked incomplete."""
    changed = deepcopy(request)
    for key, bundle in sorted(bundles(changed).items()):
        kept = [e for e in bundle["entry"] if data.draw(st.booleans())]
        if len(kept) < len(bundle["entry"]):
            changed["prefetch"][key] = searchset([*kept, FAILURE])
    return changed


@example
@given(NAMES, st.data())
def test_hiding_rows_of_an_incomplete_search_moves_only_towards_unknown(name, data):
    request, service_id = BASES[name], SERVICE_OF[name]
    found = statuses(hidden(request, data), service_id)
    assert_only_towards_unknown(statuses(request, service_id), found)


@example
@given(charts(), st.data())
def test_hiding_rows_of_any_chart_never_flips_a_status(chart, data):
    request, service_id = chart
    found = statuses(hidden(request, data), service_id)
    assert_no_flip(statuses(request, service_id), found)


@pytest.mark.parametrize("name", BASES)
@pytest.mark.parametrize("size", [1, 2])
def test_a_key_that_was_not_provided_moves_statuses_only_towards_unknown(name, size):
    request, service_id = BASES[name], SERVICE_OF[name]
    before = statuses(request, service_id)
    for keys in combinations(request["prefetch"], size):
        card = card_of(without(request, keys), service_id)
        found = {k: v["status"] for k, v in judged(card).items()}
        assert_only_towards_unknown(before, found)
        unread = {u["key"]: u["reason"] for u in assessment_of(card)["unread"]}
        assert unread == dict.fromkeys(keys, "not-provided")


@example
@given(charts(), st.data())
def test_keys_that_were_not_provided_never_flip_a_status_of_any_chart(chart, data):
    request, service_id = chart
    keys = data.draw(st.sets(st.sampled_from(sorted(request["prefetch"])), min_size=1))
    assert_no_flip(statuses(request, service_id), statuses(without(request, keys), service_id))


# Every answer


def empty_members(value, path="$"):
    if value is None or value in ("", [], {}):
        yield path
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from empty_members(member, f"{path}.{key}")
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from empty_members(member, f"{path}[{number}]")


FORBIDDEN = (
    "medically necessary",
    "medically unnecessary",
    "approved",
    "denied",
    "contraindicated",
    "rule out infection",
    "safe to",
    "non-smoker",
    "not diabetic",
    "critical",
)


@example
@given(charts(), st.data())
def test_every_card_keeps_the_rules_of_cards(chart, data):
    request, service_id = chart
    if data.draw(st.booleans()):
        request = hidden(request, data)
    try:
        answer = call(request, service_id)
    except NothingReadableError:
        return
    assert list(empty_members(answer)) == []
    (card,) = answer["cards"]
    assert len(card["summary"]) < 140
    assert card["indicator"] in ("info", "warning")
    assert ("suggestions" in card) == ("selectionBehavior" in card)
    for suggestion in card.get("suggestions", ()):
        (action,) = suggestion["actions"]
        assert action["type"] == "create"
        assert ServiceRequest.model_validate(action["resource"]).status == "draft"
    assert "Advisory" in card["detail"]
    assert "pending human review" in card["detail"]
    assert "pending human review" in card["source"]["label"]
    assert len(card["detail"]) <= 6000
    shown = f"{card['summary']}\n{card['detail']}".lower()
    assert [phrase for phrase in FORBIDDEN if phrase in shown] == []
    assert "systemActions" not in answer


@example
@given(charts())
def test_every_answer_has_dated_evidence_or_a_search_and_every_unknown_its_reason(chart):
    card = card_of(*chart)
    for judgement in judged(card).values():
        if judgement["status"] == "unknown":
            assert judgement["reason"]
        else:
            assert judgement["evidence"]
        for evidence in judgement.get("evidence", ()):
            assert ("resource" in evidence) != ("searched" in evidence)
            if evidence.get("resource") != "Procedure/undated-fusion":
                assert evidence["date"]


def test_the_variations_reach_every_status_of_nearly_every_criterion():
    found = {}
    for name, base in BASES.items():
        for more in [(), *combinations(REMARKABLE, 1)]:
            for criterion_id, status in statuses(added(base, *more), SERVICE_OF[name]).items():
                found.setdefault((name, criterion_id), set()).add(status)
    alone = {key for key, reached in found.items() if len(reached) == 1}
    assert len(alone) <= len(found) / 3, alone
