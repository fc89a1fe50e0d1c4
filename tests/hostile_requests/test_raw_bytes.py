"""Any bytes as a body and any bytes as HTTP, over a real socket (faults.md, B-01 to B-06 and T2).

No answer is a 5xx or repeats what came, each is there before the deadline, and the server lives on.
"""

import json

import pytest

import fhir_fixtures
from cds_service.demo import running_server
from tests.hostile_requests.bodies import VALID, corpus
from tests.hostile_requests.framings import framings
from tests.hostile_requests.wire import DEADLINE_SECONDS, exchange, is_outcome, request, resident

MOST_GROWTH = 20 * 1024 * 1024


@pytest.fixture(scope="module")
def port():
    with running_server(VALUE_SETS=str(fhir_fixtures.VALUE_SETS)) as base:
        yield int(base.rpartition(":")[2])


def assert_kept_to_the_protocol(answer):
    assert answer.status < 500
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert b"canary" not in answer.body
    if answer.status != 200:
        assert is_outcome(answer)


def wrong(port, name, sent, statuses):
    """What was wrong with the answers to one request; None when nothing was."""
    found, seconds = exchange(port, sent)
    try:
        assert seconds < DEADLINE_SECONDS
        for answer in found:
            if answer.body:  # the answer to HEAD has none
                assert_kept_to_the_protocol(answer)
        assert tuple(answer.status for answer in found) in statuses
    except (AssertionError, KeyError) as error:
        return name, [answer.status for answer in found], str(error).partition("\n")[0]
    return None


@pytest.fixture(scope="module")
def corpus_sent(port):
    """What was wrong with the answers to the whole corpus, and how many bytes the server grew."""
    for _ in range(20):
        exchange(port, request(VALID))
    before = resident()
    wrongs = [wrong(port, n, request(b), {(s,) for s in statuses}) for n, b, statuses in corpus()]
    return [w for w in wrongs if w], resident() - before


def test_no_body_is_answered_but_as_the_protocol_says(corpus_sent):
    wrongs, _ = corpus_sent
    assert wrongs == []


def test_no_body_makes_the_server_grow(corpus_sent):
    _, growth = corpus_sent
    assert growth < MOST_GROWTH


def test_no_framing_is_answered_but_as_the_protocol_says(port):
    wrongs = [wrong(port, name, sent, statuses) for name, sent, statuses in framings()]
    assert [w for w in wrongs if w] == []


def test_the_corpus_is_large_enough():
    assert len({name for name, _, _ in corpus()}) >= 120
    assert len({name for name, _, _ in framings()}) >= 120


def test_after_all_of_it_a_valid_request_has_its_card(port):
    (answer,), _ = exchange(port, request(VALID))
    assert answer.status == 200
    assert len(json.loads(answer.body)["cards"]) == 1
