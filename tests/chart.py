"""A patient's chart in a few words: FHIR resources as dicts, and the record that they make.

The record is made as the machinery makes it, but without admission: what counts at all is tested
where it is decided. Everything is dated for ``AS_OF``.
"""

import json
from base64 import b64encode
from copy import deepcopy
from datetime import date
from pathlib import Path

import msgspec

import fhir_fixtures
import hooks
from cds_service.app import deploy
from cds_service.engine.codes import CPT, ICD_10_CM, LOINC, RXNORM, SNOMED_CT
from cds_service.engine.content import Configuration, load_content
from cds_service.engine.datatypes import CodeableConcept, Coding
from cds_service.engine.record import Extent, PatientRecord, Search, UnreadReason
from cds_service.engine.resources import DraftOrder, Medication, Resource
from cds_service.engine.service import DraftOrders
from cds_service.protocol.invocation import answer
from cds_service.settings import Settings

AS_OF = fhir_fixtures.AS_OF
SPINE = Path(hooks.__file__).parent / "spine"
CONTENT = load_content([SPINE], fhir_fixtures.VALUE_SETS)
FINDING = "https://example.org/fhir/CodeSystem/imaging-finding"
PRESENT, ABSENT = "52101004", "2667000"
KEYS = (
    "patient",
    "conditions",
    "procedures",
    "diagnostic_reports",
    "imaging_studies",
    "observations",
    "medication_requests",
    "medication_statements",
    "coverages",
    "service_requests",
    "document_references",
    "devices",
)


def days_ago(days):
    return date.fromordinal(AS_OF.toordinal() - days).isoformat()


def concept(system, *codes, **members):
    return {"coding": [{"system": system, "code": code} for code in codes]} | members


def cpt(*codes, **members):
    return concept(CPT, *codes, **members)


def icd(*codes, **members):
    return concept(ICD_10_CM, *codes, **members)


def loinc(*codes, **members):
    return concept(LOINC, *codes, **members)


def snomed(*codes, **members):
    return concept(SNOMED_CT, *codes, **members)


def rxnorm(*codes, **members):
    return concept(RXNORM, *codes, **members)


def condition(code, clinical="active", verification="confirmed", **members):
    return {
        "resourceType": "Condition",
        "id": "condition",
        "code": code,
        "clinicalStatus": concept("urn:clinical", clinical),
        "verificationStatus": concept("urn:verification", verification),
        "recordedDate": "2025-06-01",
    } | members


def procedure(code, **members):
    return {
        "resourceType": "Procedure",
        "id": "procedure",
        "status": "completed",
        "code": code,
    } | members


def fusion(text="Posterolateral fusion L4-S1", when="2022-11-01", **members):
    dated = {"performedDateTime": when} if when else {}
    return procedure(cpt("22612", text=text), **({"id": "fusion"} | dated | members))


def report(name="ct", code="30620-9", when="2026-01-04", status="final", results=(), **members):
    dated = {"effectiveDateTime": when} if when else {}
    named = {"result": [{"reference": f"Observation/{r['id']}"} for r in results]}
    return {
        "resourceType": "DiagnosticReport",
        "id": name,
        "status": status,
        "code": loinc(code),
        **dated,
        **(named if results else {}),
    } | members


def attachment(text, content_type="text/plain", **members):
    data = b64encode(text if isinstance(text, bytes) else text.encode()).decode()
    return {"contentType": content_type, "data": data} | members


def note(text, name="note", when="2026-02-01", title="Clinic note", **members):
    """A document with its text inline, as clinics file their notes."""
    dated = {"date": f"{when}T10:00:00Z"} if when else {}
    return {
        "resourceType": "DocumentReference",
        "id": name,
        "status": "current",
        "type": {"text": title},
        "content": [{"attachment": attachment(text)}],
        **dated,
    } | members


def said(*codes, **members):
    """Coded conclusions of a report, as the example site codes them."""
    return {"conclusionCode": [concept(FINDING, code) for code in codes]} | members


def finding(code, value=PRESENT, site=None, **members):
    """One result of an imaging report: a finding, present or absent, at a SNOMED CT site."""
    where = {"bodySite": snomed(site)} if site else {}
    return {
        "resourceType": "Observation",
        "id": f"{code}-{value}-{site or 'all'}",
        "status": "final",
        "code": concept(FINDING, code),
        "valueCodeableConcept": snomed(value),
        **where,
    } | members


def lab(code, value, unit="mg/L", when="2026-02-08", **members):
    quantity = {"value": value, "unit": unit, "code": unit}
    dated = {"effectiveDateTime": when} if when else {}
    return {
        "resourceType": "Observation",
        "id": f"lab-{code}-{when}",
        "status": "final",
        "code": loinc(code),
        "valueQuantity": quantity,
        **dated,
    } | members


def between(low=None, high=None, unit="mg/L"):
    limits = {"low": low, "high": high}
    given = {
        k: {"value": v, "unit": unit, "code": unit} for k, v in limits.items() if v is not None
    }
    return {"referenceRange": [given]}


def reading(code):
    system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    return {"interpretation": [concept(system, code)]}


