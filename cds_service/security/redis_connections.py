"""Connections to Redis whose host is looked up aside: a resolver that hangs holds nobody up."""

from __future__ import annotations

import functools
import os
from concurrent.futures import Future
from socket import SOCK_STREAM, getaddrinfo, socket
from threading import Lock, Thread
from typing import TypeAlias

from redis.connection import Connection, SSLConnection

from cds_service.fhir.deadline import now

CONNECT_SECONDS = 0.05  # for the name and the connection together
_HALF = CONNECT_SECONDS / 2  # the least that is left for the connection, however slow the name was
_Place: TypeAlias = tuple[str, int]


class _Lookups:
    """The addresses of hosts, each looked up by no more than one thread at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[_Place, Future[list[str]]] = {}
        self._known: dict[_Place, list[str]] = {}

    def addresses(self, place: _Place, seconds: float) -> list[str]:
        """Return the addresses of a host, those of the last time where it takes too long.

        OSError when there are none, TimeoutError when there never were any in time.
        """
        try:
            with self._lock:
                found = self._running.get(place) or self._start(place)
            return found.result(seconds)
        except TimeoutError:
            if place not in self._known:
                raise
            return self._known[place]

    def _start(self, place: _Place) -> Future[list[str]]:
        """Return what a new thread, which cannot end before the lock is free, will find.

        TimeoutError when there can be no more threads.
        """
        found: Future[list[str]] = Future()
        try:
            Thread(target=self._look, args=(place, found), daemon=True).start()
        except RuntimeError as error:
            raise TimeoutError("no thread to look it up") from error
        self._running[place] = found
        return found

    def _look(self, place: _Place, found: Future[list[str]]) -> None:
        try:
            addresses = [str(entry[4][0]) for entry in getaddrinfo(*place, type=SOCK_STREAM)]
            self._known[place] = addresses
            found.set_result(addresses)
        except OSError as error:
            found.set_exception(error)
        except UnicodeError as error:  # a host that is no name at all
            found.set_exception(OSError(type(error).__name__))
        finally:
            with self._lock:
                del self._running[place]


@functools.cache
def _lookups() -> _Lookups:
    return _Lookups()


os.register_at_fork(after_in_child=_lookups.cache_clear)  # threads do not survive a fork


class PlainConnection(Connection):
    """One whose making takes no longer than ``CONNECT_SECONDS``."""

    def _connect(self) -> socket:
        name, until = self.host, now() + CONNECT_SECONDS
        refused = OSError("no address")
        try:
            addresses = _lookups().addresses((name, self.port), CONNECT_SECONDS - _HALF)
            until = max(until, now() + _HALF)
            for address in addresses:
                self.host, self.socket_connect_timeout = address, max(until - now(), 0.001)
                try:
                    return super()._connect()  # type: ignore[no-any-return,no-untyped-call]
                except OSError as error:
                    refused = error
        finally:
            self.host = name  # which a certificate is for
        raise refused


class TLSConnection(SSLConnection, PlainConnection):
    """The same, with TLS upon it."""


OF_SCHEME = {"redis": PlainConnection, "rediss": TLSConnection}  # a socket file has no name
