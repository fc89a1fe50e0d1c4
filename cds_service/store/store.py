"""One store, as the routes and the commands see it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlowError
from threading import BoundedSemaphore
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from cds_service.store.audit_rows import AuditRow, AuditWriter
from cds_service.store.comments import Comments
from cds_service.store.engines import READ_ONLY, SECONDS
from cds_service.store.errors import StoreAwayError, StoreError
from cds_service.store.feedback import FeedbackBatch, FeedbackItem, write_feedback
from cds_service.store.hashes import KeyedHashes
from cds_service.store.migration import schema_state
from cds_service.store.once import insert_missing
from cds_service.store.schema import INVOCATION

T = TypeVar("T")

ANSWER_SECONDS = 2.0 * SECONDS  # for a connection and a statement; then the answer is 503
QUEUE_SECONDS = 0.5


class Store:
    """Feedback and audit of one process. It is made before a fork or after, and used after it.

    ``at_once`` is how many threads may wait for it at a time: a store that hangs must not take all
    the threads that make cards.
    """

    def __init__(
        self, engine: Engine, hashes: KeyedHashes, comments: Comments, at_once: int = 4
    ) -> None:
        self._engine = engine
        self._comments = comments
        self._schema_is_known = False
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="store")
        self._room = BoundedSemaphore(at_once)
        self.hashes = hashes
        self.audit = AuditWriter(self._write_rows)

    def add_feedback(self, batch: FeedbackBatch) -> tuple[FeedbackItem, ...]:
        """Store a batch as a whole and return what of it is new; it is committed then.

        StoreAwayError when it could not be, within ``ANSWER_SECONDS``; then it may still have been
        stored, and is stored once when it comes again.
        """
        return self._in_time(lambda: self._write_feedback(batch))

    def is_ready(self) -> bool:
        """Whether the store answers in time and has a schema that this program can use."""
        try:
            return self._in_time(self._has_known_schema)
        except StoreError:
            return False

    def close(self) -> None:
        """Write what is queued and let go of all connections."""
        self.audit.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._engine.dispose()

    def _in_time(self, operation: Callable[[], T]) -> T:
        """Return what an operation returns; no driver bounds the time of a frozen server."""
        if not self._room.acquire(timeout=QUEUE_SECONDS):
            raise StoreAwayError("too many are waiting for the store")
        try:
            started = self._threads.submit(operation)
        except RuntimeError:  # no thread is to be had, or the process ends
            self._room.release()
            raise StoreAwayError("no thread can wait for the store") from None
        # A thread that still waits when nobody else does keeps its place.
        started.add_done_callback(lambda _: self._room.release())
        try:
            return started.result(ANSWER_SECONDS)
        except TooSlowError:
            started.cancel()
            raise StoreAwayError("the store did not answer in time") from None
        except (SQLAlchemyError, OSError):  # their messages may hold what was to be stored
            raise StoreAwayError("the store cannot be used") from None

    def _has_known_schema(self) -> bool:
        with self._engine.execution_options(**{READ_ONLY: True}).begin() as connection:
            return schema_state(connection).can_be_used

    def _require_schema(self, connection: Connection) -> None:
        """Refuse a schema that is not ours; asked until it is, once in a process."""
        if not self._schema_is_known:
            state = schema_state(connection)
            if not state.can_be_used:
                raise StoreAwayError(f"the schema of the store is {state}")
            self._schema_is_known = True

    def _write_feedback(self, batch: FeedbackBatch) -> tuple[FeedbackItem, ...]:
        with self._engine.begin() as connection:
            self._require_schema(connection)
            return write_feedback(connection, batch, self._comments)

    def _write_rows(self, rows: list[AuditRow]) -> bool:
        try:
            with self._engine.begin() as connection:
                self._require_schema(connection)
                insert_missing(connection, INVOCATION, [row._asdict() for row in rows])
        except (DataError, IntegrityError):
            raise  # these rows will never do
        except (DBAPIError, NoConnectionError, StoreAwayError, OSError):
            return False
        return True
