"""Probes: alive touches nothing; ready names what fails, soon, and says nothing else."""

import threading
import time

import pytest
from flask import Flask

from cds_service.observability import health
from cds_service.observability.health import CHECK_SECONDS, Readiness, answer_probes
from tests.toy_service import toy_client

CANARY = "canary-91be"


def holds():
    pass


def is_false():
    return False


def raises():
    raise ConnectionError(CANARY)


def times_out():
    raise TimeoutError(CANARY)


@pytest.fixture
def moment(monkeypatch):
    """The seconds of the clock, as a list of one number that a test may change."""
    seconds = [1000.0]
    monkeypatch.setattr(health, "now", lambda: seconds[0])
    return seconds


@pytest.fixture
def hanging():
    """A check that hangs until the test ends, and how often it was started."""
    end, started = threading.Event(), []

    def hangs():
        started.append(1)
        end.wait(30)

    yield hangs, started
    end.set()


def probed(needed, wanted=()):
    app = Flask("probed")
    answer_probes(app, needed, dict(wanted))
    return app.test_client()


def test_an_application_is_alive_and_ready():
    client = toy_client()
    for path, status in (("/healthz", "alive"), ("/readyz", "ready")):
        answer = client.get(path)
        assert (answer.status_code, answer.json) == (200, {"status": status})
        assert answer.headers["Cache-Control"] == "no-store"


def test_what_fails_is_named_in_order_and_nothing_is_said_of_why():
    checks = {"store": raises, "schema": is_false, "replay": holds, "disk": times_out}
    answer = probed(checks).get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "not-ready", "failing": ["store", "schema", "disk"]}
    assert CANARY not in answer.text


def test_what_is_only_wanted_is_named_and_takes_no_cards_away():
    answer = probed({"replay": holds}, {"store": raises}).get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready", "failing": ["store"]})


def test_alive_does_not_depend_on_any_check():
    assert probed({"store": raises}).get("/healthz").status_code == 200


def test_a_check_that_hangs_fails_in_time_and_hides_no_other(hanging):
    hangs, _ = hanging
    begun = time.monotonic()
    assert Readiness({"hanging": hangs, "store": raises, "disk": holds}).failing() == [
        "hanging",
        "store",
    ]
    assert time.monotonic() - begun < CHECK_SECONDS + 3  # the check itself would take thirty


def test_a_check_that_hangs_is_not_started_again(hanging, moment):
    hangs, started = hanging
    readiness = Readiness({"hanging": hangs})
    for _ in range(2):
        assert readiness.failing() == ["hanging"]
        moment[0] += 10
    assert len(started) == 1


def test_what_was_found_holds_for_a_second(moment):
    asked = []
    readiness = Readiness({"store": lambda: asked.append(1)})
    for _ in range(5):
        assert readiness.failing() == []
    assert len(asked) == 1
    moment[0] += 1.1
    readiness.failing()
    assert len(asked) == 2


def test_what_comes_back_is_ready_again(moment):
    there = [False]
    client = probed({"store": lambda: there[0]})
    assert client.get("/readyz").status_code == 503
    there[0] = True
    moment[0] += 1.1
    assert client.get("/readyz").status_code == 200
