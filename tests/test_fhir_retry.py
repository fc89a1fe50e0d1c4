"""A failed call is repeated once where that may help, and a failing server is left alone."""

from itertools import count
from types import SimpleNamespace

import pytest

from cds_service.fhir import retry, server_health
from cds_service.fhir.client import FAIR_SECONDS, FhirReader
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.parallel import side_by_side
from cds_service.fhir.read_error import FhirReadError
from cds_service.fhir.server_health import FAILURES, OPEN_SECONDS, WITHIN_SECONDS, ServerHealth
from cds_service.security.access_token import AccessToken
from cds_service.security.cds_client import CDSClient
from cds_service.security.fhir_servers import ReadableServers, parse_base
from tests.fhir_stub import fhir_stub, send
from tests.hostile_fhir import hostile_fhir
from tests.toy_service import bundle, condition

SEARCH = "Condition?patient=p1"
OPEN = CDSClient(ReadableServers((), loopback_too=True))


INVOCATIONS = count()


@pytest.fixture
def stub():
    with fhir_stub() as running:
        yield running


def ask(stub, seconds=5.0, token=None, **options):
    """The reason why a search brought nothing; None when it did bring something."""
    client = CDSClient(OPEN.servers, **options)
    try:
        FhirReader(parse_base(stub.base), token, Deadline.after(seconds), client).read(SEARCH)
    except FhirReadError as failure:
        return failure.reason.value
    return None


def drop(handler):
    handler.close_connection = True


def refuse(status, **headers):
    return lambda handler: send(handler, status, {}, **headers)


def in_turn(*answers):
    left = list(answers)
    return lambda handler: left.pop(0)(handler)


def good(handler):
    send(handler, 200, bundle(condition()))


@pytest.mark.parametrize("fault", [refuse(429), refuse(502), refuse(503), refuse(504), drop])
def test_what_may_pass_is_tried_once_more(stub, fault):
    stub.routes[SEARCH] = in_turn(fault, good)
    assert ask(stub) is None
    assert len(stub.calls) == 2


@pytest.mark.parametrize("fault", [refuse(503), drop])
def test_what_fails_twice_is_an_error(stub, fault):
    stub.routes[SEARCH] = fault
    assert ask(stub) == "error"
    assert len(stub.calls) == 2


@pytest.mark.parametrize(
    ("retry_after", "seconds", "expected", "calls"),
    [
        ("0", 5.0, None, 2),
        ("1", 5.0, None, 2),
        ("1", 1.0, "error", 1),
        ("120", 5.0, "error", 1),
        ("Fri, 31 Dec 2099 23:59:59 GMT", 5.0, "error", 1),
        ("-1", 5.0, "error", 1),
        ("١", 5.0, "error", 1),
    ],
)
def test_retry_after_is_honoured_only_if_it_fits(
    stub, monkeypatch, retry_after, seconds, expected, calls
):
    monkeypatch.setattr(Deadline, "pause", lambda *_: None)
    if not retry_after.isascii():
        assert retry.delay_before_retry(retry_after, Deadline.after(seconds)) is None
        return
    stub.routes[SEARCH] = in_turn(refuse(503, Retry_After=retry_after), good)
    assert ask(stub, seconds) == expected
    assert len(stub.calls) == calls


def test_a_post_is_never_repeated(stub):
    stub.routes["Condition/_search"] = refuse(503)
    assert ask(stub, search_by_post=True) == "error"
    assert len(stub.calls) == 1


def test_a_server_that_keeps_failing_is_left_alone(stub):
    stub.routes[SEARCH] = refuse(500)
    assert [ask(stub) for _ in range(FAILURES + 2)] == ["error"] * (FAILURES + 2)
    assert len(stub.calls) == FAILURES


