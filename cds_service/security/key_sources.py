"""Where a client's keys come from: a local file, or its ``jku``, fetched as rarely as can be.

Figures: faults.md, sections 1 and 2 (A-09 to A-12).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import Protocol

import structlog

from cds_service.fhir.deadline import now
from cds_service.security.bucket import Bucket
from cds_service.security.key_set import (
    NO_KEYS,
    KeySetError,
    VerificationKey,
    read_key_set,
)

FRESH_SECONDS = (60.0, 600.0, 3600.0)  # least, where nothing is said, most
STALE_SECONDS = 24 * 3600.0
REST_SECONDS = 30.0  # between two fetches for unknown key ids, and after one that failed
BURST = 2  # so that a new key is found at once although somebody just tried an unknown id
WAIT_SECONDS = 2.5
_FILE_SECONDS = 5.0


class NoKeysError(Exception):
    """No key set could be had at all: nobody can be told from anybody else."""


class KeySource(Protocol):
    """The keys of one client."""

    def keys(self, kid: str) -> tuple[VerificationKey, ...]:
        """Return the keys of that id, none when it is not known; NoKeysError without a set."""

    def age(self) -> float | None:
        """Return the seconds since the set was read; None when there is none."""


class KeyFile:
    """A JWK Set in a local file, read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, Lock()
        self._stamp, self._looked = path.stat().st_mtime_ns, now()
        self._set = read_key_set(path.read_bytes())

    def keys(self, kid: str) -> tuple[VerificationKey, ...]:
        """Return the keys of that id; a file that became unreadable leaves the last good set."""
        with self._lock:
            if now() - self._looked > _FILE_SECONDS:
                self._looked = now()
                self._look()
        return self._set.by_id.get(kid, ())

    def _look(self) -> None:
        try:
            stamp = self._path.stat().st_mtime_ns
            if stamp != self._stamp:
                self._set, self._stamp = read_key_set(self._path.read_bytes()), stamp
        except (OSError, KeySetError) as error:
            structlog.get_logger().warning("keys-not-read", error=type(error).__name__)

    def age(self) -> float | None:
        """Return 0: a file is as old as its owner wants it to be."""
        return 0.0


@dataclass(frozen=True, slots=True)
class FetchedKeySet:
    """The body of a key set, and for how many seconds its server calls it fresh, if it does."""

    body: bytes
    max_age: float | None = None


class FetchFailedError(Exception):
    """A key set that could not be fetched."""


class PublishedKeys:
    """The key set behind a ``jku``: refreshed behind the request, kept over outages.

    A request waits for a fetch only where there is no set at all, or for a key id that the set does
    not know. One fetch at a time; garbage never replaces a good set.
    """

    def __init__(self, client: str, fetch: Callable[[], FetchedKeySet]) -> None:
        self._client, self._fetch = client, fetch
        self._one_at_a_time = Lock()
        self._set, self._read_at, self._fresh_until = NO_KEYS, -STALE_SECONDS, 0.0
        self._retry_at = 0.0
        self._looks = Bucket(BURST, 1 / REST_SECONDS)

    def keys(self, kid: str) -> tuple[VerificationKey, ...]:
        """Return the keys of that id, looking again (rarely) when it is not known."""
        if not self._is_usable():
            self._fetch_now()
            if not self._is_usable():
                raise NoKeysError
        elif now() > self._fresh_until:
            self._refresh_behind()
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

    def _refresh_behind(self) -> None:
        if now() > self._retry_at and self._one_at_a_time.acquire(blocking=False):
            Thread(target=self._refresh_and_release, daemon=True).start()

    def _fetch_now(self) -> None:
        """Fetch, or wait for the fetch of somebody else and be content with what it brings."""
        asked = now()
        if not self._one_at_a_time.acquire(timeout=WAIT_SECONDS):
            return
        if self._read_at >= asked or now() < self._retry_at:
            self._one_at_a_time.release()
        else:
            self._refresh_and_release()

    def _refresh_and_release(self) -> None:
        try:
            self._take(self._fetch())
        except (FetchFailedError, KeySetError) as error:
            self._retry_at = now() + (REST_SECONDS if self._is_usable() else 1.0)
            cause = type(error).__name__
            structlog.get_logger().warning("keys-not-read", client=self._client, error=cause)
        finally:
            self._one_at_a_time.release()

    def _take(self, fetched: FetchedKeySet) -> None:
        keys = read_key_set(fetched.body)
        if keys.published_private:
            structlog.get_logger().error("private-key-published", client=self._client)
        least, usual, most = FRESH_SECONDS
        seconds = usual if fetched.max_age is None else min(max(fetched.max_age, least), most)
        # Not all workers of all deployments at the same moment.
        fresh = seconds * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
        self._set, self._read_at, self._fresh_until = keys, now(), now() + fresh
