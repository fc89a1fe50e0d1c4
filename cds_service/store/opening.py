"""A store from the settings: its address, its keys, and a schema that it can use."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import platformdirs
import structlog
from cryptography.fernet import Fernet
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from cds_service.secret_settings import audit_key, comment_key
from cds_service.settings import PREFIX, Settings
from cds_service.store.comments import ENCRYPT, Comments
from cds_service.store.engines import PATIENCE, READ_ONLY, SECONDS, make_engine
from cds_service.store.errors import StoreError
from cds_service.store.hashes import KeyedHashes
from cds_service.store.migration import SchemaState, migrate, schema_state
from cds_service.store.store import Store

NAME = "spine-cds"
DATABASE, AUDIT_KEY, COMMENT_KEY = f"{NAME}.sqlite3", "audit.key", "comment.key"
K = TypeVar("K")
START_SECONDS = 10  # to wait for a store when the server starts


def open_store(settings: Settings) -> Store:
    """Return the store of this process; nothing is connected yet.

    StoreError when it cannot be used as configured. A key that is not given is made.
    """
    engine = store_engine(settings)
    key = settings.audit_key or _kept_key(settings, AUDIT_KEY, secrets.token_hex(32), audit_key)
    return Store(engine, KeyedHashes(key), stored_comments(settings), max(1, settings.threads // 2))


def prepare_store(settings: Settings) -> None:
    """Bring the schema up where that is ours to do, else look whether it can be used.

    A SQLite file is migrated: nobody else looks after it. The schema of a server is moved by
    ``spine-cds migrate`` alone. StoreError when it cannot be used; a store that is away stops
    nothing, for cards do not need it.
    """
    engine = store_engine(settings, START_SECONDS)
    try:
        state = _state(engine)
        if engine.dialect.name == "sqlite" and state in (SchemaState.OLD, SchemaState.PREVIOUS):
            migrate(engine)
            state = SchemaState.CURRENT
    except (SQLAlchemyError, OSError) as error:
        structlog.get_logger().error("store-away", error=type(error).__name__)
        return
    finally:
        engine.dispose()
    if not state.can_be_used:
        raise StoreError(f"the schema of the store is {state}")


def migrate_store(settings: Settings, revision: str | None = None) -> str:
    """Move the schema up, or down to a revision, and return where it is now.

    StoreError when that cannot be done.
    """
    from alembic.util import CommandError

    with command_engine(settings) as engine:
        if _state(engine) is SchemaState.UNKNOWN:
            raise StoreError(f"the schema of the store is {SchemaState.UNKNOWN}")
        try:
            return migrate(engine, revision or "head", down=revision is not None)
        except CommandError:
            raise StoreError("there is no such revision below") from None


@contextmanager
def command_engine(settings: Settings) -> Iterator[Engine]:
    """Hold an engine that is patient enough for a command; StoreError when the store is away."""
    engine = store_engine(settings, PATIENCE)
    try:
        yield engine
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(f"the store cannot be used ({type(error).__name__})") from error
    finally:
        engine.dispose()


@contextmanager
def reading(settings: Settings) -> Iterator[Connection]:
    """Hold a connection for a report; StoreError when the store is away or not of our schema."""
    with (
        command_engine(settings) as engine,
        engine.execution_options(**{READ_ONLY: True}).begin() as connection,
    ):
        state = schema_state(connection)
        if not state.can_be_used:
            raise StoreError(f"the schema of the store is {state}")
        yield connection


def store_engine(settings: Settings, seconds: float = SECONDS) -> Engine:
    """Return an engine for the store of the settings."""
    url = settings.database_url or f"sqlite:///{_data_dir(settings) / DATABASE}"
    try:
        return make_engine(url, seconds)
    except (ArgumentError, ValueError, TypeError):
        raise StoreError(f"{PREFIX}DATABASE_URL is no address of a database") from None


def stored_comments(settings: Settings) -> Comments:
    """Return what is done with comments; encrypted ones need a key, which is made if not given."""
    keys = settings.comment_key
    if not keys and settings.comments == ENCRYPT:
        keys = _kept_key(settings, COMMENT_KEY, Fernet.generate_key().decode(), comment_key)
    return Comments(settings.comments, keys)


def _state(engine: Engine) -> SchemaState:
    with engine.execution_options(**{READ_ONLY: True}).connect() as connection:
        return schema_state(connection)


def _data_dir(settings: Settings) -> Path:
    folder = settings.data_dir or platformdirs.user_data_path(NAME, appauthor=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be made ({type(error).__name__}): set {PREFIX}DATA_DIR"
        ) from error
    return folder


def _kept_key(settings: Settings, name: str, new: str, read: Callable[[str], K]) -> K:
    """Return the key of that name in the data directory; the first process makes it.

    It is held to what its setting is. A new one in the place of one that is damaged would be worse
    than no start: no patient would be told again, and no comment read.
    """
    path = _data_dir(settings) / name
    try:
        if not path.exists():
            _make_key(path, new.encode())
        return read(path.read_text(encoding="ascii").strip())
    except UnicodeError:
        raise StoreError(f"{path} holds no key") from None
    except ValueError as error:
        raise StoreError(f"{path}: {error}") from None
    except OSError as error:
        raise StoreError(
            f"{path} can be neither read nor made ({type(error).__name__}): set {PREFIX}DATA_DIR, "
            f"or give the key by {PREFIX}{name.replace('.', '_').upper()}"
        ) from error


def _make_key(path: Path, key: bytes) -> None:
    """Make a file that only we can read, whole from the first moment, unless it is there."""
    # A crash leaves it, and the process id is the same at every start of a container.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.write(handle, key)
        os.fsync(handle)
        with suppress(FileExistsError):  # another process was faster
            os.link(draft, path)
    finally:
        os.close(handle)
        draft.unlink()
