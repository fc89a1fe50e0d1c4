"""The two ways to run a scenario, at the engine and over HTTP, and the one expectation of both."""

from functools import cache

import orjson
import requests
from msgspec import Raw

from cds_service.engine.record import PatientRecord
from cds_service.fhir.access import Access
from cds_service.fhir.admission import Gate
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.draft_orders import read_draft_orders
from cds_service.fhir.gather import gather
from cds_service.fhir.templates import templates_of
from fhir_fixtures import AS_OF, load_request
from tests.scenarios import DEPLOYMENT, SERVICES

ABOUT_THE_CARD = frozenset(
    ("card", "suggests", "suggests not", "says", "says not", "unread", "about", "everything else")
)
SUGGESTIONS = {
    "CT lumbar spine": "CT lumbar spine without contrast",
    "flexion-extension radiographs": "Flexion-extension radiographs of the lumbar spine",
    "SPECT/CT": "SPECT/CT of the spine (optional adjunct)",
    "ESR": "ESR",
    "CRP": "CRP",
    "cultures": "Intra-operative deep tissue cultures",
    "HbA1c": "HbA1c",
    "albumin": "Albumin",
    "prealbumin": "Prealbumin",
    "vitamin D": "25-OH vitamin D",
    "DXA": "DXA axial bone density",
    "smoking cessation": "Smoking cessation counselling",
}
# The whole request of the fixtures that a patient's "everything else" is compared with.
BASELINES = {"H01": "removal-solid-fusion", "V01": "revision-nonunion"}


def at_the_engine(service, request, as_of):
    """Return the card by the stages themselves, without the protocol; None without a card."""
    context = request["context"]
    gate = Gate(context["patientId"], None)
    drafts = Raw(orjson.dumps(context["draftOrders"]))
    orders = read_draft_orders(drafts, gate, context.get("selections")).orders
    intent = service.recognise(orders, DEPLOYMENT.content)
    if intent is None:
        return None
    access = Access(context["patientId"], context, Raw(orjson.dumps(request["prefetch"])))
    found = gather(templates_of(service.prefetch), access, DEPLOYMENT.client, Deadline.after(1))
    terminology = DEPLOYMENT.content.terminology
    parts = (found.resources, found.searches, found.contained, found.is_here, found.void)
    record = PatientRecord(context["patientId"], as_of, terminology, *parts)
    inputs = service.read(record, intent, DEPLOYMENT.content)
    if inputs is None:
        return None
    card = service.advise(service.assess(record, inputs, intent.orders), inputs)
    return None if card is None else orjson.loads(orjson.dumps(card.as_json(lambda: "uuid")))


def over_http(base, service, request):
    """Return the only card of the answer; None without a card."""
    with requests.Session() as session:
        session.trust_env = False  # loopback only
        answer = session.post(f"{base}/cds-services/{service.id}", json=request, timeout=10)
    assert answer.status_code == 200, answer.text
    cards = answer.json()["cards"]
    assert len(cards) <= 1, "at most one card for each intent in one answer"
    return without_uuids(cards[0]) if cards else None


def without_uuids(card):
    suggestions = [suggestion | {"uuid": "uuid"} for suggestion in card.get("suggestions", [])]
    return card | {"uuid": "uuid"} | ({"suggestions": suggestions} if suggestions else {})


def judgements(card):
    """Return ``status`` or ``unknown, reason`` by the id of each criterion and risk factor."""
    assessment = card["extension"]["org.spine-cds.assessment"]
    judged = assessment["criteria"] + assessment.get("riskFactors", [])
    return {j["id"]: ", ".join(filter(None, (j["status"], j.get("reason")))) for j in judged}


@cache
def baseline(patient):
    name = BASELINES[patient]
    service = SERVICES[{"H": "spinal-hardware-removal", "V": "spinal-fusion-revision"}[patient[0]]]
    return judgements(at_the_engine(service, load_request(name), AS_OF))


def check(card, scenario):
    """Assert that a card, or its absence, is what the scenario expects."""
    expected = scenario["expect"]
    shown = "none" if card is None else card["indicator"]
    assert shown == expected.get("card", shown), card and card["detail"]
    if card is None:
        assert set(expected) == {"card"}, "without a card there is nothing else to expect"
        return
    found = judgements(card)
    wanted = {key: value for key, value in expected.items() if key not in ABOUT_THE_CARD}
    if "everything else" in expected:
        assert expected["everything else"] == f"like {scenario['like']}"
        wanted = baseline(scenario["like"]) | wanted
    odd = {
        k: f"{found.get(k)} where {v} is expected" for k, v in wanted.items() if found.get(k) != v
    }
    assert not odd, odd
    _check_words(card, expected)
    _check_suggestions(card, expected)
    assessment = card["extension"]["org.spine-cds.assessment"]
    unread = {item["key"]: item["reason"] for item in assessment.get("unread", [])}
    assert unread == expected.get("unread", unread), unread
    about = [reference.partition("/")[2] for reference in assessment["orders"]]
    assert about == expected.get("about", about)


def _check_words(card, expected):
    words = f"{card['summary']}\n{card['detail']}"
    for phrase in expected.get("says", []):
        assert phrase in words, words
    for phrase in expected.get("says not", []):
        assert phrase not in words, words


def _check_suggestions(card, expected):
    labels = {suggestion["label"] for suggestion in card.get("suggestions", [])}
    if "suggests" in expected:
        assert labels == {SUGGESTIONS[name] for name in expected["suggests"]}, labels
    assert not labels & {SUGGESTIONS[name] for name in expected.get("suggests not", [])}
