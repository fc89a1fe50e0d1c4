"""A store that fails costs no card and no acknowledged feedback (faults.md, T16, K-04, K-05)."""

import gc
import os
import signal
import sqlite3
from contextlib import closing
from threading import Event
from weakref import WeakSet

import psycopg
import pytest
from sqlalchemy import event

from cds_service.store import store as store_module
from cds_service.store.engines import make_engine
from cds_service.store.errors import StoreAwayError
from tests.store.faulty import ALWAYS, ERRORS, Faults, faulty_engine
from tests.store.feedback import audit_rows, overridden, report, rows
from tests.toy_service import post, toy_request
from tests.unwritable_log import KINDS, unwritable_log

OPERATIONS = 20  # more than storing a batch on a new connection takes
each_error = pytest.mark.parametrize(
    ("kind", "error"), ERRORS, ids=[f"{kind}-{str(error)[:20]}" for kind, error in ERRORS]
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("cds_service.store.audit_rows.LINGER_SECONDS", 0.01)
    monkeypatch.setattr("cds_service.store.audit_rows.RETRY_SECONDS", 0.01)


class Batch:
    """Stands for one that nothing is read of."""


def batch(number):
    return [overridden(card=f"card-{number}-{n}") for n in range(3)]


def stored(engine, number):
    return sum(row["card"].startswith(f"card-{number}-") for row in rows(engine))


@each_error
@pytest.mark.parametrize("late", [False, True], ids=["before", "after the commit"])
def test_a_fault_at_any_operation_refuses_a_batch_or_leaves_it_whole(
    url, engine, store_on, error, late
):
    """A fault after a commit is told as one, too: the client comes again, and it is there once."""
    happened = 0
    for number in range(1, OPERATIONS):
        faults = Faults(error, number, late=late)
        client, store = store_on(url, engine=faulty_engine(url, faults))
        answer = report(client, *batch(number))
        if answer.status_code == 503:
            assert stored(engine, number) in ((0, 3) if late else (0,))
            assert "Retry-After" in answer.headers
            answer = report(client, *batch(number))
        assert answer.status_code == 200
        assert stored(engine, number) == 3
        store.close()
        happened += faults.happened
    assert (happened == 1) if late else (3 < happened < OPERATIONS - 1)


@each_error
def test_a_fault_at_any_operation_of_the_audit_costs_no_card_and_no_row(
    url, engine, store_on, error
):
    for number in range(1, OPERATIONS):
        faults = Faults(error, number)
        client, store = store_on(url, engine=faulty_engine(url, faults))
        assert post(client, toy_request()).json["cards"]
        store.close()
        assert (len(audit_rows(engine)), store.audit.dropped) == (number, 0)
        if not faults.happened:
            break
    assert 3 < number < OPERATIONS - 1


@each_error
def test_a_store_that_never_works_costs_rows_and_counts_them(url, engine, store_on, error):
    client, store = store_on(url, engine=faulty_engine(url, Faults(error, ALWAYS)))
    for _ in range(5):
        assert post(client, toy_request()).json["cards"]
    assert not store.is_ready()
    assert report(client, overridden()).status_code == 503
    probe = client.get("/readyz")  # cards need no store
    assert (probe.status_code, probe.json["failing"]) == (200, ["store"])
    store.close()
    assert store.audit.dropped == 5
    assert "spine_cds_audit_dropped_total 5.0" in client.get("/metrics").text
    assert audit_rows(engine) == rows(engine) == []


def refused_then_stored(client, engine, heal):
    """Feedback is refused, cards are not; after healing, what was refused is stored once."""
    refused = report(client, *batch(1))
    assert (refused.status_code, refused.json["resourceType"]) == (503, "OperationOutcome")
    assert post(client, toy_request()).status_code == 200
    heal()
    assert report(client, *batch(1)).status_code == 200
    assert stored(engine, 1) == 3


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_file_that_somebody_else_has_locked(url, engine, store_on):
    client, _ = store_on(url, engine=make_engine(url, seconds=0.2))
    with closing(sqlite3.connect(engine.url.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused_then_stored(client, engine, lambda: other.execute("ROLLBACK"))


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_file_that_can_only_be_read(url, engine, store_on):
    read_only = f"sqlite:///file:{engine.url.database}?mode=ro&uri=true"
    client, store = store_on(read_only)
    assert report(client, *batch(1)).status_code == 503
    assert store.is_ready() is True  # it can be read; that it cannot be written is told by 503
    assert post(client, toy_request()).status_code == 200
    assert rows(engine) == []


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_full_disk(url, engine, store_on):
    full = make_engine(url)
    limit = {"pages": 1}

    @event.listens_for(full, "begin")
    def no_more_pages(connection):
        connection.exec_driver_sql(f"PRAGMA max_page_count={limit['pages']}")

    client, _ = store_on(url, engine=full)
    large = [overridden(card=f"card-1-{n}" + "x" * 200) for n in range(200)]
    assert report(client, *large).status_code == 503
    assert post(client, toy_request()).status_code == 200
    assert rows(engine) == []
    limit["pages"] = 100_000
    assert report(client, *large).status_code == 200
    assert stored(engine, 1) == 200


@pytest.mark.parametrize("kind", ["sqlite"])
def test_every_commit_waits_for_the_disk(engine):
    with engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        ]
    assert found == ["wal", 2, 2000]  # 2 is FULL


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_table_that_somebody_else_has_locked(url, engine, store_on):
    client, _ = store_on(url, engine=make_engine(url, seconds=0.2))
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE feedback IN ACCESS EXCLUSIVE MODE")
        refused_then_stored(client, engine, other.rollback)


def test_a_store_that_hangs_holds_no_more_batches_than_threads(store, monkeypatch):
    """Comments are of any patient's: none stays in memory because nobody could store it."""
    monkeypatch.setattr(store_module, "ANSWER_SECONDS", 0.01)
    monkeypatch.setattr(store_module, "QUEUE_SECONDS", 0.01)
    thawed, held = Event(), WeakSet()
    monkeypatch.setattr(store, "_write_feedback", lambda batch: thawed.wait())
    try:
        for _ in range(20):
            held.add(batch := Batch())
            with pytest.raises(StoreAwayError):
                store.add_feedback(batch)
        del batch
        gc.collect()
        assert len(held) <= 4
    finally:
        thawed.set()


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_server_that_is_frozen_is_given_up_in_time(url, engine, store_on, monkeypatch):
    monkeypatch.setattr(store_module, "ANSWER_SECONDS", 0.5)
    client, _ = store_on(url)
    report(client, overridden("warm"))
    backends = "SELECT pid FROM pg_stat_activity WHERE application_name = 'spine-cds'"
    with engine.connect() as connection:
        pids = list(connection.exec_driver_sql(f"{backends} AND pid <> pg_backend_pid()").scalars())
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)

    def thaw():
        for pid in pids:
            os.kill(pid, signal.SIGCONT)

    try:
        refused_then_stored(client, engine, thaw)
    finally:
        thaw()


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_server_that_is_away_and_comes_back(postgresql, url, engine, store_on):
    client, store = store_on(url)
    report(client, overridden("warm"))
    engine.dispose()
    postgresql.stop("immediate")
    assert not store.is_ready()
    refused_then_stored(client, engine, postgresql.start)
    store.close()
    assert (len(audit_rows(engine)), store.audit.dropped) == (1, 0)


@pytest.mark.parametrize("log", KINDS)
def test_feedback_that_is_stored_is_acknowledged_although_no_line_can_be_written(
    url, engine, store_on, log
):
    client, store = store_on(url)
    with unwritable_log(log):
        assert report(client, overridden()).status_code == 200
        post(client, toy_request())
        store.close()
    assert (len(rows(engine)), len(audit_rows(engine))) == (1, 1)
