"""The load generator: a process of its own that sends prepared bytes and looks at the clock.

It imports nothing of the product, parses no answer but its length, and collects no garbage.
"""

from __future__ import annotations

import gc
import os
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from threading import Thread
from typing import TypeAlias

PATIENCE_SECONDS = 20  # for one answer
Request: TypeAlias = tuple[bytes, bytes]  # head and body, which many requests share


@dataclass(frozen=True)
class Load:
    """What to send where; ``arrivals`` are seconds from the start, without them one after another.

    With arrivals the latency of a request counts from when it was due, also if all connections
    were taken then: a slow server makes its clients wait, not pause.
    """

    port: int
    requests: Sequence[Request]
    connections: int
    seconds: float
    arrivals: Sequence[float] = ()


@dataclass(frozen=True)
class Sample:
    """The latencies of what was answered with 200, how long all took, and how many were not."""

    milliseconds: list[float]
    seconds: float
    failed: int

    @property
    def per_second(self) -> float:
        """Requests answered in a second."""
        return len(self.milliseconds) / self.seconds


@contextmanager
def generator(cores: set[int]) -> Iterator[ProcessPoolExecutor]:
    """Yield the process that ``send`` is submitted to; it runs on these cores."""
    with ProcessPoolExecutor(1, get_context("spawn"), _settle, (cores,)) as process:
        yield process


def _settle(cores: set[int]) -> None:
    os.sched_setaffinity(0, cores)
    gc.disable()


def send(load: Load) -> Sample:
    """Send the requests until they or the seconds have run out; return what came of it."""
    turns = iter(range(len(load.requests)))  # shared: whoever is free takes the next
    found: list[float | None] = []
    start = time.perf_counter()
    clients = [
        Thread(target=_client, args=(load, turns, start, found)) for _ in range(load.connections)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    seconds = time.perf_counter() - start
    answered = [latency for latency in found if latency is not None]
    return Sample(answered, seconds, len(found) - len(answered))


def _client(load: Load, turns: Iterator[int], start: float, found: list[float | None]) -> None:
    connection = _Connection(load.port)
    end = start + load.seconds
    for turn in turns:
        due = start + load.arrivals[turn] if load.arrivals else time.perf_counter()
        if due >= end:
            break
        time.sleep(max(0.0, due - time.perf_counter()))
        try:
            ok = connection.ask(load.requests[turn])
        except OSError:
            ok = False
            connection.close()
        found.append((time.perf_counter() - due) * 1000 if ok else None)
    connection.close()


class _Connection:
    """One connection, kept as long as the server keeps it."""

    def __init__(self, port: int) -> None:
        self._address = ("127.0.0.1", port)
        self._socket: socket.socket | None = None

    def ask(self, request: Request) -> bool:
        """Send a request and read its answer whole; return whether it was a 200."""
        if self._socket is None:
            self._socket = socket.create_connection(self._address, PATIENCE_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _send_all(self._socket, request)
        # Else a server that sends head and body apart waits for our delayed acknowledgement, 40 ms.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        head, body = _head(self._socket)
        missing = _length(head) - len(body)
        while missing > 0:
            missing -= len(_received(self._socket))
        if b"\r\nconnection: close" in head:
            self.close()
        return head.split(b" ", 2)[1] == b"200"

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None


def _send_all(connection: socket.socket, request: Request) -> None:
    head, body = request
    sent = connection.sendmsg((head, body))
    if sent < len(head) + len(body):
        connection.sendall(memoryview(body)[sent - len(head) :])


def _head(connection: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of an answer in lower case, and what came of its body with it."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _received(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    return head.lower(), body


def _received(connection: socket.socket) -> bytes:
    part = connection.recv(1 << 18)
    if not part:
        raise ConnectionError("closed before the answer was whole")
    return part


def _length(head: bytes) -> int:
    _, found, rest = head.partition(b"\r\ncontent-length:")
    if not found:
        raise ConnectionError("an answer without a length")
    return int(rest.split(b"\r\n", 1)[0])
