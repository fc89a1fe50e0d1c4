"""Feedback is answered once it is stored: each event once, a batch as a whole (FB-01 to FB-29)."""

import json
import multiprocessing
from datetime import UTC, datetime

import psycopg
import pytest
from cryptography.fernet import Fernet

from cds_service.app import create_app
from cds_service.protocol.feedback import MAX_ITEMS
from cds_service.settings import Settings
from cds_service.store.comments import MAX_CHARACTERS, Comments
from cds_service.store.engines import make_engine
from cds_service.store.feedback import FeedbackBatch, FeedbackItem
from cds_service.store.hashes import KeyedHashes
from cds_service.store.store import Store
from tests.store.feedback import (
    CARD,
    SUGGESTION,
    WHEN,
    accepted,
    overridden,
    report,
    rows,
    with_comment,
)
from tests.toy_service import SERVICES

CANARY = "canary-7f3a"
REASON = {"code": "patient-refuses", "system": "http://terminology.hl7.org/CodeSystem/x"}


def test_what_is_reported_is_stored_with_its_moment_in_utc(client, engine):
    answer = report(
        client,
        overridden(
            outcomeTimestamp="2026-03-01T05:05:31.5-05:00",
            overrideReason={"reason": REASON, "userComment": "Seen."},
        ),
    )
    assert (answer.status_code, answer.json) == (200, {})
    (row,) = rows(engine)
    moment = datetime(2026, 3, 1, 10, 5, 31, 500_000, UTC)
    assert row["outcome_at"] == moment
    assert row["outcome_at"].utcoffset() == row["received_at"].utcoffset() == moment.utcoffset()
    assert {name: row[name] for name in ("client", "service", "card", "outcome")} == {
        "client": "default",
        "service": "toy",
        "card": CARD,
        "outcome": "overridden",
    }
    assert (row["reason_code"], row["reason_system"]) == (REASON["code"], REASON["system"])
    assert (row["comment"], row["comment_form"]) == ("Seen.", "keep")


@pytest.mark.parametrize(
    "text", ["2016-12-31T23:59:60Z", "2016-12-31t18:59:60.25-05:00", "2016-12-31T23:59:60.999999Z"]
)
def test_a_leap_second_is_a_moment(client, engine, text):
    assert report(client, overridden(outcomeTimestamp=text)).status_code == 200
    (row,) = rows(engine)
    assert row["outcome_at"].replace(microsecond=0) == datetime(2017, 1, 1, tzinfo=UTC)


@pytest.fixture
def elsewhere(url, engine):
    """The same database, which has a time zone of its own if it is one that can."""
    if engine.dialect.name != "postgresql":
        yield url
        return
    name = engine.url.database
    for change in ("SET timezone TO 'Pacific/Kiritimati'", "RESET timezone"):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} {change}")
        if change.startswith("SET"):
            yield url


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_first_and_the_last_moment_come_back_whatever_the_time_zone_of_the_database(
    elsewhere, store_on, text
):
    client, _ = store_on(elsewhere)
    assert report(client, overridden(outcomeTimestamp=text)).status_code == 200
    engine = make_engine(elsewhere)
    (row,) = rows(engine)
    engine.dispose()
    assert row["outcome_at"] == datetime.fromisoformat(text)


def test_accepted_suggestions_are_stored_by_their_uuids(client, engine):
    report(client, accepted(CARD.upper()))
    (row,) = rows(engine)
    assert (row["card"], row["suggestions"]) == (CARD, [SUGGESTION])


@pytest.mark.parametrize(
    "path",
    [
        "/cds-services/toy/feedback",
        "/cds-services//toy/feedback",
        "/cds-services/toy/feedback/",
        "/cds-services//toy/feedback/",
    ],
)
def test_each_form_of_the_address_leads_here(client, path):
    assert client.post(path, json={"feedback": [overridden()]}).status_code == 200


@pytest.mark.parametrize(
    "item",
    [
        overridden(),
        overridden(overrideReason=None, acceptedSuggestions=[], extension={"com.example.x": 1}),
        overridden(overrideReason={"reason": {"code": "c"}}),
        overridden(overrideReason={"reason": REASON | {"display": "Refused"}}),
        overridden(overrideReason={"reason": None, "userComment": "Free text only."}),
        overridden(outcomeTimestamp="2026-03-01T10:05:31.123456789Z"),
        accepted(overrideReason=None),
        accepted(acceptedSuggestions=[{"id": SUGGESTION, "more": 1}, {"id": "other"}]),
    ],
)
def test_what_cds_hooks_allows_is_taken(client, engine, item):
    assert report(client, item).status_code == 200
    assert len(rows(engine)) == 1


