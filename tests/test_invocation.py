"""One invocation through the application: the decision path, 412, and what is left unread."""

from dataclasses import replace

import orjson
import pytest

from cds_service.app import deploy
from cds_service.fhir.deadline import now
from cds_service.protocol.errors import NothingReadableError
from cds_service.protocol.invocation import NO_CARDS, answer
from cds_service.security.cds_client import CDSClient
from cds_service.settings import Settings
from tests.toy_service import (
    AS_OF,
    SERVICES,
    TOY,
    assessment_of,
    bundle,
    condition,
    post,
    status,
    toy_client,
    toy_order,
    toy_request,
    unread,
)

OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
PATIENT = {"resourceType": "Patient", "id": "p1"}
AUTHORIZATION = {
    "access_token": "canary-token",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "cds",
}


@pytest.fixture(scope="module")
def client():
    return toy_client()


def test_an_order_that_is_ours_gets_a_card_with_its_assessment(client):
    answer = post(client, toy_request())
    assert answer.status_code == 200
    (card,) = answer.json["cards"]
    assert card["uuid"]
    assert assessment_of(answer.json) == {
        "service": "toy",
        "version": "1.0.0",
        "asOf": "2026-03-01",
        "orders": ["ServiceRequest/draft-1"],
        "criteria": [
            {
                "id": "has-condition",
                "status": "met",
                "evidence": [{"resource": "Condition/c1", "origin": "coded"}],
            }
        ],
    }


def test_the_same_request_twice_gets_two_cards_with_their_own_uuids(client):
    first, second = (post(client, toy_request()).json["cards"][0]["uuid"] for _ in range(2))
    assert first != second


def test_an_order_that_is_not_ours_is_answered_without_looking_at_its_prefetch(client):
    request = toy_request(toy_order("aspirin"), prefetch={"conditions": "not even FHIR"})
    answer = post(client, request)
    assert (answer.status_code, answer.json) == (200, {"cards": []})


def test_an_order_that_is_not_ours_asks_no_fhir_server():
    deployment = deploy(Settings(), SERVICES, lambda: AS_OF)

    class NeverAsked:
        def base(self, _):
            raise AssertionError("the server was looked at")

    request = toy_request(toy_order("aspirin"), prefetch={}, fhirServer="http://127.0.0.1:9/fhir")
    body = orjson.dumps(request)
    assert answer(TOY, body, replace(deployment, client=CDSClient(NeverAsked()))) == NO_CARDS


def test_the_time_that_a_request_took_to_arrive_is_not_there_for_reading():
    deployment = deploy(Settings(), SERVICES, lambda: AS_OF)
    server = "http://127.0.0.1:9/fhir"
    body = orjson.dumps(toy_request(prefetch={"patient": PATIENT}, fhirServer=server))
    late = now() - deployment.client.fhir_seconds
    (card,) = orjson.loads(answer(TOY, body, deployment, arrived=late))["cards"]
    unread = card["extension"]["org.spine-cds.assessment"]["unread"]
    assert unread == [{"key": "conditions", "reason": "timeout"}]


def test_null_prefetch_means_searched_and_nothing_there(client):
    answer = post(client, toy_request(prefetch={"patient": PATIENT, "conditions": None}))
    assert status(answer) == "not-met"
    assert unread(answer) == {}


def test_an_empty_searchset_means_the_same_as_null(client):
    answer = post(client, toy_request(prefetch={"patient": PATIENT, "conditions": bundle(total=0)}))
    assert status(answer) == "not-met"


def test_an_absent_key_without_a_server_is_not_provided_and_nothing_is_concluded(client):
    answer = post(client, toy_request(prefetch={"patient": PATIENT}))
    assert status(answer) == "unknown"
    assert unread(answer) == {"conditions": "not-provided"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (OUTCOME, "error"),
        ("x", "unreadable"),
        (7, "unreadable"),
        ({"resourceType": "Binary", "id": "b"}, "unreadable"),
        (PATIENT, "unreadable"),
        (bundle({"resourceType": "Binary", "id": "b"}), "unreadable"),
        (bundle(condition(), OUTCOME), "incomplete"),
        (bundle(condition(), total=2), "incomplete"),
        (bundle(condition(), {"resourceType": "Condition", "id": "c2", "code": 5}), "unreadable"),
        (bundle(condition(), condition("c2", patient="Patient/other")), "wrong-patient"),
        (condition(), "incomplete"),
    ],
)
def test_a_key_that_did_not_arrive_whole_is_listed_with_its_reason(client, value, reason):
    answer = post(client, toy_request(prefetch={"patient": PATIENT, "conditions": value}))
    assert answer.status_code == 200
    assert unread(answer) == {"conditions": reason}
    assert status(answer) in ("met", "unknown")


