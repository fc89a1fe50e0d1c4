"""The shorthand of scenario files, readable by a clinician, turned into FHIR resources."""

import re
from base64 import b64encode
from datetime import date

SYSTEMS = {
    "ICD": "http://hl7.org/fhir/sid/icd-10-cm",
    "SNOMED": "http://snomed.info/sct",
    "CPT": "http://www.ama-assn.org/go/cpt",
    "LOINC": "http://loinc.org",
    "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "POLICY": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "FINDING": "https://example.org/fhir/CodeSystem/imaging-finding",
    "PROCEDURE": "https://example.org/fhir/CodeSystem/procedure",
    "LAB": "https://example.org/fhir/CodeSystem/local-laboratory",  # in no value set
    "ICD-OID": "urn:oid:2.16.840.1.113883.6.90",
    "CPT-OID": "urn:oid:2.16.840.1.113883.6.12",
}
SITES = {
    "ilium": "22356005",
    "sacrum": "54735007",
    "lumbar spine": "122496007",
    "cervical spine": "122494005",
    "thoracic spine": "122495006",
    "L1-L2": "243920003",
    "L2-L3": "243921004",
    "L3-L4": "243922006",
    "L4-L5": "243923001",
    "L5-S1": "243927000",
    "hip": "24136001",
}
ANSWERS = {"present": "52101004", "absent": "2667000"}
DATED = {
    "Condition": "recordedDate",
    "Procedure": "performedDateTime",
    "Observation": "effectiveDateTime",
    "DiagnosticReport": "effectiveDateTime",
    "ImagingStudy": "started",
    "MedicationRequest": "authoredOn",
    "MedicationStatement": "effectiveDateTime",
    "ServiceRequest": "authoredOn",
    "Patient": "birthDate",
}
PERIOD = {
    "Procedure": "performedPeriod",
    "MedicationStatement": "effectivePeriod",
    "Coverage": "period",
}
CODE = dict.fromkeys(("Coverage", "Device", "DocumentReference"), "type") | dict.fromkeys(
    ("MedicationRequest", "MedicationStatement"), "medicationCodeableConcept"
)
WRITTEN = {"text": "text/plain", "html": "text/html", "rtf": "application/rtf"}
DEFAULTS = {
    "Condition": {"status": "active", "verification": "confirmed"},
    "Procedure": {"status": "completed"},
    "Observation": {"status": "final"},
    "DiagnosticReport": {"status": "final"},
    "ImagingStudy": {"status": "available"},
    "MedicationRequest": {"status": "active", "fhir": {"intent": "order"}},
    "MedicationStatement": {"status": "active"},
    "Coverage": {"status": "active", "fhir": {"payor": [{"display": "Example payer"}]}},
    "ServiceRequest": {"status": "active", "fhir": {"intent": "order"}},
    "DocumentReference": {"status": "current"},
    "Device": {"status": "active"},
    "Medication": {},
}
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_QUANTITY = re.compile(r"([<>]=?)?\s*(-?[\d.]+)\s*(\S+)?$")
_RANGE = re.compile(r"(?:([\d.]+)-([\d.]+)|<([\d.]+)|>([\d.]+))\s*(\S+)?$")
_DOSE = re.compile(r"([\d.]+) (\S+)(?: every ([\d.]+) (h|d|wk))?$")
_FINDING = re.compile(r"([\w-]+) (present|absent)(?: at (.+))?$")


def concept(said):
    """``CPT 22612 some words`` is a code with a text; ``text some words`` is a text alone."""
    system, _, rest = str(said).partition(" ")
    if system == "text":
        return {"text": rest}
    code, _, words = rest.partition(" ")
    coded = {"coding": [{"system": SYSTEMS[system], "code": code}]}
    return coded | {"text": words} if words else coded


def site(said):
    if said.startswith("text "):
        return {"text": said.removeprefix("text ")}
    return {"coding": [{"system": SYSTEMS["SNOMED"], "code": SITES[said]}], "text": said}


def day(said):
    return said.isoformat() if isinstance(said, date) else str(said)


def quantity(said):
    comparator, value, unit = _QUANTITY.match(str(said)).groups()
    found = {"value": float(value)} | ({"comparator": comparator} if comparator else {})
    return found | ({"unit": unit, "code": unit, "system": _UCUM} if unit else {})


_UCUM = "http://unitsofmeasure.org"


def reference_range(said):
    low, high, below, above, unit = _RANGE.match(str(said)).groups()
    unit = f" {unit}" if unit else ""
    limits = {"low": low or above, "high": high or below}
    return [{name: quantity(limit + unit) for name, limit in limits.items() if limit}]


def _status(resource, said):
    if resource["resourceType"] == "Condition":
        system = f"{_TERMINOLOGY}/condition-clinical"
        resource["clinicalStatus"] = {"coding": [{"system": system, "code": said}]}
    else:
        resource["status"] = said


def _verification(resource, said):
    system = f"{_TERMINOLOGY}/condition-ver-status"
    resource["verificationStatus"] = {"coding": [{"system": system, "code": said}]}


def _dated(resource, said):
    kind = resource["resourceType"]
    resource.pop(PERIOD.get(kind), None)
    if kind == "DocumentReference":  # its date is an instant; the visit may be dated by its year
        resource.pop("date", None)
        resource["context"] = {} if said == "never" else {"period": {"start": day(said)}}
    elif said == "never":
        resource.pop(DATED[kind], None)
    else:
        resource[DATED[kind]] = day(said)


