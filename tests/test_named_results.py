"""Results that a report names are read from its server when no search brought them."""

import pytest

from cds_service.fhir.access import Access
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.gather import gather
from cds_service.fhir.results import MAX_RESULTS
from cds_service.fhir.templates import PrefetchTemplate
from cds_service.security.cds_client import CDSClient
from cds_service.security.fhir_servers import ReadableServers
from tests.fhir_stub import fhir_stub
from tests.toy_service import bundle

SEARCH = "DiagnosticReport?patient=p1"
TEMPLATES = (
    PrefetchTemplate("reports", "DiagnosticReport?patient={{context.patientId}}"),
    PrefetchTemplate("observations", "Observation?patient={{context.patientId}}"),
)


@pytest.fixture
def stub():
    with fhir_stub() as running:
        yield running


def report(*named, name="ct", day="2026-01-04", **members):
    return {
        "resourceType": "DiagnosticReport",
        "id": name,
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": day,
        "conclusion": "See results.",
        "result": [{"reference": reference} for reference in named],
    } | members


def result(name, patient="p1", **members):
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"text": "Finding"},
        "subject": {"reference": f"Patient/{patient}"},
    } | members


def read(stub, *reports, searched=()):
    found = gathered(stub, *reports, searched=searched)
    return [r.id for r in found.resources if type(r).__name__ == "Observation"]


def gathered(stub, *reports, searched=()):
    stub.routes |= {SEARCH: bundle(*reports), "Observation?patient=p1": bundle(*searched)}
    access = Access("p1", {"patientId": "p1"}, fhir_server=stub.base)
    return gather(TEMPLATES, access, CDSClient(ReadableServers((), True)), Deadline.after(5))


def by_id(stub):
    """The reads that were no searches."""
    return [path for path in stub.paths if "?" not in path]


def test_results_on_this_server_are_read_once_each(stub):
    stub.routes |= {"Observation/o1": result("o1"), "Observation/o2": result("o2")}
    elsewhere = ("https://elsewhere.example/Observation/o3", "#inside", "Observation/../Patient/p1")
    named = ("Observation/o1", f"{stub.base}/Observation/o2", "Observation/o1", *elsewhere)
    assert read(stub, report(*named)) == ["o1", "o2"]
    assert sorted(by_id(stub)) == ["Observation/o1", "Observation/o2"]


def test_a_result_that_is_there_is_not_read_again(stub):
    assert read(stub, report("Observation/o1"), searched=[result("o1")]) == ["o1"]
    assert by_id(stub) == []


def test_a_result_that_arrived_and_does_not_count_is_not_asked_for_again(stub):
    void = result("o1", status="entered-in-error")
    assert read(stub, report("Observation/o1"), searched=[void]) == []
    assert by_id(stub) == []


def test_what_does_not_count_is_known_to_have_arrived(stub):
    stub.routes["Observation/o1"] = result("o1", status="cancelled")
    searched = [result("o2", status="entered-in-error")]
    found = gathered(stub, report("Observation/o1", "Observation/o2"), searched=searched)
    assert found.void == {"Observation/o1", "Observation/o2"}


@pytest.mark.parametrize(
    "answer",
    [
        result("o1", patient="p2"),
        result("other"),
        result("o1", status="entered-in-error"),
        {"resourceType": "Patient", "id": "o1"},
    ],
    ids=["another patient's", "another id", "void", "another type"],
)
def test_only_what_a_search_would_have_brought_counts(stub, answer):
    stub.routes["Observation/o1"] = answer
    assert read(stub, report("Observation/o1")) == []


def test_panels_that_say_nothing_themselves_are_not_looked_at(stub):
    assert read(stub, report("Observation/o1", conclusion=None)) == []
    assert by_id(stub) == []


def test_of_many_results_the_first_of_every_report_come_first_and_those_of_images(stub):
    panel = report(*[f"Observation/a{n}" for n in range(2 * MAX_RESULTS)], name="panel")
    image = {"imagingStudy": [{"reference": "ImagingStudy/s"}]}
    ct = report(*[f"Observation/b{n}" for n in range(3)], day="2019-01-01", **image)
    read(stub, panel, ct)
    asked = [path.rpartition("/")[2] for path in by_id(stub)]
    assert len(asked) == MAX_RESULTS
    assert {"b0", "b1", "b2", "a0"} <= set(asked)


def test_results_that_are_there_take_no_turn_from_those_that_are_not(stub):
    there = [result(f"t{n}") for n in range(MAX_RESULTS + 1)]
    named = [f"Observation/{row['id']}" for row in there]
    read(stub, report(*named, "Observation/o1"), searched=there)
    assert by_id(stub) == ["Observation/o1"]


def test_of_more_reports_than_may_be_asked_for_the_newest_are(stub):
    reports = [
        report(f"Observation/o{n}", name=f"r{n}", day=f"2020-01-{n + 1:02}")
        for n in range(MAX_RESULTS + 1)
    ]
    read(stub, *reports)
    assert "Observation/o0" not in by_id(stub)
    assert f"Observation/o{MAX_RESULTS}" in by_id(stub)
