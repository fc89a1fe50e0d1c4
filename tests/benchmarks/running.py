"""Servers in processes of their own: started side by side, asked once, pinned, weighed, stopped."""

from __future__ import annotations

import http.client
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from cds_service.demo import free_port
from cds_service.settings import PREFIX
from tests.benchmarks.generator import Request
from tests.benchmarks.peers import BUILT, NotToBeHadError
from tests.benchmarks.stacks import Stack

START_SECONDS, STOP_SECONDS = 40, 10
MIB = 1024  # the kernel counts in KiB


class Server:
    """One running stack; NotToBeHadError from ``ready`` when it does not answer as it must."""

    def __init__(self, stack: Stack, workers: int) -> None:
        self.stack, self.workers, self.port = stack, workers, free_port()
        self._log = BUILT / "logs" / f"{stack.label.replace('/', ' ')}.log"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        surroundings = {n: text for n, text in os.environ.items() if not n.startswith(PREFIX)}
        ours = {name: self._filled(text) for name, text in stack.environ.items()}
        command = [self._filled(part) for part in stack.command]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                command, cwd=stack.folder, env=surroundings | ours, stdout=log, stderr=log
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _filled(self, text: str) -> str:
        return text.format(port=self.port, workers=self.workers)

    def ready(self, body: bytes) -> None:
        """Wait for the first right answer; where one must sign, nothing must come without."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                status, answered = self._asked(self.requests([body])[0])
            except OSError:
                time.sleep(0.05)
                continue
            self._check(status, answered, body)
            return
        raise NotToBeHadError(f"it did not start: {self._last_words()}")

    def _check(self, status: int, answered: bytes, body: bytes) -> None:
        if status != http.client.OK or self.stack.expects not in answered:
            raise NotToBeHadError(f"it answered {status}: {answered[:200]!r}")
        if self.stack.issuer and self._asked((self._head(len(body)), body))[0] == http.client.OK:
            raise NotToBeHadError("it answers without a token, too")

    def _asked(self, request: Request) -> tuple[int, bytes]:
        head, body = request
        names = (line.split(": ", 1) for line in head.decode().strip().split("\r\n")[1:])
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        connection.request("POST", self.stack.path, body, dict(names))
        answer = connection.getresponse()
        with answer:
            return answer.status, answer.read()

    def requests(self, bodies: Sequence[bytes]) -> list[Request]:
        """Return one request for each body; they share what they can, not the token."""
        if self.stack.issuer is None:
            heads = {id(body): self._head(len(body)) for body in bodies}
            return [(heads[id(body)], body) for body in bodies]
        tokens = self.stack.issuer.tokens(len(bodies))
        return [(self._head(len(b), token), b) for b, token in zip(bodies, tokens, strict=True)]

    def _head(self, length: int, token: str = "") -> bytes:
        lines = [
            f"POST {self.stack.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Content-Type: application/json",
            f"Content-Length: {length}",
            *([f"Authorization: Bearer {token}"] if token else []),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _last_words(self) -> str:
        said = self._log.read_text(errors="replace").strip().splitlines()
        errors = [line for line in said if "Error: " in line]
        return (errors or said or ["no answer"])[-1]

    def mebibytes(self) -> list[tuple[float, float]]:
        """Return the memory of each worker in MiB: resident, and its share of what is shared."""
        weights = [_weight(child) for child in _children(self._process.pid)]
        workers = sorted(filter(None, weights), reverse=True)[: self.workers]
        return workers or [w for w in [_weight(self._process.pid)] if w]


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _weight(pid: int) -> tuple[float, float] | None:
    """Return RSS and PSS of a process in MiB; None when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    sizes = {line.split(":")[0]: line.split()[1] for line in lines if line.endswith(" kB")}
    return int(sizes["Rss"]) / MIB, int(sizes["Pss"]) / MIB


def cores_for(workers: int) -> tuple[set[int], set[int]]:
    """Return the cores of the load generator and of the servers: apart where there are enough."""
    every = sorted(os.sched_getaffinity(0))
    apart = len(every) - 1 >= workers
    return (set(every[:1]), set(every[1:])) if apart else (set(every), set(every))


@contextmanager
def _pinned(cores: set[int]) -> Iterator[None]:
    """Whatever is started inside the block runs on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def running(
    stacks: Sequence[Stack], workers: int, body: bytes
) -> Iterator[tuple[list[Server], dict[str, str]]]:
    """Yield the servers that answer, and by label why others do not; all stop with the block."""
    lacking: dict[str, str] = {}
    with ExitStack() as stack:
        with _pinned(cores_for(workers)[1]):
            started = [stack.enter_context(Server(s, workers)) for s in stacks]
        for server in started:
            try:
                server.ready(body)
            except NotToBeHadError as error:
                lacking[server.stack.label] = str(error)
        yield [server for server in started if server.stack.label not in lacking], lacking