def _side_of_period(side):
    def put(resource, said):
        resource.pop(DATED.get(resource["resourceType"]), None)
        resource.setdefault(PERIOD[resource["resourceType"]], {})[side] = day(said)

    return put


def _site(resource, said):
    one = resource["resourceType"] == "Observation"
    resource["bodySite"] = site(said) if one else [site(said)]


def _dosage(resource):
    statement = resource["resourceType"] == "MedicationStatement"
    return resource.setdefault("dosage" if statement else "dosageInstruction", [{}])[0]


def _dose(resource, said):
    value, unit, every, period = _DOSE.match(said).groups()
    kind = "rateQuantity" if unit.endswith("/h") else "doseQuantity"
    _dosage(resource)["doseAndRate"] = [{kind: quantity(f"{value} {unit}")}]
    if every:
        repeat = {"frequency": 1, "period": float(every), "periodUnit": period}
        _dosage(resource)["timing"] = {"repeat": repeat}


def _contained(resource, said):
    resource.pop("medicationCodeableConcept", None)
    held = {"resourceType": "Medication", "id": "held", "code": concept(said)}
    resource["contained"] = [held]
    resource["medicationReference"] = {"reference": "#held"}


def _medication(resource, said):
    resource.pop("medicationCodeableConcept", None)
    resource["medicationReference"] = {"reference": said}


def _form(resource, said):
    _attach(resource, said, b"%PDF-1.4\n")


def _written(content_type):
    return lambda resource, said: _attach(resource, content_type, said.encode())


def _attach(resource, content_type, content):
    """Make an attachment all that a report or document says."""
    attachment = {"contentType": content_type, "data": b64encode(content).decode()}
    if resource["resourceType"] == "DocumentReference":
        resource["content"] = [{"attachment": attachment}]
        return
    resource["presentedForm"] = [attachment]
    for name in ("conclusion", "conclusionCode", "result"):
        resource.pop(name, None)


def _subject(resource, said):
    name = {"Coverage": "beneficiary", "Device": "patient"}.get(resource["resourceType"], "subject")
    resource[name] = {"reference": "Patient/somebody-else" if said == "another patient" else said}


def _put(name, build=lambda said: said):
    return lambda resource, said: resource.__setitem__(name, build(said))


MEMBERS = {
    "status": _status,
    "verification": _verification,
    "dated": _dated,
    "from": _side_of_period("start"),
    "to": _side_of_period("end"),
    "ended": _put("abatementDateTime", day),
    "site": _site,
    "subject": _subject,
    "value": _put("valueQuantity", quantity),
    "range": _put("referenceRange", reference_range),
    "interpretation": _put(
        "interpretation",
        lambda s: [
            {"coding": [{"system": f"{_TERMINOLOGY}/v3-ObservationInterpretation", "code": s}]}
        ],
    ),
    "answer": _put("valueCodeableConcept", concept),
    "codes": _put("conclusionCode", lambda codes: [concept(code) for code in codes]),
    "conclusion": _put("conclusion"),
    "form": _form,
    **{name: _written(content_type) for name, content_type in WRITTEN.items()},
    "dose": _dose,
    "route": lambda resource, said: _dosage(resource).update(route={"text": said}),
    "as needed": lambda resource, said: _dosage(resource).update(asNeededBoolean=said),
    "supply": lambda resource, said: resource.update(
        dispenseRequest={"expectedSupplyDuration": quantity(said.replace("days", "d"))}
    ),
    "contained": _contained,
    "medication": _medication,
    "reason": _put("reasonCode", lambda said: [concept(said)]),
    "note": _put("note", lambda said: [{"text": said}]),
    "fhir": lambda resource, said: resource.update(said),
}


def change(resource, members, patient_id):
    """Set members of a resource in place; return the result Observations that come with it.

    A report whose findings or codes are changed says nothing else: its own text goes.
    """
    if {"findings", "codes"} & set(members) and resource["resourceType"] == "DiagnosticReport":
        resource.pop("conclusion", None)
    for name, said in members.items():
        if name not in ("id", "findings"):
            MEMBERS[name](resource, said)
    findings = members.get("findings", [])
    made = [_finding(resource, n, said, patient_id) for n, said in enumerate(findings, 1)]
    if made:
        resource["result"] = [{"reference": f"Observation/{o['id']}"} for o in made]
    return made


def _finding(report, number, said, patient_id):
    name, answer, where = _FINDING.match(said).groups()
    entry = {"Observation": f"FINDING {name}", "answer": f"SNOMED {ANSWERS[answer]} {answer}"}
    entry |= {"dated": report["effectiveDateTime"]} if "effectiveDateTime" in report else {}
    entry |= {"site": where} if where else {}
    return resources_of(entry, f"{report['id']}-finding-{number}", patient_id)[0]


def resources_of(entry, default_id, patient_id):
    """Return the resource that one entry describes, and the results that come with a report."""
    (kind, said), *members = entry.items()
    if kind == "Note":  # of a clinic, with its text
        kind, said, members = "DocumentReference", "text Clinic note", [("text", said), *members]
    members = DEFAULTS[kind] | dict(members)
    resource = {"resourceType": kind, "id": members.get("id", default_id)}
    if kind != "Medication":
        change(resource, {"subject": f"Patient/{patient_id}"}, patient_id)
    if said:
        resource[CODE.get(kind, "code")] = concept(said)
    return [resource, *change(resource, members, patient_id)]
