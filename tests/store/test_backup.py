"""The commands of docs/operations.md, "Back up and restore", while feedback comes in."""

import shutil
import sqlite3
import subprocess
import threading
import uuid
from contextlib import contextmanager

import pytest
from sqlalchemy.engine import make_url

from cds_service.store.engines import make_engine
from cds_service.store.migration import schema_state
from tests.store import program
from tests.store.conftest import database
from tests.store.feedback import CARD, overridden, report, rows


def run(*command):
    subprocess.run(command, check=True, timeout=60)  # noqa: S603 - what the runbook says


def sqlite_backup(url, copy):
    if shutil.which("sqlite3") is None:
        pytest.skip("the sqlite3 command is not installed")
    run("sqlite3", make_url(url).database, f".backup {copy}")


def sqlite_restored(copy, tmp_path):
    shutil.copy(copy, tmp_path / "restored.sqlite3")
    with sqlite3.connect(copy) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return f"sqlite:///{tmp_path}/restored.sqlite3"


def postgresql_backup(url, copy):
    run(program("pg_dump"), "--format=custom", f"--file={copy}", url)


def postgresql_restored(copy, server):
    url = database(server, "restored")
    run(program("pg_restore"), "--clean", "--if-exists", "--no-owner", f"--dbname={url}", copy)
    return url


@pytest.fixture
def back_up(kind):
    return sqlite_backup if kind == "sqlite" else postgresql_backup


@pytest.fixture
def restored(request, kind, tmp_path):
    """Restore a copy elsewhere, and return its address."""
    if kind == "sqlite":
        return lambda copy: sqlite_restored(copy, tmp_path)
    server = request.getfixturevalue("postgresql")
    return lambda copy: postgresql_restored(copy, server)


@contextmanager
def coming_in(client):
    """Have feedback come in without end while the block runs."""
    is_over = threading.Event()

    def send():
        while not is_over.is_set():
            assert report(client, overridden(str(uuid.uuid4()))).status_code == 200

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def test_a_backup_taken_while_feedback_comes_holds_all_that_was_acknowledged_before(
    client, url, back_up, restored, store_on, tmp_path
):
    before, copy = [str(uuid.uuid4()) for _ in range(50)], str(tmp_path / "copy")
    with coming_in(store_on(url)[0]):
        assert report(client, *map(overridden, before)).status_code == 200
        back_up(url, copy)
        assert report(client, overridden(CARD)).status_code == 200

    engine = make_engine(restored(copy))
    with engine.connect() as connection:
        assert schema_state(connection).can_be_used
    held = {row["card"] for row in rows(engine)}
    assert held >= set(before)
    assert CARD not in held

    again, _ = store_on(None, engine=engine)
    for cards in (before, [CARD]):  # what a client sends again is there once
        assert report(again, *map(overridden, cards)).status_code == 200
    found = [row["card"] for row in rows(engine)]
    assert sorted(found) == sorted({*held, CARD})
