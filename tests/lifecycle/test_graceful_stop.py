"""Stopping, reloading and crashing under load (faults.md, P-04, P-05 and T19).

gunicorn loses nothing that the kernel has let in. granian answers what it works on, and may lose
what arrives in the moment in which it closes (docs/operations.md).
"""

import asyncio
import os
import signal
import threading
import time
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from cds_service.demo import free_port
from cds_service.server import GRACE_SECONDS
from tests.full import FULL
from tests.hostile_fhir import hostile_fhir
from tests.lifecycle import (
    DISCOVERY,
    http_request,
    invocation,
    patient,
    serving,
    started,
)
from tests.lifecycle.traffic import after, closed_loop, once
from tests.security.signing import bearer, good_token
from tests.security.trusted_app import BASE, clients_file, entry

RESTARTS = 50 if FULL else 3
LEAST = 20_000 if FULL else 300  # requests in all
WAIT_SECONDS = 60


@contextmanager
def traffic(port):
    """Let clients ask without end: slow invocations, kept connections, and one for each request.

    Yields the list that holds all exchanges when the block has ended.
    """
    is_over, exchanges = threading.Event(), []
    discovery = http_request("GET", DISCOVERY)
    alone = http_request("GET", DISCOVERY, Connection="close")

    async def play(slow):
        until = is_over.is_set
        kinds = await asyncio.gather(
            closed_loop(port, slow, 6, until),
            closed_loop(port, discovery, 6, until, pause=0.01),
            closed_loop(port, alone, 6, until, pause=0.005),
        )
        exchanges.extend(exchange for kind in kinds for exchange in kind)

    with hostile_fhir(patient()) as fhir:
        slow = invocation(fhir.base("delay=0.1"))
        thread = threading.Thread(target=lambda: asyncio.run(play(slow)))
        thread.start()
        try:
            yield exchanges
        finally:
            is_over.set()
            thread.join()


def came_true(condition, seconds=WAIT_SECONDS):
    """Whether a condition comes true in the time that a busy machine may need for it."""
    is_late = after(seconds)
    while not condition() and not is_late():
        time.sleep(0.05)
    return condition()


def established(pid):
    """Return the inodes of the TCP connections that a process has open."""
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    connections = {f"socket:[{row[9]}]" for row in rows if row[3] == "01"}
    return connections & set(open_files(pid))


def open_files(pid):
    """Yield what a process has open; what it closes meanwhile is not among it."""
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield os.readlink(file)


def answers(exchanges):
    return [exchange for exchange in exchanges if exchange.status == 200]


def lost(exchanges):
    return [exchange for exchange in exchanges if exchange.is_lost]


def test_gunicorn_stops_and_starts_under_load_without_losing_a_request():
    port = free_port()
    served = started("gunicorn", port)
    try:
        with traffic(port) as exchanges:
            for _ in range(RESTARTS):
                time.sleep(1)
                served.process.terminate()
                assert served.process.wait(GRACE_SECONDS + 2) == 0
                served = started("gunicorn", port)
            if FULL:
                time.sleep(60)
    finally:
        served.process.terminate()
        served.process.wait(WAIT_SECONDS)
    assert len(answers(exchanges)) >= LEAST
    assert lost(exchanges) == []


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_what_a_server_works_on_when_it_is_stopped_is_answered(server):
    with hostile_fhir(patient()) as fhir, serving(server) as served:
        request = invocation(fhir.base("delay=1"))

        async def ask():
            asking = [asyncio.create_task(once(served.port, request)) for _ in range(8)]
            while len(fhir.calls) < len(asking):
                await asyncio.sleep(0.01)
            served.process.terminate()
            return await asyncio.gather(*asking)

        assert len(answers(asyncio.run(ask()))) == 8
        assert served.process.wait(GRACE_SECONDS + 2) == 0


