"""Which resources enter the record (clinical.md, section 1.0; faults.md, D-01 and D-03)."""

from itertools import permutations

import msgspec
import orjson
import pytest
from msgspec.structs import replace

from cds_service.fhir.admission import Admission, Gate
from cds_service.fhir.decode import read_value
from cds_service.fhir.versions import newest_versions

SERVER = "https://fhir.example.org/r4"
HERE = {"reference": "Patient/p1"}


def resource(kind, **members):
    return read_value(orjson.dumps({"resourceType": kind, "id": "x", "subject": HERE} | members))


def verdict(kind, server=SERVER, **members):
    return Gate("p1", server).admits(resource(kind, **members))


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p1",
        "Patient/p1/_history/2",
        f"{SERVER}/Patient/p1",
        f"{SERVER}/Patient/p1/_history/1",
    ],
)
def test_references_that_resolve_to_the_patient_are_ours(reference):
    assert verdict("Condition", subject={"reference": reference}) is Admission.ADMITTED


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/p2"},
        {"reference": "Patient/p11"},
        {"reference": "xPatient/p1"},
        {"reference": "/Patient/p1"},
        {"reference": "Group/p1"},
        {"reference": "https://elsewhere.example/r4/Patient/p1"},
        {"reference": f"{SERVER}/other/Patient/p1"},
        {"reference": "urn:uuid:5665665d-9e36-4675-afba-77365af221dd"},
        {"reference": "#p1"},
        {"identifier": {"value": "p1"}},
        {"display": "Patient/p1"},
        {},
        None,
    ],
)
def test_every_other_subject_is_somebody_else(subject):
    assert verdict("Condition", subject=subject) is Admission.FOREIGN


def test_an_absolute_reference_counts_on_any_server_when_the_client_named_none():
    subject = {"reference": "https://anywhere.example/Patient/p1"}
    assert verdict("Condition", server=None, subject=subject) is Admission.ADMITTED


@pytest.mark.parametrize(
    "server", ["https://a b/r4", "https://fhir.example.org./r4", f"{SERVER}?x", ""]
)
def test_no_absolute_reference_counts_when_the_server_that_the_client_named_is_unreadable(server):
    for reference in ("https://anywhere.example/r4/Patient/p1", f"{server}/Patient/p1"):
        assert verdict("Condition", server=server, subject={"reference": reference}) is (
            Admission.FOREIGN
        )


def test_the_beneficiary_of_a_coverage_is_its_patient():
    assert verdict("Coverage", status="active", beneficiary=HERE) is Admission.ADMITTED
    assert verdict("Coverage", status="active") is Admission.FOREIGN


def test_a_patient_is_ours_by_id_and_a_medication_is_nobodys():
    assert verdict("Patient", id="p1") is Admission.ADMITTED
    assert verdict("Patient", id="p2") is Admission.FOREIGN
    assert verdict("Medication") is Admission.ADMITTED


def verification(code):
    return {"verificationStatus": {"coding": [{"code": code}]}}


ORDER = {"intent": "order"}