@pytest.mark.parametrize(
    ("seconds", "calls"), [(FAIR_SECONDS + 0.1, FAILURES), (FAIR_SECONDS - 0.3, FAILURES + 1)]
)
def test_a_server_that_hangs_is_left_alone_if_it_was_given_a_fair_time(seconds, calls):
    with hostile_fhir() as server:
        hanging = SimpleNamespace(base=server.base("hang"))
        reads = side_by_side([lambda: ask(hanging, seconds)] * FAILURES, FAILURES)
        assert [read.result() for read in reads] == ["timeout"] * FAILURES
        ask(hanging, seconds)
        assert len(server.calls) == calls


def test_a_server_that_refuses_is_not_failing(stub):
    stub.routes[SEARCH] = refuse(403)
    assert [ask(stub) for _ in range(FAILURES + 2)] == ["forbidden"] * (FAILURES + 2)
    assert len(stub.calls) == FAILURES + 2


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        time = 1000.0

    monkeypatch.setattr(server_health, "now", lambda: Clock.time)
    return Clock


def fail(health, times=FAILURES):
    for _ in range(times):
        health.note_failure(next(INVOCATIONS))


def test_after_a_while_one_call_may_try(clock):
    health = ServerHealth()
    fail(health)
    assert not health.may_be_asked()
    clock.time += OPEN_SECONDS - 0.1
    assert not health.may_be_asked()
    clock.time += 0.2
    assert [health.may_be_asked() for _ in range(3)] == [True, False, False]


def test_a_call_that_could_not_tell_leaves_the_try_to_another(clock, stub):
    """By an expired token nobody is asked, and too little time says nothing about the server."""
    stub.routes[SEARCH] = good
    fail(server_health.health_of(parse_base(stub.base)))
    clock.time += OPEN_SECONDS + 1
    assert ask(stub, token=AccessToken("t", 0)) == "unauthorized"
    assert ask(stub, FAIR_SECONDS / 2) == "error"
    assert ask(stub) is None


def test_a_client_of_little_patience_finds_back_to_its_server_too(clock, stub):
    """None of its calls ever has a fair time."""
    stub.routes[SEARCH] = good
    health = server_health.health_of(parse_base(stub.base))
    fail(health)
    hasty = CDSClient(OPEN.servers, deadline_seconds=0.5)
    assert hasty.fhir_seconds < FAIR_SECONDS
    assert ask(stub, hasty.fhir_seconds, deadline_seconds=0.5) == "error"
    assert came_back(clock, stub, hasty)
    assert [health.may_be_asked() for _ in range(3)] == [True] * 3


def came_back(clock, stub, client):
    """Whether a try is answered: on a crowded machine one may be too late."""
    for _ in range(5):
        clock.time += OPEN_SECONDS + 1
        if ask(stub, client.fhir_seconds, deadline_seconds=client.deadline_seconds) is None:
            return True
    return False


def test_what_fails_side_by_side_in_one_invocation_is_one_failure(clock):
    health = ServerHealth()
    for _ in range(20):
        health.note_failure(1)
    assert health.may_be_asked()
    fail(health, FAILURES - 1)
    assert not health.may_be_asked()


def test_a_try_that_is_answered_opens_the_way_for_all(clock):
    health = ServerHealth()
    fail(health)
    clock.time += OPEN_SECONDS + 1
    assert health.may_be_asked()
    health.note_answer()
    assert [health.may_be_asked() for _ in range(3)] == [True] * 3


def test_a_try_that_fails_closes_it_again(clock):
    health = ServerHealth()
    fail(health)
    clock.time += OPEN_SECONDS + 1
    assert health.may_be_asked()
    fail(health, 1)
    clock.time += OPEN_SECONDS - 1
    assert not health.may_be_asked()


def test_failures_far_apart_or_with_an_answer_between_them_change_nothing(clock):
    health = ServerHealth()
    fail(health, FAILURES - 1)
    health.note_answer()
    fail(health, FAILURES - 1)
    clock.time += WITHIN_SECONDS + 1
    fail(health, 1)
    assert health.may_be_asked()


def test_no_more_than_a_tenth_of_all_calls_is_repeated(clock):
    health, repeated = ServerHealth(), 0
    for _ in range(1000):
        assert health.may_be_asked()
        repeated += health.may_be_asked_again()
    assert 100 <= repeated <= 116  # and the reserve
