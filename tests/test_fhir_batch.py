"""Several missing keys by one batch Bundle, for clients that want it so."""

import json

import pytest

from cds_service.fhir.access import Access
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.gather import gather
from cds_service.fhir.templates import PrefetchTemplate
from cds_service.security.access_token import AccessToken
from cds_service.security.cds_client import CDSClient
from cds_service.security.fhir_servers import ReadableServers
from tests.fhir_stub import fhir_stub, send
from tests.toy_service import bundle, condition

BATCH = CDSClient(ReadableServers((), loopback_too=True), batch=True)
PATIENT = {"resourceType": "Patient", "id": "p1"}
TEMPLATES = (
    PrefetchTemplate("patient", "Patient/{{context.patientId}}"),
    PrefetchTemplate("conditions", "Condition?patient={{context.patientId}}"),
    PrefetchTemplate("procedures", "Procedure?patient={{context.patientId}}"),
)


@pytest.fixture
def stub():
    with fhir_stub() as running:
        yield running


def read(stub, *templates, seconds=5.0):
    access = Access(
        "p1", {"patientId": "p1"}, fhir_server=stub.base, token=AccessToken("canary", 60)
    )
    return gather(templates or TEMPLATES, access, BATCH, Deadline.after(seconds))


def reasons(found):
    return [search.unread and search.unread.value for search in found.searches]


def answers(*entries):
    made = [{"resource": r, "response": {"status": s}} if r else {"response": {"status": s}}
            for s, r in entries]  # fmt: skip
    return {"resourceType": "Bundle", "type": "batch-response", "entry": made}


ALL = answers(("200 OK", PATIENT), ("200", bundle(condition())), ("200", bundle()))


def test_all_missing_keys_are_asked_for_at_once(stub):
    stub.routes["/fhir"] = ALL
    found = read(stub)
    assert reasons(found) == [None, None, None]
    assert sorted(r.id for r in found.resources) == ["c1", "p1"]
    ((_, headers),) = stub.calls
    assert headers["Authorization"] == "Bearer canary"
    (body,) = map(json.loads, stub.bodies)
    assert body["type"] == "batch"
    assert [entry["request"] for entry in body["entry"]] == [
        {"method": "GET", "url": "Patient/p1"},
        {"method": "GET", "url": "Condition?patient=p1"},
        {"method": "GET", "url": "Procedure?patient=p1"},
    ]


def test_each_part_has_its_own_reason(stub):
    outcome = {"resourceType": "OperationOutcome", "issue": []}
    stub.routes["/fhir"] = answers(
        ("403 Forbidden", outcome), ("200 OK", outcome), ("odd", bundle())
    )
    assert reasons(read(stub)) == ["forbidden", "error", "error"]


@pytest.mark.parametrize(
    "content",
    [
        answers(("200 OK", PATIENT)),
        ALL | {"entry": [*ALL["entry"], *ALL["entry"]]},
        ALL | {"resourceType": "Parameters"},
        b"<html>",
        b"null",
    ],
)
def test_an_answer_whose_parts_cannot_be_told_apart_is_an_error(stub, content):
    stub.routes["/fhir"] = content
    assert reasons(read(stub)) == ["error"] * 3


def test_a_batch_that_is_refused_is_refused_for_every_key(stub):
    stub.routes["/fhir"] = lambda handler: send(handler, 401, {})
    assert reasons(read(stub)) == ["unauthorized"] * 3


def test_pages_behind_the_first_are_read_one_by_one(stub):
    first = bundle(condition("c1")) | {"link": [{"relation": "next", "url": "more?page=2"}]}
    stub.routes["/fhir"] = answers(("200", PATIENT), ("200", first), ("200", bundle()))
    stub.routes["more?page=2"] = bundle(condition("c2"))
    found = read(stub)
    assert sorted(r.id for r in found.resources) == ["c1", "c2", "p1"]
    assert reasons(found) == [None, None, None]


def test_a_single_missing_key_needs_no_batch(stub):
    stub.routes["Condition?patient=p1"] = bundle(condition())
    assert reasons(read(stub, TEMPLATES[1])) == [None]
    assert stub.paths == ["Condition?patient=p1"]
