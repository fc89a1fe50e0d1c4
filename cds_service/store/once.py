"""Rows written once: what is already there by its key stays as it is, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> frozenset[str]:
    """Insert the rows whose primary key is not there yet, and return the keys of these."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    (key,) = table.primary_key.columns
    written = dialect.insert(table).on_conflict_do_nothing().returning(key)
    return frozenset(connection.execute(written, list(rows)).scalars())
