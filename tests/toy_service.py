"""A tiny CDS service: everything that the machinery needs, and nothing of spines."""

from datetime import date
from pathlib import Path

from cds_service.app import create_app
from cds_service.engine.card import Card, Concept, Source
from cds_service.engine.criterion import Criterion
from cds_service.engine.evidence import Citation, Evidence, Origin, Verification
from cds_service.engine.judgement import Judgement, Reason, met, not_met, unknown
from cds_service.engine.resources import Condition
from cds_service.engine.service import CDSService, OrderIntent
from cds_service.settings import Settings

AS_OF = date(2026, 3, 1)
UUID = "5665665d-9e36-4675-afba-77365af221dd"
SOURCE = Source("Toy", Concept("toy", "https://example.org/topics", "Toy"))
CITATION = Citation("Toy", "Toy", "Toy", Verification.SEED_ONLY, AS_OF)


def recognise(orders, content):
    ours = tuple(o for o in orders.judged if any(c.code in ("toy", "maybe") for c in o.codings))
    certain = any(c.code == "toy" for o in ours for c in o.codings)
    return OrderIntent(ours, orders.everything, certain) if ours else None


def read(record, intent, content):
    return record if intent.certain or record.all(Condition) else None


def judge_has_condition(record) -> Judgement:
    found = record.all(Condition)
    if found:
        return met(*(Evidence(Origin.CODED, resource=c.reference) for c in found))
    if record.searched("conditions"):
        return not_met(record.absence("conditions"))
    return unknown(Reason.NOT_SEARCHED)


HAS_CONDITION = Criterion(
    id="has-condition",
    claim="TOY-1",
    statement="There is a condition.",
    reads=("conditions",),
    judge=judge_has_condition,
    citations=(CITATION,),
    if_unknown="Not known.",
)


def advise(assessment, inputs) -> Card:
    return Card(assessment.tally(), "info", "Advisory.", SOURCE, assessment)


TOY = CDSService(
    id="toy",
    hook="order-sign",
    title="Toy",
    description="A toy.",
    version="1.0.0",
    prefetch={
        "patient": "Patient/{{context.patientId}}",
        "conditions": "Condition?patient={{context.patientId}}",
    },
    minimal=frozenset(("patient",)),
    content=(Path(__file__).parent / "no-content",),
    recognise=recognise,
    read=read,
    criteria=(HAS_CONDITION,),
    risk_factors=(),
    advise=advise,
)
TOY_SELECT = TOY.also_on("order-select", "toy-select")
SERVICES = (TOY, TOY_SELECT)


def toy_order(toy_code="toy", order_id="draft-1", **members):
    order = {
        "resourceType": "ServiceRequest",
        "id": order_id,
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "code": {"coding": [{"system": "http://example.org", "code": toy_code}]},
    }
    return order | members


def condition(condition_id="c1", patient="Patient/p1", **members):
    return {
        "resourceType": "Condition",
        "id": condition_id,
        "subject": {"reference": patient},
    } | members


def bundle(*resources, **members):
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries} | members


def toy_request(*orders, prefetch=None, **members):
    request = {
        "hook": "order-sign",
        "hookInstance": UUID,
        "context": {
            "userId": "Practitioner/d1",
            "patientId": "p1",
            "draftOrders": bundle(*(orders or (toy_order(),))),
        },
        "prefetch": {
            "patient": {"resourceType": "Patient", "id": "p1"},
            "conditions": bundle(condition()),
        }
        if prefetch is None
        else prefetch,
    }
    return request | members


def assessment_of(answer):
    return answer["cards"][0]["extension"]["org.spine-cds.assessment"]


def toy_client(settings=None):
    return create_app(settings or Settings(), SERVICES, clock=lambda: AS_OF).test_client()


def post(client, request, service="toy"):
    return client.post(f"/cds-services/{service}", json=request)


def unread(answer):
    return {item["key"]: item["reason"] for item in assessment_of(answer.json).get("unread", [])}


def status(answer):
    return assessment_of(answer.json)["criteria"][0]["status"]