def test_nothing_readable_for_an_order_that_is_ours_is_412_with_an_outcome(client):
    answer = post(client, toy_request(prefetch={}))
    assert answer.status_code == 412
    assert answer.json["resourceType"] == "OperationOutcome"


def test_only_outcomes_for_an_order_that_is_ours_is_412(client):
    answer = post(client, toy_request(prefetch={"patient": OUTCOME, "conditions": OUTCOME}))
    assert answer.status_code == 412


@pytest.fixture(scope="module")
def hiding_client():
    """The application for a client that hides errors."""
    return toy_client(Settings(unchecked_as_card=True))


@pytest.mark.parametrize(
    ("prefetch", "reason"),
    [({}, "not-provided"), ({"patient": OUTCOME, "conditions": OUTCOME}, "error")],
)
def test_where_errors_are_hidden_nothing_readable_is_a_card_that_says_so(
    hiding_client, prefetch, reason
):
    answer = post(hiding_client, toy_request(prefetch=prefetch))
    assert answer.status_code == 200
    (card,) = answer.json["cards"]
    assert card["indicator"] == "warning"
    assert card["summary"] == "Toy: not checked, no data of the patient could be read"
    assert card["detail"].startswith(
        "**Nothing was checked: no data of the patient could be read.**"
    )
    assert status(answer) == "unknown"
    assert unread(answer) == {"patient": reason, "conditions": reason}


def test_where_errors_are_hidden_what_is_readable_is_answered_as_ever(client, hiding_client):
    ours, theirs = (assessment_of(post(c, toy_request()).json) for c in (client, hiding_client))
    assert ours == theirs
    assert post(hiding_client, toy_request(toy_order("aspirin"), prefetch={})).json == {"cards": []}


def test_a_service_that_says_nothing_of_an_empty_record_is_412_even_then():
    deployment = deploy(Settings(unchecked_as_card=True), SERVICES, lambda: AS_OF)
    mute = replace(TOY, read=lambda *_: None)
    with pytest.raises(NothingReadableError):
        answer(mute, orjson.dumps(toy_request(prefetch={})), deployment)


def test_an_order_that_only_the_record_makes_ours_stays_silent_without_it(client):
    answer = post(client, toy_request(toy_order("maybe"), prefetch={}))
    assert (answer.status_code, answer.json) == (200, {"cards": []})


def test_a_patient_of_another_id_is_not_used(client):
    other = {"resourceType": "Patient", "id": "other"}
    answer = post(client, toy_request(prefetch={"patient": other, "conditions": None}))
    assert unread(answer) == {"patient": "wrong-patient"}


def test_a_token_for_another_patient_makes_everything_unread(client):
    request = toy_request(
        fhirServer="https://fhir.example.org/r4",
        fhirAuthorization=AUTHORIZATION | {"patient": "other"},
    )
    assert post(client, request).status_code == 412


def test_a_token_for_this_patient_changes_nothing(client):
    request = toy_request(
        fhirServer="https://fhir.example.org/r4",
        fhirAuthorization=AUTHORIZATION | {"patient": "p1"},
    )
    assert status(post(client, request)) == "met"


def test_order_select_judges_the_selected_orders_only(client):
    request = toy_request(toy_order(), toy_order(order_id="draft-2"), hook="order-select")
    request["context"]["selections"] = ["ServiceRequest/draft-2"]
    answer = post(client, request, "toy-select")
    assert assessment_of(answer.json)["orders"] == ["ServiceRequest/draft-2"]


def test_order_select_is_silent_when_the_selected_order_is_not_ours(client):
    request = toy_request(toy_order(), toy_order("zz", "draft-2"), hook="order-select")
    request["context"]["selections"] = ["ServiceRequest/draft-2"]
    assert post(client, request, "toy-select").json == {"cards": []}
