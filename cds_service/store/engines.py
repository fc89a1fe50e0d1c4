"""Engines for SQLite and PostgreSQL, set so that a commit lasts and nothing waits for long."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

SECONDS = 2  # for a lock, a connection or a statement on the way of a request
PATIENCE = 60  # the same for a command
STATEMENTS = 16  # kept by SQLite for a connection; some are as long as a batch
READ_ONLY = "spine_cds_read_only"  # execution option: SQLite then takes no lock against writers


def make_engine(url: str, seconds: float = SECONDS) -> Engine:
    """Return an engine; nothing is connected yet, so that it may be made before a fork."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, seconds)
    return _postgresql(parsed, seconds)


def _sqlite(url: URL, seconds: float) -> Engine:
    """Return an engine whose transactions begin as writers: no lock is upgraded half-way."""
    engine = create_engine(
        url,
        connect_args={"timeout": seconds, "cached_statements": STATEMENTS},
        pool_timeout=seconds,
        hide_parameters=True,
    )
    event.listen(engine, "do_connect", _make_private)
    event.listen(engine, "connect", _make_durable)
    event.listen(engine, "begin", _begin)
    return engine


def _make_private(_: Any, __: Any, arguments: list[Any], ___: Any) -> None:
    """Make a new file that only we can read; SQLite gives its companions the same mode."""
    if not arguments[0].startswith("file:") and not Path(arguments[0]).exists():
        os.close(os.open(arguments[0], os.O_CREAT | os.O_RDWR, 0o600))


def _make_durable(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # we begin and end transactions, not the driver
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous=FULL")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Set the journal of a file, which is new to one of several processes that start at once.

    SQLite does not wait for the others here, whatever the time-out: so we do.
    """
    for pause in (0.02, 0.05, 0.1, 0.2, 0.4, 0.8):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            time.sleep(pause)
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")


def _begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _postgresql(url: URL, seconds: float) -> Engine:
    """Return an engine that notices a dead server, and waits for the disk whatever its default."""
    milliseconds = int(seconds * 1000)
    options = {
        "statement_timeout": milliseconds,
        "lock_timeout": milliseconds,
        "synchronous_commit": "on",
        "timezone": "UTC",  # in another one the first and the last day lie beyond the calendar
    }
    arguments = {
        "connect_timeout": max(1, int(seconds)),
        "tcp_user_timeout": 2 * milliseconds,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        "application_name": "spine-cds",
    }
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args=arguments,
        pool_size=2,
        max_overflow=2,
        pool_timeout=seconds,
        pool_pre_ping=True,
        hide_parameters=True,
    )
