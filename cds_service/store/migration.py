"""The schema of a store: moved up or down under a lock, and looked at before it is used."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

_LOCK = 0x5350494E4543  # of PostgreSQL, for whoever migrates
REVISIONS = ("0002", "0001")  # of the scripts there, the newest first
MIGRATIONS = Path(__file__).with_name("migrations")


class SchemaState(StrEnum):
    """How the schema of a store compares with the one that this program knows."""

    CURRENT = "current"
    PREVIOUS = "one migration behind, which this program still serves"
    OLD = "older than this program can serve: run spine-cds migrate"
    UNKNOWN = "unknown to this program, which may be older than the store: update it"

    @property
    def can_be_used(self) -> bool:
        """Whether this program may read and write (faults.md, K-07)."""
        return self in (SchemaState.CURRENT, SchemaState.PREVIOUS)


def migrate(engine: Engine, revision: str = "head", *, down: bool = False) -> str:
    """Move the schema and return its revision; all of it, or nothing.

    Two processes that do so at once follow each other. ``revision`` is one of ours, ``head`` or,
    with ``down``, ``base`` (nothing is left, data included).
    """
    from alembic import command  # a sixth of the start, for what most starts need not do
    from alembic.config import Config

    with engine.begin() as connection:  # SQLite: BEGIN IMMEDIATE, which is the lock
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)
        return schema_revision(connection) or "base"


def schema_revision(connection: Connection) -> str | None:
    """Return the revision of the schema, or None when there is none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def schema_state(connection: Connection) -> SchemaState:
    """Return whether this program can use the schema."""
    revision = schema_revision(connection)
    if revision is None:
        return SchemaState.OLD
    if revision not in REVISIONS:
        return SchemaState.UNKNOWN
    states = (SchemaState.CURRENT, SchemaState.PREVIOUS)
    return dict(zip(REVISIONS, states, strict=False)).get(revision, SchemaState.OLD)
