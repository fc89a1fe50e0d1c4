"""The patient record: lookup, what was searched, and what could not be read."""

import pytest

from cds_service.engine.record import Extent, PatientRecord, Search, UnreadReason
from cds_service.engine.resources import (
    Condition,
    Coverage,
    ImagingStudy,
    Medication,
    MedicationRequest,
    Observation,
    Patient,
    Procedure,
)
from tests.chart import (
    AS_OF,
    CONTENT,
    CRP,
    concept,
    condition,
    cpt,
    icd,
    lab,
    procedure,
    record,
    rxnorm,
    typed,
)

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
PATIENT = {"resourceType": "Patient", "id": "p1"}


def test_resources_are_listed_by_type_and_ordered_by_id():
    found = record(condition(icd("M54.5"), id="b"), PATIENT, condition(icd("M96.0"), id="a"))
    assert [c.id for c in found.all(Condition)] == ["a", "b"]
    assert found.patient.id == "p1"
    assert list(found.all(Procedure)) == []


def test_a_record_without_patient_resource_has_no_patient():
    assert record().patient is None


def test_resources_are_found_by_value_set_each_once_and_ordered_by_id():
    found = record(
        condition(icd("M54.16", "M96.0"), id="both"),
        condition(icd("M96.0"), id="a"),
        condition(icd("I10"), id="none"),
    )
    assert [c.id for c in found.coded(Condition, "nonunion")] == ["a", "both"]
    assert [c.id for c in found.coded(Condition, "radicular", "nonunion")] == ["a", "both"]
    assert found.coded(Condition, "osteoporosis") == []


def test_a_coverage_is_found_by_its_type_and_an_order_of_a_medicine_by_its_concept():
    policy = {"resourceType": "Coverage", "id": "wc", "type": concept(ACT_CODE, "WCBPOL")}
    request = {
        "resourceType": "MedicationRequest",
        "id": "m",
        "medicationCodeableConcept": icd("M96.0"),
    }
    found = record(policy, request)
    assert [c.id for c in found.coded(Coverage, "workers-compensation")] == ["wc"]
    assert [m.id for m in found.coded(MedicationRequest, "nonunion")] == ["m"]


def test_two_codings_of_one_value_set_do_not_make_two_resources():
    found = record(condition(icd("M54.16", "M54.17"), id="a"))
    assert [c.id for c in found.coded(Condition, "radicular")] == ["a"]


def test_the_codings_of_a_concept_are_told_by_value_set():
    found = record()
    both = typed(condition(icd("M54.16", "M96.0"))).code
    assert [c.code for c in found.codings_in(both, "nonunion")] == ["M96.0"]
    assert list(found.codings_in(None, "nonunion")) == []
    assert found.memberships(None) == frozenset()


HERE = "https://ehr.example.org/r4"
ELSEWHERE = "https://laboratory.example.org/r4"


@pytest.mark.parametrize(
    "reference", ["Observation/crp", "Observation/crp/_history/3", f"{HERE}/Observation/crp"]
)
def test_a_reference_finds_its_resource_in_every_spelling(reference):
    assert record(CRP, base=HERE).by_reference(Observation, reference).id == "crp"


@pytest.mark.parametrize(
    "reference", [None, "", "Observation/other", "crp", "x/Observation/crp", "urn:uuid:crp", "#crp"]
)
def test_a_reference_to_nothing_that_was_read_finds_nothing(reference):
    assert record(CRP).by_reference(Observation, reference) is None


@pytest.mark.parametrize("base", [None, HERE, f"{HERE}/4"])
def test_a_reference_to_another_server_finds_nothing_of_the_same_id_here(base):
    found = record(CRP, base=base)
    assert found.by_reference(Observation, f"{ELSEWHERE}/Observation/crp") is None


def test_what_arrived_and_does_not_count_is_known_to_have_arrived():
    found = record(base=HERE, void=["Observation/crp"])
    for reference in ("Observation/crp", f"{HERE}/Observation/crp"):
        assert found.is_void(Observation, reference)
        assert found.by_reference(Observation, reference) is None
    for other in ("Observation/esr", "Condition/crp", f"{ELSEWHERE}/Observation/crp", None):
        assert not found.is_void(Observation, other)


def test_a_reference_never_finds_a_resource_of_another_type():
    assert record(CRP).by_reference(ImagingStudy, "Observation/crp") is None


def test_a_medication_is_named_by_a_contained_resource_or_by_one_that_was_read():
    owner = typed({"resourceType": "MedicationRequest", "id": "m"})
    inside = {"resourceType": "Medication", "id": "1", "code": rxnorm("7804")}
    beside = {"resourceType": "Medication", "id": "2", "code": rxnorm("7052")}
    found = record(beside, contained={"MedicationRequest/m#1": inside})
    assert found.medicine(owner, "#1").coding[0].code == "7804"
    assert found.medicine(owner, "Medication/2").coding[0].code == "7052"
    for unresolved in ("#2", "Medication/3", None):
        assert found.medicine(owner, unresolved) is None
    assert found.all(Medication)[0].id == "2"


def test_absence_counts_only_where_every_key_was_searched_completely():
    found = record(missing=["procedures"], part=["observations"], newest=["conditions"])
    assert found.searched("diagnostic_reports", "coverages")
    for key in ("procedures", "observations", "conditions", "no-such-key"):
        assert not found.searched("coverages", key)


def test_the_newest_is_known_from_a_complete_search_or_one_sorted_newest_first():
    found = record(missing=["procedures"], part=["observations"], newest=["conditions"])
    assert found.newest_known("conditions", "coverages")
    for key in ("procedures", "observations", "no-such-key"):
        assert not found.newest_known(key)


def test_what_could_not_be_read_is_told_in_the_order_of_the_templates():
    found = record(missing=["procedures"], part=["observations"])
    assert [(s.key, s.unread.value) for s in found.unread] == [
        ("procedures", "not-provided"),
        ("observations", "incomplete"),
    ]


def test_a_record_knows_whether_anything_was_read_at_all():
    nothing = [Search("a", Extent.NOTHING, UnreadReason.TIMEOUT)]
    part = [*nothing, Search("b", Extent.PART, UnreadReason.INCOMPLETE)]
    for searches, anything in ((nothing, False), (part, True)):
        found = PatientRecord("p1", AS_OF, CONTENT.terminology, [], searches)
        assert found.read_anything is anything


def test_the_first_readable_date_counts_and_one_in_the_future_does_not():
    found = record()
    assert found.dated(None, "soon", "2025-01", "2024-01-01").text == "2025-01"
    assert found.dated(None, "") is None
    assert found.dated("2026-05-01", "2024-01-01") is None


def test_absence_is_evidenced_by_the_search_and_the_date_of_judgement():
    assert record().absence("conditions", "coverages").as_json() == {
        "searched": ["conditions", "coverages"],
        "date": "2026-03-01",
        "origin": "computed",
    }


def test_evidence_names_a_resource_by_its_type_and_id():
    assert typed(lab("1988-5", 1, id="x")).reference == "Observation/x"
    assert typed(procedure(cpt("22612"), id="y")).reference == "Procedure/y"
    assert isinstance(typed(PATIENT), Patient)
