"""Rows written once: what is already there by its key stays as it is, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose primary key is not there yet, by one statement however many they are.

    Asking which ones were new makes a statement for each number of rows, and the driver keeps a
    hundred of them: 20 MB where the numbers vary as those of audit rows do.
    """
    connection.execute(_insert(connection, table), list(rows))


def insert_once(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> frozenset[str]:
    """Insert the rows whose primary key is not there yet, and return the keys of these."""
    (key,) = table.primary_key.columns
    written = _insert(connection, table).returning(key)
    return frozenset(connection.execute(written, list(rows)).scalars())


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made: postgresql.Insert | sqlite.Insert = dialect.insert(table).on_conflict_do_nothing()
    return made