def test_reloading_replaces_three_workers_without_refusing_a_request():
    with serving(WORKERS=3) as served:
        before = set(served.workers)
        with traffic(served.port) as exchanges:
            time.sleep(0.5)
            served.process.send_signal(signal.SIGHUP)
            assert came_true(lambda: len(served.workers) == 3 and not before & set(served.workers))
            time.sleep(0.5)
        assert len(answers(exchanges)) >= 100
        assert {exchange.status for exchange in exchanges} <= {200, 503}


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_no_token_is_accepted_twice_while_workers_are_replaced(server, tmp_path):
    """By the old one on a connection that is kept, and by the new one on another (T6)."""
    trusted = {"CLIENTS": clients_file(tmp_path, entry(calls_per_minute=1_000_000))}
    with serving(server, PUBLIC_URL=BASE, **trusted) as served:
        kept = HTTPConnection("127.0.0.1", served.port, timeout=5)
        assert status_of(kept, good_token(f"{BASE}{DISCOVERY}")) == 200
        served.process.send_signal(signal.SIGHUP)
        both, until = [], time.monotonic() + 6
        while time.monotonic() < until:
            fresh = HTTPConnection("127.0.0.1", served.port, timeout=5)
            token = new_token()
            both.append((status_of(kept, token), status_of(fresh, token)))
            fresh.close()
            time.sleep(0.1)
        assert came_true(lambda: status_of(kept, new_token()) == 200)
        kept.close()
    assert both.count((200, 200)) == 0
    assert {status for pair in both for status in pair} <= {200, 401, 503}


def new_token():
    return good_token(f"{BASE}{DISCOVERY}", iat=int(time.time()))


def status_of(connection, token):
    """The status of a call by a connection; one that was closed is opened again."""
    for _ in range(3):
        with suppress(OSError, HTTPException):
            connection.request("GET", DISCOVERY, headers=bearer(token))
            answer = connection.getresponse()
            answer.read()
            return answer.status
        connection.close()
    raise AssertionError("nobody answered")


def test_reloading_what_cannot_be_served_changes_nothing(tmp_path):
    clinical = tmp_path / "clinical.yaml"
    clinical.write_text("{}")
    with serving(CLINICAL=clinical, WORKERS=2) as served:
        before = served.workers
        clinical.write_text("no such setting: 1")
        served.process.send_signal(signal.SIGHUP)
        assert not came_true(lambda: served.workers != before, seconds=2)
        clinical.write_text("{}")
        served.process.send_signal(signal.SIGHUP)
        assert came_true(lambda: not set(before) & set(served.workers))


def test_a_worker_is_replaced_although_a_file_is_broken_meanwhile(tmp_path):
    clinical = tmp_path / "clinical.yaml"
    clinical.write_text("{}")
    with serving(CLINICAL=clinical, WORKERS=2) as served:
        clinical.write_text("no such setting: 1")
        for killed in served.workers:
            os.kill(killed, signal.SIGKILL)
            assert came_true(lambda gone=killed: gone not in served.workers)
        assert came_true(lambda: len(served.workers) == 2)
        assert answers([asyncio.run(once(served.port, http_request("GET", DISCOVERY)))])


def test_no_process_has_a_connection_of_another():
    with hostile_fhir(patient()) as fhir, serving(WORKERS=3) as served:
        asyncio.run(closed_loop(served.port, invocation(fhir.base()), 8, after(1)))
        open_in = [established(pid) for pid in (served.process.pid, *served.workers)]
        assert open_in[0] == set()
        assert any(open_in[1:])
        assert sum(map(len, open_in)) == len(set().union(*open_in))


def test_a_worker_that_is_killed_takes_only_its_own_requests_with_it():
    with serving(WORKERS=3) as served:
        killed = served.workers[0]
        with traffic(served.port) as exchanges:
            time.sleep(0.5)
            os.kill(killed, signal.SIGKILL)
            assert came_true(lambda: len(served.workers) == 3 and killed not in served.workers)
            time.sleep(0.5)
        assert len(lost(exchanges)) <= 18  # one for each client
        assert len(answers(exchanges)) >= 100
        assert all(exchange.was_connected for exchange in exchanges)
