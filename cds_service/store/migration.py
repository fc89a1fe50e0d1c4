"""The schema of a store: moved up or down under a lock, and looked at before it is used."""

from __future__ import annotations

import functools
from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

_LOCK = 0x5350494E4543  # of PostgreSQL, for whoever migrates
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
    with engine.begin() as connection:  # SQLite: BEGIN IMMEDIATE, which is the lock
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        config = _config()
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)
        return schema_revision(connection) or "base"


def schema_revision(connection: Connection) -> str | None:
    """Return the revision of the schema, or None when there is none."""
    return MigrationContext.configure(connection).get_current_revision()


def schema_state(connection: Connection) -> SchemaState:
    """Return whether this program can use the schema."""
    known = known_revisions()
    revision = schema_revision(connection)
    if revision is None:
        return SchemaState.OLD
    if revision not in known:
        return SchemaState.UNKNOWN
    states = (SchemaState.CURRENT, SchemaState.PREVIOUS)
    return dict(zip(known, states, strict=False)).get(revision, SchemaState.OLD)


@functools.cache
def known_revisions() -> tuple[str, ...]:
    """Return all revisions, the newest first."""
    walked = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(script.revision for script in walked)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
