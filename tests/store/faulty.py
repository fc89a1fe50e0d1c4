"""Databases of which the n-th operation fails: connect, execute, commit or rollback."""

import sqlite3

import psycopg
from sqlalchemy import event

from cds_service.store.engines import make_engine

SQLITE = [
    sqlite3.OperationalError("database or disk is full"),
    sqlite3.OperationalError("database is locked"),
    sqlite3.OperationalError("attempt to write a readonly database"),
    sqlite3.OperationalError("disk I/O error"),
]
POSTGRESQL = [
    psycopg.errors.DiskFull("could not extend file"),
    psycopg.errors.LockNotAvailable("canceling statement due to lock timeout"),
    psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"),
    psycopg.errors.IoError("could not write block"),
]
ERRORS = [("sqlite", error) for error in SQLITE] + [("postgresql", error) for error in POSTGRESQL]
ALWAYS = 0


class Faults:
    """Raises an error at one operation, or at every one; ``late`` after a commit, not before."""

    def __init__(self, error, at, *, late=False):
        self._error, self._at, self._late = error, at, late
        self._count = 0
        self.happened = False

    def before(self):
        self._count += 1
        if not self._late:
            self._fail()

    def after_commit(self):
        if self._late:
            self._fail()

    def _fail(self):
        if self._at in (ALWAYS, self._count):
            self.happened = True
            raise self._error


def faulty_engine(url, faults):
    engine = make_engine(url)
    connect = _sqlite if engine.dialect.name == "sqlite" else _postgresql

    @event.listens_for(engine, "do_connect")
    def connected(dialect, record, arguments, options):
        faults.before()
        return connect(faults, arguments, options)

    return engine


def _sqlite(faults, arguments, options):
    class Cursor(_Faulty, sqlite3.Cursor):
        at = faults

    class Connection(_FaultyEnd, sqlite3.Connection):
        at = faults

        def cursor(self, factory=Cursor):
            return super().cursor(factory)

    return sqlite3.connect(*arguments, factory=Connection, **options)


def _postgresql(faults, arguments, options):
    class Cursor(_Faulty, psycopg.Cursor):
        at = faults

    class Connection(_FaultyEnd, psycopg.Connection):
        at = faults

    return Connection.connect(*arguments, cursor_factory=Cursor, **options)


class _Faulty:
    def execute(self, *arguments, **options):
        self.at.before()
        return super().execute(*arguments, **options)

    def executemany(self, *arguments, **options):
        self.at.before()
        return super().executemany(*arguments, **options)


class _FaultyEnd:
    def commit(self):
        self.at.before()
        super().commit()
        self.at.after_commit()

    def rollback(self):
        self.at.before()
        super().rollback()
