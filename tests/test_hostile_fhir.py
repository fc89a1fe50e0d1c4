"""Whatever the FHIR server does, the answer is right and in time (faults.md, T10 and T11)."""

import gc
import random
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice

import pytest

from cds_service.fhir.connections import PER_HOST, close_connections
from cds_service.fhir.parallel import THREADS
from cds_service.protocol.errors import NothingReadableError
from cds_service.security.cds_client import FAN_OUT
from cds_service.security.fhir_servers import ReadableServers, parse_base
from fhir_fixtures import load_request, request_names
from tests.chart import DEPLOYMENT, SERVICE_OF, assessment_of, call, card_of, statuses
from tests.full import FULL
from tests.hostile_content import BODIES, CONTENT
from tests.hostile_fhir import TRANSPORT, hostile_fhir, resources_of

REMOVAL = "removal-solid-fusion"
CHARTS = {name: load_request(name) for name in SERVICE_OF}
TEMPLATES = DEPLOYMENT.templates[SERVICE_OF[REMOVAL]]
TRUTH = {name: statuses(card_of(CHARTS[name], SERVICE_OF[name])) for name in SERVICE_OF}


def client(seconds=4.0, **options):
    return replace(
        DEPLOYMENT, client=replace(DEPLOYMENT.client, deadline_seconds=seconds, **options)
    )


def request_of(name, base, prefetch="none"):
    """The request of a fixture that brings all, every other one or none of its prefetch."""
    request = CHARTS[name]
    step = {"all": 1, "half": 2}.get(prefetch)
    kept = dict(islice(request["prefetch"].items(), 0, None, step)) if step else {}
    return request | {"prefetch": kept, "fhirServer": base}


def answered(name, base, prefetch="none", deployment=DEPLOYMENT):
    """The card, or None for a 412."""
    try:
        return card_of(request_of(name, base, prefetch), SERVICE_OF[name], deployment)
    except NothingReadableError:
        return None


def false_answers(name, card):
    """What the card says that the whole chart does not."""
    found = statuses(card) if card else {}
    return {k: v for k, v in found.items() if v not in ("unknown", TRUTH[name][k])}


def reasons(card):
    return {u["reason"] for u in assessment_of(card).get("unread", ())}


@pytest.fixture
def hostile():
    with hostile_fhir(resources_of(CHARTS[REMOVAL])) as server:
        yield server


@pytest.mark.parametrize("name", SERVICE_OF)
@pytest.mark.parametrize("faults", ["ok", "pages=1", "pages=2", "delay=0.2"])
@pytest.mark.parametrize("options", [{}, {"batch": True}, {"search_by_post": True}], ids=str)
def test_a_server_that_does_its_work_gives_the_same_card_as_prefetch(name, faults, options):
    with hostile_fhir(resources_of(CHARTS[name])) as server:
        card = answered(name, server.base(faults), deployment=client(**options))
    assert statuses(card) == TRUTH[name]
    assert "unread" not in assessment_of(card)


def test_a_server_whose_every_first_try_fails_gives_the_same_card(hostile):
    card = answered(REMOVAL, hostile.base("flaky"))
    assert statuses(card) == TRUTH[REMOVAL]
    assert len(hostile.calls) == 2 * len(TEMPLATES)


@pytest.mark.parametrize("name", SERVICE_OF)
@pytest.mark.parametrize("fault", CONTENT)
@pytest.mark.parametrize("batch", [False, True], ids=["single", "batch"])
def test_rows_that_were_lost_are_never_taken_for_absence(name, fault, batch):
    with hostile_fhir(resources_of(CHARTS[name])) as server:
        card = answered(name, server.base(fault), deployment=client(batch=batch))
    assert false_answers(name, card) == {}
    assert reasons(card)
    assert statuses(card) != TRUTH[name]


@pytest.mark.parametrize("fault", [*BODIES, *TRANSPORT, "hang"])
def test_what_is_no_answer_costs_the_keys_it_was_for(hostile, fault):
    card = answered(REMOVAL, hostile.base(f"{fault},only=Observation"), deployment=client(1.0))
    assert false_answers(REMOVAL, card) == {}
    (unread,) = assessment_of(card)["unread"]
    slow = fault in ("drip", "drip-headers", "continue", "hang")
    assert unread == {"key": "observations", "reason": "timeout" if slow else "error"}


@pytest.mark.parametrize("fault", ["hang", "status=500", "html"])
def test_nothing_at_all_is_412(hostile, fault):
    assert answered(REMOVAL, hostile.base(fault), deployment=client(0.6)) is None


@pytest.mark.parametrize("name", SERVICE_OF)
def test_for_a_client_that_hides_errors_it_is_a_card_that_names_what_was_not_checked(hostile, name):
    hiding = client(0.6, unchecked_as_card=True)
    card = answered(name, hostile.base("status=403"), deployment=hiding)
    service = DEPLOYMENT.services.get(SERVICE_OF[name])
    assert card["indicator"] == "warning"
    assert "not checked" in card["summary"]
    assert "suggestions" not in card
    assert set(statuses(card).values()) == {"unknown"}
    assert reasons(card) == {"forbidden"}
    assert all(f"- {key}: not permitted" in card["detail"] for key in service.prefetch)
    assert "Advisory" in card["detail"]
    assert "pending human review" in card["detail"]
    assert len(card["detail"]) <= 6000


