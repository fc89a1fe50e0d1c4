"""Old rows deleted in small steps, so that no writer waits for long."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime

from sqlalchemy import Engine, Table, delete, select

from cds_service.store.schema import FEEDBACK, INVOCATION

STEP = 2000  # rows for each transaction


def delete_before(engine: Engine, cutoff: datetime) -> dict[str, int]:
    """Delete what is older and return how many rows of each table; SQLite's log is emptied."""
    deleted = {
        INVOCATION.name: _delete(engine, INVOCATION, "at", cutoff),
        FEEDBACK.name: _delete(engine, FEEDBACK, "received_at", cutoff),
    }
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:  # no checkpoint in a transaction
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return deleted


def _delete(engine: Engine, table: Table, moment: str, cutoff: datetime) -> int:
    (key,) = table.primary_key.columns
    old = select(key).where(table.c[moment] < cutoff).limit(STEP)
    total = 0
    while True:
        with engine.begin() as connection:
            done = connection.execute(delete(table).where(key.in_(old))).rowcount
        total += done
        if done < STEP:
            return total
