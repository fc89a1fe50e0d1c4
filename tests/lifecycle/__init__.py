"""The real server as a process, under load, and what becomes of it."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection
from pathlib import Path

import fhir_fixtures
from cds_service.demo import free_port
from tests.hostile_fhir import resources_of

ROOT = Path(__file__).parents[2]
FIXTURE = "removal-solid-fusion"
INVOCATION = "/cds-services/spinal-hardware-removal"
DISCOVERY = "/cds-services"
START_SECONDS = 60  # a machine that does other things, too


@dataclass(frozen=True)
class Served:
    """A server process that answers at a port."""

    port: int
    process: subprocess.Popen

    @property
    def workers(self):
        """The process ids of its workers."""
        return children(self.process.pid)


@contextmanager
def serving(server="gunicorn", port=None, **settings):
    """Run ``spine-cds serve`` on loopback until the block ends."""
    served = started(server, port or free_port(), **settings)
    try:
        yield served
    finally:
        served.process.terminate()
        served.process.wait(20)


def started(server, port, **settings):
    """Start ``spine-cds serve`` and return it when it answers and all its workers are there."""
    workers = settings.get("WORKERS", 1)
    settings = {"PORT": port, "LOG_LEVEL": "ERROR", "DATA_DIR": data_dir()} | settings
    environ = {name: text for name, text in os.environ.items() if not name.startswith("SPINE_CDS_")}
    environ |= {f"SPINE_CDS_{name}": str(text) for name, text in settings.items()}
    command = [sys.executable, "-m", "cds_service.cli", "serve", "--server", server]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL)  # noqa: S603
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if is_answering(port) and len(children(process.pid)) >= workers:
            return Served(port, process)
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise RuntimeError(f"{server} did not start")


@cache
def data_dir():
    """A folder for the stores of these servers, gone at the end: not that of the user."""
    folder = tempfile.mkdtemp(prefix="spine-cds-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def is_answering(port):
    """Whether discovery is answered now."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", DISCOVERY)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def children(pid):
    """Return the ids of the child processes of a process."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return sorted({int(child) for task in tasks for child in task.read_text().split()})


def http_request(method, path, body=b"", **headers):
    """Return the bytes of a request on a connection that is kept."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def invocation(fhir=None):
    """Return the bytes of an invocation, whose patient is read from that FHIR server."""
    request = fhir_fixtures.load_request(FIXTURE)
    if fhir is not None:
        del request["prefetch"]["patient"]
        request["fhirServer"] = fhir
    return http_request("POST", INVOCATION, json.dumps(request).encode())


def patient():
    """Return the resources that the FHIR server of such an invocation needs."""
    return resources_of(fhir_fixtures.load_request(FIXTURE))
