"""HTTP by hand: bytes to a socket, and the answers that came back, taken apart."""

import errno
import json
import os
import re
import socket
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

DEADLINE_SECONDS = 4.0


class Answer(NamedTuple):
    """One HTTP answer as it came over the wire."""

    status: int
    headers: dict
    body: bytes


def request(body, *more, path=b"/cds-services/spinal-hardware-removal", method=b"POST",
            version=b"HTTP/1.1", content_type=b"application/json", length=None):  # fmt: skip
    """The bytes of a request; ``length`` is what Content-Length says, "" leaves it out."""
    lines = [b" ".join((method, path, version)), b"Host: cds.example.org"]
    if content_type is not None:
        lines.append(b"Content-Type: " + content_type)
    if length != "":
        lines.append(b"Content-Length: " + (b"%d" % len(body) if length is None else length))
    return b"\r\n".join([*lines, *more, b"", body])


def chunked(*chunks, end=b"0\r\n\r\n"):
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end


def exchange(port, sent):
    """All answers to the bytes, after which the sender sends no more; and how long that took."""
    started, received = time.monotonic(), bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=2 * DEADLINE_SECONDS) as connection:
        # What is refused early may be answered, and ended by a reset, while we still send.
        with ended_by_the_server():
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        with ended_by_the_server():
            while got := connection.recv(65536):
                received += got
    return list(answers(bytes(received))), time.monotonic() - started


@contextmanager
def ended_by_the_server():
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN):
            raise


def answers(received):
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("ascii").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        status = int(re.fullmatch(r"HTTP/1\.1 (\d{3}) .*", first).group(1))
        size = int(headers.get("content-length", 0))
        if status != 100:
            yield Answer(status, headers, rest[:size])
        received = rest[size:]


def is_outcome(answer):
    found = json.loads(answer.body)
    return found["resourceType"] == "OperationOutcome" and found["issue"][0]["severity"] == "error"


def resident(pid=None):
    """The resident memory in bytes of all processes that this one has started, and theirs."""
    started = children(pid or os.getpid())
    return sum(map(_resident, started)) + sum(map(resident, started))


def children(pid):
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]


def _resident(pid):
    with suppress(FileNotFoundError):
        found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found.group(1)) * 1024 if found else 0
    return 0