def test_a_row_that_slipped_to_the_page_before_is_missed(hostile):
    card = answered(REMOVAL, hostile.base("pages=1,shift"))
    assert reasons(card) == {"incomplete"}
    assert false_answers(REMOVAL, card) == {}


def test_pages_without_an_end_are_left_after_twenty(hostile):
    answered(REMOVAL, hostile.base("endless,only=Observation"))
    searched = [path for path in hostile.paths if path.startswith("Observation?")]
    assert len(searched) == 20


@pytest.mark.parametrize("seed", range(200 if FULL else 6))
def test_a_server_that_fails_at_random_makes_nobody_say_what_is_not_so(seed):
    name = random.Random(seed).choice(sorted(SERVICE_OF))  # noqa: S311
    started = time.monotonic()
    with hostile_fhir(resources_of(CHARTS[name])) as server:
        card = answered(name, server.base(f"chaos={seed}"), deployment=client(1.6))
        assert time.monotonic() - started < 1.6
    assert false_answers(name, card) == {}


# The matrix

SCALE = 1.0 if FULL else 0.5  # of the default deadline, and of the delays
DELAYS = ("ok", "delay=0.5", "delay=1", "delay=2", "delay=5", "delay=30", "hang", "drip",
          "drip-headers", "reset", "reset-half", "truncated", "short")  # fmt: skip
STATUSES = (200, 401, 403, 404, 410, 429, 500, 502, 503, 504)
PREFETCH = ("none", "half", "all")
AT_A_TIME = 8
CROSS = [(d, s, p) for d in DELAYS for s in STATUSES for p in PREFETCH]
STAR = [cell for cell in CROSS if cell[0] == "ok" or cell[1] == 200]
NOWHERE = [("dns", 200, p) for p in PREFETCH] + [("tls", 200, p) for p in PREFETCH]


def scaled(delay):
    name, is_delay, seconds = delay.partition("=")
    return f"{name}={float(seconds) * SCALE}" if is_delay else delay


def cell(number_and_cell):
    """Return what a cell was, what its answer should not have said, and its seconds."""
    number, (delay, status, prefetch) = number_and_cell
    name = sorted(SERVICE_OF)[number % 2]
    with hostile_fhir(resources_of(CHARTS[name])) as server:
        base = server.base(f"{scaled(delay)},status={status}")
        if delay == "dns":
            base = "http://no-such-host.invalid/fhir"
        elif delay == "tls":
            base = base.replace("http:", "https:")
        listed = ReadableServers([parse_base(base)], loopback_too=True)
        started = time.monotonic()
        card = answered(name, base, prefetch, client(4.0 * SCALE, servers=listed))
        seconds = time.monotonic() - started
    where = f"{name} {delay} {status} {prefetch}"
    assert prefetch != "all" or (card and statuses(card) == TRUTH[name]), where
    return where, false_answers(name, card), seconds


def wait_until(condition, seconds=5.0):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


def test_the_whole_matrix_is_answered_in_time_and_rightly():
    cells = [*(CROSS if FULL else STAR), *NOWHERE]
    with ThreadPoolExecutor(AT_A_TIME) as at_once:
        results = list(at_once.map(cell, enumerate(cells)))
    assert [(where, false) for where, false, _ in results if false] == []
    assert [(where, s) for where, _, s in results if s >= 4.0 * SCALE] == []
    assert len(results) == len(cells)


def readers():
    return [t for t in threading.enumerate() if t.name.startswith("fhir-read")]


def busy_readers():
    """The threads of the shared pool that are at work on some read."""
    frames = sys._current_frames()
    stacks = [traceback.extract_stack(frames[t.ident]) for t in readers() if t.ident in frames]
    return [stack for stack in stacks if any(f.name == "_work_off" for f in stack)]


def test_nothing_is_left_open_and_no_thread_is_left_busy():
    faults = ["hang", "drip", "drip-headers", "delay=30", "reset-half", "bomb", "continue", "ok"]
    with hostile_fhir(resources_of(CHARTS[REMOVAL])) as server:
        for fault in faults:
            answered(REMOVAL, server.base(fault), deployment=client(0.6))
        assert wait_until(lambda: not busy_readers())
        close_connections()  # those that are kept for the next call; a leaked one stays open
        gc.collect()
        assert wait_until(lambda: server.open_connections == 0), server.open_connections
    assert len(readers()) <= THREADS


def test_no_more_calls_than_allowed_reach_one_host_at_a_time(hostile):
    base = hostile.base("delay=0.1")
    with ThreadPoolExecutor(4) as at_once:
        cards = list(at_once.map(lambda _: answered(REMOVAL, base), range(4)))
    assert all(statuses(card) == TRUTH[REMOVAL] for card in cards)
    assert FAN_OUT < hostile.most_connections <= PER_HOST


# Orders that are not ours

NOT_OURS = [
    name
    for name in request_names()
    if name == "colonoscopy" or "medication" in name or name.endswith(("-ct", "-empty"))
]


@pytest.mark.parametrize("name", NOT_OURS)
def test_an_order_that_is_not_ours_makes_no_call(hostile, name):
    request = load_request(name) | {"fhirServer": hostile.base(), "prefetch": {}}
    asked = [service for service in DEPLOYMENT.services if service.hook == request["hook"]]
    assert asked
    for service in asked:
        assert call(request, service.id) == {"cards": []}
    assert hostile.calls == []
