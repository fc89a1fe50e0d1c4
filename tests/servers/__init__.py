"""Real FHIR servers by other people, which tests start; ``make servers`` fetches them.

Measured on two shared cores: HAPI starts in 14 to 22 s and takes 600 MB, Medplum's router 1 s and
80 MB.
"""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from cds_service.demo import free_port

BUILT = Path(__file__).parents[2] / "build" / "servers"
START_SECONDS = 180  # a machine that does other things, too
JAVA = ("java", "-Xmx600m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
HAPI = (*JAVA, "-cp", f"{BUILT}/hapi/classes:{BUILT}/hapi/lib/*", "Hapi")
MEDPLUM = ("node", f"{BUILT}/medplum/server.mjs")


@contextmanager
def running(command, name, log):
    """Run a FHIR server on a free port until the block ends; yield its base URL."""
    _require(command[0], name)
    port = free_port()
    with (
        log.open("wb") as out,
        subprocess.Popen([*command, str(port)], stdout=out, stderr=out) as server,  # noqa: S603
    ):
        try:
            yield _answering(f"http://127.0.0.1:{port}/fhir", server, log)
        finally:
            server.terminate()


def _require(program, name):
    missing = (
        f"{program} is not installed"
        if shutil.which(program) is None
        else f"{name} is not built: run `make servers`"
        if not (BUILT / name / ".ready").exists()
        else None
    )
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"{missing}, and CI shows nothing without it")
    if missing:
        pytest.skip(missing)


def _answering(base, server, log):
    deadline = time.monotonic() + START_SECONDS
    with requests.Session() as session:
        session.trust_env = False  # loopback only
        while time.monotonic() < deadline and server.poll() is None:
            with suppress(requests.RequestException):
                if session.get(f"{base}/Patient?_count=1", timeout=30).ok:
                    return base
            time.sleep(0.2)
    raise RuntimeError(f"{server.args[0]} did not start: {log.read_text()[-2000:]}")
