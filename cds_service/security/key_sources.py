"""Where a client's keys come from: a local file, or its ``jku``, fetched as rarely as can be.

Figures: faults.md, sections 1 and 2 (A-09 to A-12).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Protocol

import structlog

from cds_service.fhir.deadline import now
from cds_service.security.bucket import Bucket
from cds_service.security.key_set import (
    NO_KEYS,
    KeySet,
    KeySetError,
    VerificationKey,
    read_key_set,
)

FRESH_SECONDS = (60.0, 600.0, 3600.0)  # least, where nothing is said, most
AHEAD = 0.8  # of the fresh time, after which the next call has the set fetched behind it
STALE_SECONDS = 24 * 3600.0
REST_SECONDS = 30.0  # between two fetches for unknown key ids, and after one that failed
BURST = 2  # so that a new key is found at once although somebody just tried an unknown id
WAIT_SECONDS = 2.3  # of a call, so that it is answered within 2.5 s
_FILE_SECONDS = 5.0


class NoKeysError(Exception):
    """No key set could be had at all: nobody can be told from ``client``."""

    client = "unknown"  # until who identifies callers says whose keys they would be


class KeySource(Protocol):
    """The keys of one client."""

    def keys(self, kid: str) -> tuple[VerificationKey, ...]:
        """Return the keys of that id, none when it is not known; NoKeysError without a set."""

    def age(self) -> float | None:
        """Return the seconds since the set was read; None when there is none."""


class KeyFile:
    """A JWK Set of a client in a local file, read again when it has changed.

    KeySetError when it holds no key that can be used, or a private one: that stops the start. One
    that turns up later is left out, and told.
    """

    def __init__(self, client: str, path: Path) -> None:
        self._client, self._path, self._lock = client, path, Lock()
        self._stamp, self._looked = self._stamped(), now()
        self._set = read_key_set(path.read_bytes())
        if self._set.published_private:
            raise KeySetError("a private key is in it: keep that at the client alone")

    def keys(self, kid: str) -> tuple[VerificationKey, ...]:
        """Return the keys of that id; a file that became unreadable leaves the last good set."""
        with self._lock:
            if now() - self._looked > _FILE_SECONDS:
                self._looked = now()
                self._look()
        return self._set.by_id.get(kid, ())

    def _stamped(self) -> tuple[int, int, int]:
        stat = self._path.stat()
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _look(self) -> None:
        try:
            stamp = self._stamped()
            if stamp != self._stamp:
                self._set, self._stamp = read_key_set(self._path.read_bytes()), stamp
                _tell_private(self._set, self._client)
        except (OSError, KeySetError) as error:
            _tell_not_read(self._client, type(error).__name__)

    def age(self) -> float | None:
        """Return 0: a file is as old as its owner wants it to be."""
        return 0.0


def _tell_private(keys: KeySet, client: str) -> None:
    """Log that anybody may have a key of a client, if so; it was left out of the set."""
    if keys.published_private:
        structlog.get_logger().error("private-key-published", client=client)


def _tell_not_read(client: str, cause: str) -> None:
    structlog.get_logger().warning("keys-not-read", client=client, error=cause)


@dataclass(frozen=True, slots=True)
class FetchedKeySet:
    """The body of a key set, and for how many seconds its server calls it fresh, if it does."""

    body: bytes
    max_age: float | None = None


class FetchFailedError(Exception):
    """A key set that could not be fetched."""


class PublishedKeys:
    """The key set behind a ``jku``: refreshed ahead of time, and kept over outages.

    A call waits for a fetch only where there is no set, where it is older than its server allows
    (a key that was taken back is then not used once more), or for a key id that it does not know.
    One fetch at a time, in a thread of its own: a name server that hangs holds up no call longer
    than the others. Garbage never replaces a good set.
    """

    def __init__(self, client: str, fetch: Callable[[], FetchedKeySet]) -> None:
        self._client, self._fetch = client, fetch
        self._lock = Lock()
        self._running: Event | None = None
        self._set, self._read_at = NO_KEYS, 0.0
        self._ahead_at = self._fresh_until = self._retry_at = 0.0
        self._failures = 0
        self._looks = Bucket(BURST, 1 / REST_SECONDS)

    def keys(self, kid: str) -> tuple[VerificationKey, ...]:
        """Return the keys of that id, looking again (rarely) when it is not known."""
        if not self._is_usable():
            self._fetch_now()
            if not self._is_usable():
                raise NoKeysError
        elif now() > self._fresh_until and not self._failures:
            self._fetch_now()
        elif now() > self._ahead_at:
            self._begin_fetch()
        found = self._set.by_id.get(kid, ())
        if not found and not self._looks.take():
            self._fetch_now()
            found = self._set.by_id.get(kid, ())
        return found

    def age(self) -> float | None:
        """Return the seconds since the set was fetched; None when there is none."""
        return now() - self._read_at if self._set is not NO_KEYS else None

    def _is_usable(self) -> bool:
        return self._set is not NO_KEYS and now() - self._read_at < STALE_SECONDS

    def _fetch_now(self) -> None:
        """Wait for a fetch, be it of somebody else, and be content with what it brings."""
        running = self._begin_fetch()
        if running is not None:
            running.wait(WAIT_SECONDS)

    def _begin_fetch(self) -> Event | None:
        """Return what is set when the fetch ends that runs now; None when it is too early."""
        with self._lock:
            if self._running is None and now() >= self._retry_at:
                ended = Event()
                Thread(target=self._refresh, args=(ended,), daemon=True).start()
                self._running = ended
            return self._running

    def _refresh(self, ended: Event) -> None:
        try:
            self._take(self._fetch())
        except Exception as error:  # whatever it is: the last good set stays, and a rest is due
            self._note_failure(type(error).__name__)
        finally:
            with self._lock:
                self._running = None
            ended.set()

    def _note_failure(self, cause: str) -> None:
        """Rest before the next try; without a set the first rests are short."""
        self._failures += 1
        rest = REST_SECONDS if self._is_usable() else min(2.0**self._failures / 2, REST_SECONDS)
        self._retry_at = now() + rest
        _tell_not_read(self._client, cause)

    def _take(self, fetched: FetchedKeySet) -> None:
        keys = read_key_set(fetched.body)
        _tell_private(keys, self._client)
        least, usual, most = FRESH_SECONDS
        # Not all workers of all deployments at the same moment; no secret depends on it.
        spread = random.uniform(0.9, 1.1)  # noqa: S311  # nosec B311
        seconds = usual if fetched.max_age is None else fetched.max_age
        seconds = min(max(seconds * spread, least), most)
        self._set, self._read_at, self._failures = keys, now(), 0
        self._ahead_at, self._fresh_until = now() + AHEAD * seconds, now() + seconds
