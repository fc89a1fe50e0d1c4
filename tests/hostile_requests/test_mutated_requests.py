"""Valid requests, damaged anywhere: answered by the protocol, and never falsely (faults.md, T1).

A damaged record says less. A status that was met, or open, becomes ``not-met`` or ``absent`` only
where what was damaged is what had kept it open: its evidence, or a row that could not be read.
"""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import fhir_fixtures
from cds_service.app import create_app
from cds_service.demo import running_server
from cds_service.settings import Settings
from hooks import services
from tests.chart import AS_OF, judged
from tests.full import FULL
from tests.hostile_requests.mutations import (
    REQUESTS,
    SERVICES,
    SPOILING,
    damaged,
    flipped,
    node_at,
    swapped,
)
from tests.hostile_requests.wire import DEADLINE_SECONDS, exchange, is_outcome, request

ALLOWED = {200, 400, 401, 412, 413, 415}
APP = create_app(
    Settings(value_sets=fhir_fixtures.VALUE_SETS), services(), clock=lambda: AS_OF
).test_client()
# Those of our own services: a card is made of each but the colonoscopy.
OURS = sorted(name for name in REQUESTS if not name.startswith(("sandbox", "colonoscopy")))
JSON = {"Content-Type": "application/json"}


def examples(full, bounded):
    return settings(
        max_examples=full if FULL else bounded,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )


def answered(name, body):
    """The answer to a body at the service of a fixture request; it keeps to the protocol."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = APP.post(f"/cds-services/{SERVICES[name]}", data=data, headers=JSON)
    assert answer.status_code in ALLOWED
    assert answer.content_type == "application/json; charset=utf-8"
    assert answer.status_code == 200 or answer.json["resourceType"] == "OperationOutcome"
    return answer


def judgements(name, body):
    """What was judged of each criterion; nothing where there is no card."""
    answer = answered(name, body)
    return judged(answer.json["cards"][0]) if answer.json.get("cards") else {}


WHOLE = {name: judgements(name, REQUESTS[name]) for name in OURS}
UNREAD = {"revision-odd-chart": {"observations"}}  # a value that is a string, not a number
ANY_NAME = st.sampled_from(sorted(REQUESTS))


@examples(4000, 150)
@given(ANY_NAME.flatmap(lambda name: st.tuples(st.just(name), damaged(name))))
def test_any_damage_is_answered_within_the_protocol(case):
    name, (body, _) = case
    answered(name, body)


@examples(1500, 60)
@given(ANY_NAME.flatmap(lambda name: st.tuples(st.just(name), swapped(name))))
def test_swapped_nodes_are_answered_within_the_protocol(case):
    name, body = case
    answered(name, body)


@examples(2000, 100)
@given(
    ANY_NAME.flatmap(
        lambda name: st.tuples(st.just(name), flipped(json.dumps(REQUESTS[name]).encode()))
    )
)
@example(("removal-solid-fusion", b""))
def test_flipped_bytes_are_answered_within_the_protocol(case):
    name, body = case
    answered(name, body)


def damaged_rows(request_, paths):
    """The references of the rows that paths lead into, or all of the search that they lead to."""
    for path in paths:
        rows = node_at(request_, path[:4]) if len(path) > 3 else node_at(request_, path[:2])
        for row in rows.get("entry", [rows]) if isinstance(rows, dict) else ():
            resource = row.get("resource") or row if isinstance(row, dict) else {}
            yield f"{resource.get('resourceType')}/{resource.get('id')}"


def kept_it_open(before, rows):
    evidence = {piece.get("resource") for piece in before.get("evidence", ())}
    return before["status"] == "unknown" and bool(evidence & rows)


@pytest.mark.parametrize("name", OURS)
@examples(400, 25)
@given(st.data())
def test_spoiling_any_part_of_a_prefetch_never_makes_a_criterion_not_met(name, data):
    body, hit = data.draw(damaged(name, SPOILING))
    after = judgements(name, body)
    hit = [path for path in hit if path[0] == "prefetch"]
    rows = set(damaged_rows(REQUESTS[name], hit))
    was_unread = bool(UNREAD.get(name, set()) & {path[1] for path in hit if len(path) > 1})
    for criterion_id, judgement in after.items():
        before = WHOLE[name][criterion_id]
        if judgement["status"] in {"not-met", "absent"} - {before["status"]}:
            assert kept_it_open(before, rows) or (before["status"] == "unknown" and was_unread), (
                criterion_id
            )


@pytest.fixture(scope="module")
def port():
    with running_server(VALUE_SETS=str(fhir_fixtures.VALUE_SETS)) as base:
        yield int(base.rpartition(":")[2])


@examples(1500, 120)
@given(case=ANY_NAME.flatmap(lambda name: st.tuples(st.just(name), damaged(name) | swapped(name))))
def test_any_damage_over_a_real_socket_is_answered_in_time(port, case):
    name, body = case
    data = json.dumps(body[0] if isinstance(body, tuple) else body).encode()
    path = f"/cds-services/{SERVICES[name]}".encode()
    (answer,), seconds = exchange(port, request(data, path=path))
    assert seconds < DEADLINE_SECONDS
    assert answer.status in ALLOWED
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.status == 200 or is_outcome(answer)


def test_the_rows_that_cannot_be_read_in_whole_requests_are_those_named_here():
    found = {}
    for name in OURS:
        cards = answered(name, REQUESTS[name]).json["cards"]
        assessment = cards[0]["extension"]["org.spine-cds.assessment"]
        reasons = {u["key"]: u["reason"] for u in assessment.get("unread", ())}
        if unreadable := {key for key, reason in reasons.items() if reason == "unreadable"}:
            found[name] = unreadable
    assert found == UNREAD


def test_every_service_is_among_those_damaged():
    assert {service.id for service in services()} <= set(SERVICES.values())