@pytest.mark.parametrize(
    ("kind", "members", "expected"),
    [
        ("Condition", verification("entered-in-error"), "VOID"),
        ("Condition", verification("refuted"), "VOID"),
        ("Condition", verification("provisional"), "ADMITTED"),
        ("Procedure", {"status": "completed"}, "ADMITTED"),
        ("Procedure", {"status": "unknown"}, "ADMITTED"),
        ("Procedure", {"status": "stopped"}, "ADMITTED"),
        ("Procedure", {"status": "not-done"}, "VOID"),
        ("Procedure", {"status": "in-progress"}, "VOID"),
        ("Procedure", {"status": "entered-in-error"}, "VOID"),
        ("Procedure", {}, "UNREADABLE"),
        ("Procedure", {"status": "completed", "notDone": True}, "VOID"),
        ("Procedure", {"status": "completed", "notDone": False}, "ADMITTED"),
        ("Procedure", {"status": "completed", "notPerformed": True}, "VOID"),
        ("Procedure", {"notPerformed": True}, "VOID"),
        ("Observation", {"status": "final"}, "ADMITTED"),
        ("Observation", {"status": "preliminary"}, "ADMITTED"),
        ("Observation", {"status": "cancelled"}, "VOID"),
        ("Observation", {"status": "unknown"}, "ADMITTED"),
        ("Observation", {}, "ADMITTED"),
        ("DiagnosticReport", {"status": "unknown"}, "ADMITTED"),
        ("DiagnosticReport", {"status": "registered"}, "ADMITTED"),
        ("DiagnosticReport", {"status": "partial"}, "ADMITTED"),
        ("DiagnosticReport", {"status": "entered-in-error"}, "VOID"),
        ("ImagingStudy", {"status": "available"}, "ADMITTED"),
        ("ImagingStudy", {"status": "cancelled"}, "VOID"),
        ("MedicationRequest", ORDER | {"status": "active"}, "ADMITTED"),
        ("MedicationRequest", ORDER | {"status": "stopped"}, "ADMITTED"),
        ("MedicationRequest", ORDER | {"status": "draft"}, "VOID"),
        ("MedicationRequest", ORDER | {"status": "active", "doNotPerform": True}, "VOID"),
        ("MedicationRequest", {"intent": "plan", "status": "active"}, "VOID"),
        ("MedicationRequest", {"intent": "proposal", "status": "active"}, "VOID"),
        ("MedicationRequest", {"intent": "instance-order", "status": "active"}, "ADMITTED"),
        ("MedicationRequest", {"status": "active"}, "UNREADABLE"),
        ("MedicationStatement", {"status": "active"}, "ADMITTED"),
        ("MedicationStatement", {"status": "unknown"}, "ADMITTED"),
        ("MedicationStatement", {"status": "not-taken"}, "VOID"),
        ("MedicationStatement", {"status": "intended"}, "VOID"),
        ("MedicationStatement", {"status": "active", "taken": "n"}, "VOID"),
        ("MedicationStatement", {"status": "active", "taken": "y"}, "ADMITTED"),
        ("MedicationStatement", {"status": "active", "taken": "unk"}, "ADMITTED"),
        ("MedicationStatement", {"status": "completed", "wasNotTaken": True}, "VOID"),
        ("MedicationStatement", {"status": "completed", "wasNotTaken": False}, "ADMITTED"),
        ("Coverage", {"status": "draft", "beneficiary": HERE}, "VOID"),
        ("ServiceRequest", {"status": "active"}, "ADMITTED"),
        ("ServiceRequest", {"status": "revoked"}, "VOID"),
        ("ServiceRequest", {"status": "active", "doNotPerform": True}, "VOID"),
    ],
)
def test_what_counts_is_decided_by_type_and_status(kind, members, expected):
    assert verdict(kind, **members) is Admission[expected]


def version(text, updated=None, number=None):
    meta = {"lastUpdated": updated, "versionId": number}
    return resource("Condition", code={"text": text}, meta=meta)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (("a", "2026-01-01T00:00:00Z"), ("b", "2026-01-02T00:00:00Z")),
        (("a", "2026-01-01T23:30:00+02:00"), ("b", "2026-01-01T22:00:00Z")),
        (("a", "2026-01-01T00:00:00"), ("b", "2026-01-01T00:00:01Z")),
        (("a", None, "9"), ("b", None, "10")),
        (("a", "not a date"), ("b", "2020-01-01T00:00:00Z")),
        (("a", None, "9"), ("b", "2020-01-01T00:00:00Z", "1")),
        (("a",), ("b",)),
    ],
)
def test_the_newest_version_stands_whatever_the_order(older, newer):
    copies = [version(*older), version(*newer)]
    for order in permutations(copies):
        (stands,) = newest_versions(order)
        assert stands.code.text == "b"


@pytest.mark.parametrize("nesting", [100_000, 985, 900])
def test_a_version_nested_too_deep_to_look_into_is_as_good_as_none(nesting):
    deep = msgspec.Raw(b'{"versionId":"9","x":' + b"[" * nesting + b"]" * nesting + b"}")
    copies = [replace(version("a"), meta=deep), version("b", number="10")]
    (stands,) = newest_versions(copies)
    assert stands.code.text == "b"


def test_equal_ids_of_two_types_are_two_resources():
    assert len(newest_versions([resource("Condition"), resource("Procedure")])) == 2