def without(item, name):
    return {key: value for key, value in item.items() if key != name}


SUGGESTIONS = "feedback[1].acceptedSuggestions"


@pytest.mark.parametrize(
    ("item", "where"),
    [
        ("x", "feedback[1]"),
        (None, "feedback[1]"),
        (without(overridden(), "card"), "feedback[1].card"),
        (without(overridden(), "outcome"), "feedback[1].outcome"),
        (without(overridden(), "outcomeTimestamp"), "feedback[1].outcomeTimestamp"),
        (overridden(card=""), "feedback[1].card"),
        (overridden(card=7), "feedback[1].card"),
        (overridden(card=f"{CANARY} x"), "feedback[1].card"),
        (overridden(card="x" * 257), "feedback[1].card"),
        (overridden(outcome="ignored"), "feedback[1].outcome"),
        (overridden(outcome=["accepted"]), "feedback[1].outcome"),
        (overridden(outcomeTimestamp="yesterday"), "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp="2026-03-01"), "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp="2026-03-01T10:05:31"), "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp="2026-02-30T10:05:31Z"), "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp="0001-01-01T00:00:00+23:00"), "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp="2026-03-01T10:05:60Z"), "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp="9999-12-31T23:59:60Z"), "feedback[1].outcomeTimestamp"),
        (overridden(outcomeTimestamp=1772359531), "feedback[1].outcomeTimestamp"),
        (without(accepted(), "acceptedSuggestions"), SUGGESTIONS),
        (accepted(acceptedSuggestions=[]), SUGGESTIONS),
        (accepted(acceptedSuggestions=None), SUGGESTIONS),
        (accepted(acceptedSuggestions={}), SUGGESTIONS),
        (accepted(acceptedSuggestions=[{}]), f"{SUGGESTIONS}[0].id"),
        (accepted(acceptedSuggestions=[{"id": SUGGESTION}, {"id": 1}]), f"{SUGGESTIONS}[1].id"),
        (accepted(acceptedSuggestions=[{"id": SUGGESTION}] * 101), SUGGESTIONS),
        (overridden(overrideReason={}), "feedback[1].overrideReason"),
        (overridden(overrideReason="x"), "feedback[1].overrideReason"),
        (overridden(overrideReason={"reason": {}}), "feedback[1].overrideReason.reason.code"),
        (
            overridden(overrideReason={"reason": {"system": "s"}}),
            "feedback[1].overrideReason.reason.code",
        ),
        *(
            (
                overridden(overrideReason={"reason": {"code": "c", "system": "s"} | odd}),
                f"feedback[1].overrideReason.reason.{name}",
            )
            for name in ("code", "system")
            for odd in ({name: f"{CANARY}\x1b[2J"}, {name: "\x9b2J"}, {name: f"{CANARY}\u202e"})
        ),
        (with_comment(f"{CANARY}\0"), "feedback[1].overrideReason.userComment"),
        (with_comment("\ud800"), "feedback[1].overrideReason.userComment"),
        (with_comment([CANARY]), "feedback[1].overrideReason.userComment"),
    ],
)
def test_one_bad_item_refuses_the_batch_and_is_named_by_its_index(client, engine, item, where):
    answer = report(client, overridden(), item)
    assert answer.status_code == 400
    (issue,) = answer.json["issue"]
    assert issue["expression"] == [where]
    assert CANARY not in answer.text
    assert rows(engine) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nope",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b'{"feedback": {}}',
        b'{"feedback": "x"}',
        b'{"feedback": []}',
        b'{"feedback": null}',
        b'{"feedback": [], "feedback": []}',
        b'{"feedback": NaN}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_batch_is_refused(client, body):
    answer = client.post(
        "/cds-services/toy/feedback", data=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json["resourceType"] == "OperationOutcome"


def test_other_media_types_methods_and_services_are_refused(client):
    body = json.dumps({"feedback": [overridden()]})
    path = "/cds-services/toy/feedback"
    assert client.post(path, data=body, content_type="text/plain").status_code == 415
    assert client.get(path).status_code == 405
    assert report(client, overridden(), service="nothing").status_code == 404


def test_a_batch_has_a_limit(client, engine):
    many = [overridden(card=f"card-{n}") for n in range(MAX_ITEMS + 1)]
    assert report(client, *many).status_code == 400
    assert report(client, *many[1:]).status_code == 200
    assert len(rows(engine)) == MAX_ITEMS


def test_the_same_event_is_stored_once_however_often_it_is_told(client, engine):
    same = overridden(outcomeTimestamp="2026-03-01T11:05:31.000+01:00")
    for items in ([overridden()], [overridden()], [overridden(), overridden()], [same]):
        assert report(client, *items).status_code == 200
    assert len(rows(engine)) == 1


def counted(client):
    text = client.get("/metrics").text
    lines = (line.rpartition(" ") for line in text.splitlines() if "spine_cds_feedback" in line)
    return {name: float(value) for name, _, value in lines if not name.startswith("#")}


def test_feedback_is_counted_by_what_it_says(client):
    report(client, overridden(), accepted())
    report(client, overridden(), accepted("another"))
    report(client, {})
    found = counted(client)
    assert [
        found[f'spine_cds_feedback_total{{outcome="{outcome}"}}']
        for outcome in ("accepted", "overridden", "duplicate", "refused")
    ] == [2, 1, 1, 1]
    assert found["spine_cds_feedback_unavailable_total"] == 0


def test_other_content_for_the_same_card_is_another_event(client, engine):
    events = [
        overridden(),
        overridden(outcomeTimestamp="2026-03-01T10:05:32Z"),
        overridden(overrideReason={"reason": REASON}),
        overridden(overrideReason={"reason": without(REASON, "system")}),
        with_comment("one"),
        with_comment("two"),
        accepted(),
        accepted(acceptedSuggestions=[{"id": SUGGESTION}, {"id": "other"}]),
        overridden(card="another"),
    ]
    report(client, *events)
    report(client, *events[::-1])
    report(client, overridden(), service="toy-select")
    assert len(rows(engine)) == len(events) + 1


def test_a_card_that_nobody_knows_gets_the_same_answer(client):
    known = report(client, overridden())
    assert (known.status_code, known.data) == (200, report(client, overridden("who-knows")).data)


def test_a_comment_is_cut_at_its_limit(client, engine):
    report(client, with_comment("ä" * (MAX_CHARACTERS + 1)))
    (row,) = rows(engine)
    assert row["comment"] == "ä" * MAX_CHARACTERS


def test_comments_can_be_dropped(url, engine, store_on):
    client, _ = store_on(url, Comments("drop", ()))
    for text in (CANARY, "another"):
        report(client, with_comment(text))
    (row,) = rows(engine)
    assert row["comment"] is None
    assert CANARY not in str(row)


def test_encrypted_comments_are_read_by_their_key_alone_and_told_apart(url, engine, store_on):
    old, new = Fernet.generate_key(), Fernet.generate_key()
    client, _ = store_on(url, Comments("encrypt", [old]))
    rotated, _ = store_on(url, Comments("encrypt", [new, old]))
    for each in (client, rotated):
        report(each, with_comment(CANARY))
        report(each, with_comment("another"))
    stored = [(row["comment"], row["comment_form"]) for row in rows(engine)]
    assert CANARY not in str(stored)
    assert sorted(Comments("keep", [new, old]).read(*each) for each in stored) == [
        "another",
        CANARY,
    ]
    assert [Comments("encrypt", [new]).read(*each) for each in stored] == [None, None]


def test_no_comment_reaches_the_log(client, capfd):
    report(client, with_comment(CANARY))
    report(client, with_comment(CANARY) | {"outcome": CANARY})
    assert CANARY not in str(capfd.readouterr())


def test_without_a_store_feedback_is_503_and_says_when_to_come_again():
    client = create_app(Settings(), SERVICES).test_client()
    answer = report(client, overridden())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json["issue"][0]["code"] == "transient"
    assert counted(client)["spine_cds_feedback_unavailable_total"] == 1


def send(url, barrier):
    store = Store(make_engine(url), KeyedHashes(b"k" * 32), Comments("keep", ()))
    items = tuple(
        FeedbackItem(f"card-{n}", "overridden", datetime.fromisoformat(WHEN)) for n in range(100)
    )
    barrier.wait()
    batch = FeedbackBatch("default", "toy", datetime.now(UTC), items)
    for _ in range(5):
        store.add_feedback(batch)
        batch = FeedbackBatch("default", "toy", datetime.now(UTC), batch.items[::-1])
    store.close()


def test_two_processes_that_are_told_the_same_store_it_once(url, engine):
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    racing = [context.Process(target=send, args=(url, barrier)) for _ in range(2)]
    for process in racing:
        process.start()
    for process in racing:
        process.join(60)
    assert [process.exitcode for process in racing] == [0, 0]
    assert len(rows(engine)) == 100
