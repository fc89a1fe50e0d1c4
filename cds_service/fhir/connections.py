"""The only place that opens connections to others' servers: pooled, guarded, bounded.

Nothing here reads the environment, follows a redirect, keeps a cookie or repeats a call. Figures:
faults.md, section 1.
"""

from __future__ import annotations

import functools
import io
import logging
import os
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from socket import socket
from threading import Lock
from typing import Any, NamedTuple

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from cds_service.fhir.deadline import Deadline
from cds_service.fhir.unpacking import PIECE, unpacked
from cds_service.security.fhir_servers import FhirBase
from cds_service.security.peers import Network, may_be_reached

CONNECT_SECONDS = 0.5
SILENCE_SECONDS = 1.5
PER_HOST = 16
HOSTS = 64
_ONE_AT_A_TIME = Lock()
_TIMEOUTS = (urllib3.exceptions.TimeoutError, urllib3.exceptions.EmptyPoolError, TimeoutError)

# Its warnings hold URLs, and those hold the ids of patients.
logging.getLogger("urllib3").setLevel(logging.ERROR)


class NotInTimeError(Exception):
    """A server that did not answer in the time there was."""


class NoAnswerError(Exception):
    """A connection that could not be made or broke, or an answer that is no HTTP."""


class TooMuchError(Exception):
    """A body beyond the limit."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request: a ``target`` (path and query) at the origin of its base.

    ``headers`` may hold a token: it is never printed.
    """

    method: str
    base: FhirBase
    target: str
    headers: Mapping[str, str]
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"Call({self.method})"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, the headers that matter, and the decoded body, which only a 200 has."""

    status: int
    content_type: str = ""
    retry_after: str = ""
    body: bytes = b""
    cache_control: str = ""


class ByteAllowance:
    """The bytes that all reads of one invocation may bring together, those in vain included."""

    def __init__(self, size: int) -> None:
        self._lock, self._left = Lock(), size

    def spend(self, size: int) -> None:
        """Use some of it up; TooMuchError when there is not as much left."""
        with self._lock:
            self._left -= size
            if self._left < 0:
                raise TooMuchError


def exchange(
    call: Call,
    deadline: Deadline,
    limit: int,
    allowance: ByteAllowance,
    networks: tuple[Network, ...],
) -> Answer:
    """Return what a server answers; NotInTimeError, NoAnswerError or TooMuchError otherwise.

    A connection whose answer was not read to its end is closed, not kept.
    """
    left = deadline.remaining()
    if not left:
        raise NotInTimeError
    try:
        with _ONE_AT_A_TIME:  # or two threads would make two pools, each with its own cap
            pools = _pools(networks)
        base = call.base
        response = pools.connection_from_host(base.host, base.port, base.scheme).urlopen(
            call.method,
            call.target,
            body=call.body,
            headers=call.headers,
            timeout=urllib3.Timeout(total=left, connect=min(CONNECT_SECONDS, left)),
            pool_timeout=left,  # type: ignore[arg-type]  # waits as long for any number
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            return _answer(response, limit, allowance)
        finally:
            if not response.closed:
                response.close()
            response.release_conn()
    except urllib3.exceptions.NewConnectionError as error:  # refused, or no such name
        raise NoAnswerError from error
    except _TIMEOUTS as error:
        raise NotInTimeError from error
    except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError) as error:
        raise NoAnswerError from error


def _answer(response: urllib3.BaseHTTPResponse, limit: int, allowance: ByteAllowance) -> Answer:
    content_type = response.headers.get("Content-Type", "")
    retry_after = response.headers.get("Retry-After", "")
    body = _body(response, limit, allowance) if response.status == 200 else b""
    cache_control = response.headers.get("Cache-Control", "")
    return Answer(response.status, content_type, retry_after, body, cache_control)


def _body(response: urllib3.BaseHTTPResponse, limit: int, allowance: ByteAllowance) -> bytes:
    """Return the whole body; TooMuchError as soon as it, packed or not, is more than it may be."""
    body = bytearray()
    packed = iter(lambda: response.read1(PIECE, decode_content=False) or b"", b"")
    encoding = response.headers.get("Content-Encoding", "")
    for piece in _at_most(limit, unpacked(_at_most(limit, packed), encoding)):
        allowance.spend(len(piece))
        body += piece
    return bytes(body)


def _at_most(limit: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces; TooMuchError when they are more bytes together than that."""
    for piece in pieces:
        limit -= len(piece)
        if limit < 0:
            raise TooMuchError
        yield piece


class _TimedBytes(io.RawIOBase):
    """The bytes of one answer; every wait is bounded by the silence allowed and the time left.

    A time-out of a socket bounds the silence between two bytes only: without this a server could
    drip its headers for hours.
    """

    def __init__(self, source: io.RawIOBase, sock: socket, deadline: Deadline) -> None:
        self._source, self._sock, self._deadline = source, sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline.remaining()
        if not left:
            raise TimeoutError
        self._sock.settimeout(min(SILENCE_SECONDS, left))
        return self._source.readinto(buffer)

    def close(self) -> None:
        self._source.close()
        super().close()


class _TimedResponse(HTTPResponse):
    """An answer whose whole arrival, headers included, takes no longer than its socket may wait.

    urllib3 sets the socket's time-out to all that is left just before it makes this.
    """

    def __init__(self, sock: socket, *args: Any, **options: Any) -> None:
        timed: Any = _TimedSource(sock, Deadline.after(sock.gettimeout() or 0.0))
        super().__init__(timed, *args, **options)


class _TimedSource(NamedTuple):
    """What an answer takes for its socket, of which it only wants a file."""

    sock: socket
    deadline: Deadline

    def makefile(self, _: str) -> io.BufferedReader:
        source: Any = self.sock.makefile("rb", buffering=0)
        return io.BufferedReader(_TimedBytes(source, *self))


@functools.cache
def _pools(networks: tuple[Network, ...]) -> urllib3.PoolManager:
    """Return the pooled connections of this process to servers there or at public addresses.

    No more than ``PER_HOST`` calls to one host run at a time; others wait for theirs to end.
    """

    class Guarded(HTTPConnection):
        response_class = _TimedResponse

        def _new_conn(self) -> socket:
            sock = super()._new_conn()
            if may_be_reached(self.host, sock.getpeername()[0], networks):
                return sock
            sock.close()
            raise urllib3.exceptions.NewConnectionError(self, "leads where nothing may be read")

    class GuardedTLS(Guarded, HTTPSConnection):
        pass

    class Pool(HTTPConnectionPool):
        ConnectionCls = Guarded

    class PoolTLS(HTTPSConnectionPool):
        ConnectionCls = GuardedTLS

    # The certificates of the machine, so that a hospital's own authority can be among them; loaded
    # once, or every new connection would do it again.
    trusted = ssl.create_default_context()
    pools = urllib3.PoolManager(HOSTS, maxsize=PER_HOST, block=True, ssl_context=trusted)
    pools.pool_classes_by_scheme = {"http": Pool, "https": PoolTLS}
    return pools


def close_connections() -> None:
    """Forget all pooled connections; those that no call uses are closed."""
    _pools.cache_clear()


os.register_at_fork(after_in_child=close_connections)  # a worker opens connections of its own