ESR = lab("4537-7", 8, id="esr", unit="mm/h", **between(0, 20, "mm/h"))
CRP = lab("1988-5", 2, id="crp", **between(high=5))


def typed(resource):
    return msgspec.convert(resource, Resource)


def record(
    *resources,
    missing=(),
    part=(),
    newest=(),
    contained=None,
    as_of=AS_OF,
    content=CONTENT,
    base=None,
    void=(),
):
    """A record of which every key was searched completely, but for those named."""
    extents = dict.fromkeys(KEYS, Extent.COMPLETE)
    extents |= dict.fromkeys(missing, Extent.NOTHING)
    extents |= dict.fromkeys(part, Extent.PART)
    extents |= dict.fromkeys(newest, Extent.NEWEST)
    reasons = {
        Extent.COMPLETE: None,
        Extent.NOTHING: UnreadReason.NOT_PROVIDED,
        Extent.PART: UnreadReason.INCOMPLETE,
        Extent.NEWEST: UnreadReason.INCOMPLETE,
    }
    return PatientRecord(
        "p1",
        as_of,
        content.terminology,
        [typed(resource) for resource in resources],
        [Search(key, extent, reasons[extent]) for key, extent in extents.items()],
        {key: msgspec.convert(m, Medication) for key, m in (contained or {}).items()},
        lambda named: named == base,
        void,
    )


def configured(**values):
    """The configuration with single values replaced; ``hr__minMonths`` stands for hr.minMonths."""
    changed = {key.replace("__", "."): value for key, value in values.items()}
    return Configuration(
        {key: CONTENT.configuration[key] for key in CONTENT.configuration} | changed
    )


def order(*codes, name="draft-1", text="", system=CPT, sites=(), kind="ServiceRequest", **members):
    return DraftOrder(
        reference=f"{kind}/{name}",
        resource_type=kind,
        status="draft",
        codings=tuple(Coding(system, code) for code in codes),
        text=text,
        body_sites=tuple(
            s if isinstance(s, CodeableConcept) else CodeableConcept([Coding(SNOMED_CT, s)])
            for s in sites
        ),
        **members,
    )


def orders(*judged, context=()):
    return DraftOrders(judged, tuple(context))


# Whole invocations, in process

KEY_OF_TYPE = {
    "Condition": "conditions",
    "Procedure": "procedures",
    "DiagnosticReport": "diagnostic_reports",
    "Observation": "observations",
    "MedicationRequest": "medication_requests",
    "MedicationStatement": "medication_statements",
    "Coverage": "coverages",
    "ServiceRequest": "service_requests",
    "DocumentReference": "document_references",
}

DEPLOYMENT = deploy(
    Settings(value_sets=fhir_fixtures.VALUE_SETS), hooks.services(), clock=lambda: AS_OF
)
SERVICE_OF = {
    "removal-solid-fusion": "spinal-hardware-removal",
    "revision-nonunion": "spinal-fusion-revision",
}


def service(service_id):
    return DEPLOYMENT.services.get(service_id)


def call(request, service_id, deployment=DEPLOYMENT):
    """The answer of one service to a request, as JSON."""
    body = json.dumps(request).encode()
    return json.loads(answer(deployment.services.get(service_id), body, deployment))


def card_of(request, service_id, deployment=DEPLOYMENT):
    (card,) = call(request, service_id, deployment)["cards"]
    return card


def assessment_of(card):
    return card["extension"]["org.spine-cds.assessment"]


def statuses(card):
    found = assessment_of(card)
    return {j["id"]: j["status"] for j in (*found["criteria"], *found["riskFactors"])}


def judged(card):
    found = assessment_of(card)
    return {j["id"]: j for j in (*found["criteria"], *found["riskFactors"])}


def owned(resource, patient_id):
    owner = "beneficiary" if resource["resourceType"] == "Coverage" else "subject"
    return deepcopy(resource) | {owner: {"reference": f"Patient/{patient_id}"}}


def searchset(entries):
    matches = [e for e in entries if e["search"]["mode"] == "match"]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(matches), "entry": entries}


def added(request, *resources, patient_id=None):
    """The request with more resources in its prefetch, each under the key of its type."""
    changed = deepcopy(request)
    for resource in resources:
        key = KEY_OF_TYPE[resource["resourceType"]]
        if key not in changed["prefetch"]:
            continue  # this service does not ask for it
        bundle = changed["prefetch"][key] or {"entry": []}
        row = owned(resource, patient_id or request["context"]["patientId"])
        entry = {"resource": row, "search": {"mode": "match"}}
        changed["prefetch"][key] = searchset([*bundle["entry"], entry])
    return changed


def without(request, keys):
    kept = {k: v for k, v in request["prefetch"].items() if k not in keys}
    return request | {"prefetch": kept}


def removed(request, *ids):
    """The request without some resources, its searches complete."""
    changed = deepcopy(request)
    for key, bundle in changed["prefetch"].items():
        if bundle and bundle["resourceType"] == "Bundle":
            kept = [e for e in bundle["entry"] if e["resource"]["id"] not in ids]
            changed["prefetch"][key] = searchset(kept)
    return changed
