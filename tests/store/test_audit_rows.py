"""One row for each invocation: what was asked, answered and missing, and nobody's data."""

from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
import requests
import structlog
from sqlalchemy import event

import fhir_fixtures
from cds_service.app import create_app
from cds_service.demo import running_server
from cds_service.protocol.body import MAX_BYTES
from cds_service.settings import Settings
from cds_service.store.audit_rows import AuditRow, AuditWriter
from cds_service.store.engines import make_engine
from cds_service.store.hashes import KeyedHashes
from cds_service.store.retention import delete_before
from tests.security.signing import bearer, good_token
from tests.security.trusted_app import BASE, TOY, clients_file, entry
from tests.store.feedback import audit_rows, overridden, report, rows
from tests.toy_service import SERVICES, UUID, bundle, post, toy_order, toy_request

CANARY = "canary-7f3a"


@pytest.fixture
def written(store, engine):
    """The audit rows, once the store is closed."""

    def read():
        store.close()
        return sorted(audit_rows(engine), key=lambda row: row["at"])

    return read


def test_a_card_leaves_a_row_with_its_uuid_and_every_status(client, written):
    began = datetime.now(UTC)
    card = post(client, toy_request(prefetch={"conditions": bundle()})).json["cards"][0]
    (row,) = written()
    assert began <= row["at"] <= datetime.now(UTC)
    assert row["at"].utcoffset() == timedelta(0)
    assert row["card"] == card["uuid"]
    assert row["criteria"] == {"has-condition": "not-met"}
    assert row["unread"] == {"patient": "not-provided"}
    assert (row["client"], row["service"], row["version"], row["hook"]) == (
        "default",
        "toy",
        "1.0.0",
        "order-sign",
    )
    assert (row["outcome"], row["status"], row["indicator"], row["shadow"]) == (
        "card",
        200,
        "info",
        False,
    )
    assert row["orders"] == 1
    assert row["microseconds"] > 0


def test_an_unknown_status_keeps_its_reason(client, written):
    post(client, toy_request(prefetch={"patient": None}))
    (row,) = written()
    assert row["criteria"] == {"has-condition": "unknown/not-searched"}


def test_silence_and_refusal_leave_rows_too(client, written):
    post(client, toy_request(toy_order("aspirin")))
    post(client, toy_request(prefetch={}))
    post(client, {"hook": CANARY})
    silent, unreadable, malformed = written()
    assert (silent["outcome"], silent["status"], silent["intent"]) == ("silent", 200, None)
    assert (unreadable["outcome"], unreadable["status"]) == ("nothing-readable", 412)
    assert unreadable["intent"] == []  # ours, and none of its codes is in a value set
    assert (malformed["outcome"], malformed["status"]) == ("refused", 400)
    assert {row["card"] for row in (silent, unreadable, malformed)} == {None}


def test_no_value_of_the_request_reaches_a_row(client, written):
    request = toy_request(toy_order(note=[{"text": CANARY}]), fhirServer=f"https://{CANARY}/fhir")
    request["context"]["patientId"] = CANARY
    post(client, request)
    (row,) = written()
    assert CANARY not in str(row)
    assert UUID not in str(row)


def test_equal_patients_are_told_for_one_client_and_one_key_only():
    ours, theirs = KeyedHashes(b"a"), KeyedHashes(b"b")
    assert ours.of_patient("main", "p1") == ours.of_patient("main", "p1")
    hashes = {
        ours.of_patient("main", "p1"),
        ours.of_patient("other", "p1"),
        ours.of_patient("main", "p2"),
        ours.of_instance("main", "p1"),
        theirs.of_patient("main", "p1"),
    }
    assert len(hashes) == 5
    assert ours.of_instance("main", UUID) == ours.of_instance("main", UUID.upper())


def row(number):
    when = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=number)
    asked = ("default", "toy", "1", "order-sign", None, None)
    return AuditRow(f"{number:016x}", when, *asked, "silent", 200, False, 1)


