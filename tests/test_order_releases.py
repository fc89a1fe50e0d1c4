"""Orders as STU3 and DSTU2 clients draft them: ours or not ours, as their R4 likes."""

from copy import deepcopy

import pytest

from fhir_fixtures import load_request
from tests.chart import CPT, assessment_of, call, card_of

REMOVAL, REVISION = "spinal-hardware-removal", "spinal-fusion-revision"
REQUESTS = {
    REMOVAL: load_request("removal-solid-fusion"),
    REVISION: load_request("revision-nonunion"),
}
CODES = {REMOVAL: "22852", REVISION: "22849"}


def procedure_request(code, patient, **members):
    return {
        "resourceType": "ProcedureRequest",
        "id": "request-1",
        "subject": {"reference": f"Patient/{patient}"},
        "code": {"coding": [{"system": CPT, "code": code}]},
    } | members


RELEASES = {
    "STU3": {
        "status": "draft",
        "intent": "plan",
        "requester": {"agent": {"reference": "Practitioner/1"}},
        "note": [{"text": "L4-S1"}],
    },
    "DSTU2": {
        "status": "proposed",
        "orderer": {"reference": "Practitioner/1"},
        "notes": [{"text": "L4-S1"}],
        "priority": "routine",
    },
}


def with_order(service_id, order):
    request = deepcopy(REQUESTS[service_id])
    request["context"]["draftOrders"]["entry"] = [{"resource": order}]
    return request


def patient(service_id):
    return REQUESTS[service_id]["context"]["patientId"]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("service_id", [REMOVAL, REVISION])
def test_a_procedure_request_is_judged_as_a_service_request_is(release, service_id):
    order = procedure_request(CODES[service_id], patient(service_id), **RELEASES[release])
    older = assessment_of(card_of(with_order(service_id, order), service_id))
    newer = order | {"resourceType": "ServiceRequest", "note": [{"text": "L4-S1"}]}
    newer.pop("notes", None)
    today = assessment_of(card_of(with_order(service_id, newer), service_id))
    assert older.pop("orders") == ["ProcedureRequest/request-1"]
    assert today.pop("orders") == ["ServiceRequest/request-1"]
    assert older == today


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("service_id", [REMOVAL, REVISION])
@pytest.mark.parametrize("code", ["45378", "72131"])
def test_another_procedure_request_is_not_ours(release, service_id, code):
    order = procedure_request(code, patient(service_id), **RELEASES[release])
    assert call(with_order(service_id, order), service_id) == {"cards": []}


@pytest.mark.parametrize("service_id", [REMOVAL, REVISION])
@pytest.mark.parametrize("status", ["cancelled", "rejected", "aborted", "entered-in-error"])
def test_a_procedure_request_that_was_withdrawn_is_not_judged(service_id, status):
    order = procedure_request(CODES[service_id], patient(service_id), status=status)
    assert call(with_order(service_id, order), service_id) == {"cards": []}


DRUG = {"text": "Removal of spinal hardware", "coding": [{"system": CPT, "code": "22852"}]}


@pytest.mark.parametrize(
    "order",
    [
        {"resourceType": "MedicationOrder", "medicationCodeableConcept": DRUG},
        {"resourceType": "MedicationRequest", "medicationCodeableConcept": DRUG},
        {"resourceType": "DiagnosticOrder", "item": [{"code": DRUG}]},
        {"resourceType": "ReferralRequest", "serviceRequested": [DRUG]},
        {"resourceType": "NutritionOrder"},
    ],
    ids=lambda order: order["resourceType"],
)
def test_an_order_of_another_kind_is_not_ours_whatever_it_says(order):
    for service_id in REQUESTS:
        drafted = order | {"id": "o", "patient": {"reference": f"Patient/{patient(service_id)}"}}
        assert call(with_order(service_id, drafted), service_id) == {"cards": []}