def test_without_a_thread_rows_are_dropped_and_counted_until_there_is_one(monkeypatch):
    written = []
    writer = AuditWriter(lambda rows: bool(written.extend(rows)) or True)

    def refused(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as starved:
        starved.setattr(Thread, "start", refused)
        writer.put(row(0))
    writer.put(row(1))
    writer.close()
    assert (writer.dropped, written) == (1, [row(1)])


def test_a_full_queue_drops_rows_and_counts_them():
    written = []
    writer = AuditWriter(lambda rows: bool(written.extend(rows)) or True, size=3)
    idle = Event()
    writer._thread = Thread(target=idle.wait)  # nobody takes rows off
    writer._thread.start()
    for number in range(5):
        writer.put(row(number))
    assert writer.dropped == 2
    idle.set()
    writer._thread.join()
    writer.put(row(5))
    writer.close()
    assert len(written) + writer.dropped == 6


def test_a_defect_costs_its_rows_and_not_the_thread(monkeypatch):
    monkeypatch.setattr("cds_service.store.audit_rows.LINGER_SECONDS", 0.01)
    written = []

    def write(rows):
        if not written:
            written.append("the first try")
            raise TypeError(CANARY)
        written.extend(rows)
        return True

    writer = AuditWriter(write)
    writer.put(row(1))
    while not writer.dropped:
        pass
    writer.put(row(2))
    writer.close()
    assert written == ["the first try", row(2)]
    assert writer.dropped == 1


def test_whatever_breaks_beside_the_store_costs_no_row_to_come(monkeypatch):
    monkeypatch.setattr("cds_service.store.audit_rows.LINGER_SECONDS", 0.01)
    written = []

    def broken(_):
        raise RuntimeError(CANARY)

    writer = AuditWriter(lambda rows: bool(written.extend(rows)) or True)
    monkeypatch.setattr(writer, "_tell", lambda: broken(0))
    for number in range(3):
        writer.put(row(number))
        while len(written) <= number:
            pass
    assert writer._thread.is_alive()
    writer.close()


def test_a_thread_that_is_dead_all_the_same_is_started_again():
    written = []
    writer = AuditWriter(lambda rows: bool(written.extend(rows)) or True)
    writer._thread = Thread(target=int)
    writer._thread.start()
    writer._thread.join()
    writer.put(row(1))
    writer.close()
    assert written == [row(1)]


def test_a_client_that_repeats_its_request_id_loses_no_row(client, written):
    """Not every proxy makes a new one."""
    headers = {"X-Request-ID": "0123456789abcdef0123456789abcdef"}
    for _ in range(2):
        client.post("/cds-services/toy", json=toy_request(), headers=headers)
    assert len(written()) == 2


def test_rows_that_come_twice_are_stored_once(store, engine):
    for _ in range(2):
        assert store._write_rows([row(1), row(2)])
    assert len(audit_rows(engine)) == 2


def test_rows_are_written_by_one_statement_however_many_they_are(url, store_on):
    written, engine = [], make_engine(url)
    _, store = store_on(url, engine=engine)
    event.listen(engine, "before_cursor_execute", lambda *told: written.append(told[2]))
    for many in (1, 3, 7):
        assert store._write_rows([row(10 * many + number) for number in range(many)])
    assert len({statement for statement in written if "INSERT" in statement}) == 1


def test_a_row_that_no_store_takes_does_not_stop_the_others(store, engine):
    store.audit.put(row(1)._replace(service=None))
    while not store.audit.dropped:
        pass
    store.audit.put(row(2))
    store.close()
    assert [found["id"] for found in audit_rows(engine)] == [row(2).id]


def test_retention_deletes_what_is_older_and_no_more(client, store, engine):
    assert store._write_rows([row(number) for number in range(10)])
    report(client, overridden())
    cutoff = datetime(2026, 3, 8, tzinfo=UTC)
    assert delete_before(engine, cutoff) == {"invocation": 7, "feedback": 0}
    assert [found["id"] for found in audit_rows(engine)] == [row(n).id for n in (7, 8, 9)]
    assert delete_before(engine, datetime.now(UTC) + timedelta(1)) == {
        "invocation": 3,
        "feedback": 1,
    }
    assert rows(engine) == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"x", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Encoding": "gzip"}, 415),
        (b" " * (MAX_BYTES + 1), {}, 413),
        (b"{", {}, 400),
    ],
)
def test_a_client_that_was_let_in_leaves_its_row_whatever_it_sends(
    store, engine, tmp_path, body, headers, status
):
    settings = Settings(public_url=BASE, clients=clients_file(tmp_path, entry(name="ehr")))
    client = create_app(settings, SERVICES, store=store).test_client()
    sent = {"Content-Type": "application/json"} | headers | bearer(good_token(TOY))
    with structlog.testing.capture_logs() as logged:
        assert client.post("/cds-services/toy", data=body, headers=sent).status_code == status
        assert client.post("/cds-services/toy", data=body, headers=headers).status_code == 401
    told = [line["client"] for line in logged if line["event"] == "invocation"]
    assert told == ["ehr", "unknown"]
    store.close()
    (found,) = audit_rows(engine)
    assert (found["client"], found["outcome"], found["status"]) == ("ehr", "refused", status)


def test_an_application_without_a_store_answers_all_the_same():
    client = create_app(Settings(), SERVICES).test_client()
    assert post(client, toy_request()).json["cards"]


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_server_that_is_told_to_stop_writes_its_rows_first(kind, tmp_path, monkeypatch):
    """gunicorn's worker ends in order; the row is younger than any batch waits for."""
    request = fhir_fixtures.load_request("removal-solid-fusion", datetime.now(UTC).date())
    monkeypatch.setattr("cds_service.demo.TemporaryDirectory", lambda: Kept(tmp_path))
    with running_server() as base, requests.Session() as session:
        session.trust_env = False
        url = f"{base}/cds-services/spinal-hardware-removal"
        card = session.post(url, json=request).json()["cards"][0]
        accepted = {"card": card["uuid"], "outcome": "overridden"}
        accepted["outcomeTimestamp"] = datetime.now(UTC).isoformat()
        assert session.post(f"{url}/feedback", json={"feedback": [accepted]}).status_code == 200
    engine = make_engine(f"sqlite:///{tmp_path}/spine-cds.sqlite3")
    (found,) = audit_rows(engine)
    (told,) = rows(engine)
    engine.dispose()
    assert found["card"] == told["card"] == card["uuid"]
    assert set(found["suggestions"]) == {s["uuid"] for s in card.get("suggestions", ())}
    assert found["intent"] == ["http://www.ama-assn.org/go/cpt|22852"]
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}


class Kept:
    """A folder that stays, in the place of a temporary one."""

    def __init__(self, folder):
        self._folder = folder

    def __enter__(self):
        return str(self._folder)

    def __exit__(self, *_):
        return None
