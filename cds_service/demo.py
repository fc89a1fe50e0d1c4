"""The demonstration: the real server on a free port, one order signed, and the card to read."""

from __future__ import annotations

import os
import socket
import subprocess  # nosec B404
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

import requests

from cds_service.settings import PREFIX

START_SECONDS = 20


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(**settings: str) -> Iterator[str]:
    """Run ``spine-cds serve`` with these settings on a free loopback port; yield its base URL.

    The settings of the surroundings do not reach it: a demonstration shows the product as it is.
    """
    port = free_port()
    environ = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    settings = {"PORT": str(port), "LOG_LEVEL": "WARNING"} | settings
    environ |= {f"{PREFIX}{name}": text for name, text in settings.items()}
    command = [sys.executable, "-m", "cds_service.cli", "serve"]
    with TemporaryDirectory() as folder:  # its store is gone with it
        environ.setdefault(f"{PREFIX}DATA_DIR", folder)
        with subprocess.Popen(command, env=environ) as server:  # noqa: S603  # nosec B603
            try:
                yield _ready(f"http://127.0.0.1:{port}", server)
            finally:
                server.terminate()


def _ready(base: str, server: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            discover(base)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return base
    raise RuntimeError("the server did not start")


def discover(base: str) -> list[dict[str, Any]]:
    """Return the services that a running server offers."""
    with _session() as session:
        services: list[dict[str, Any]] = session.get(f"{base}/cds-services", timeout=5).json()[
            "services"
        ]
        return services


def invoke(base: str, service_id: str, request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of a running server to one invocation."""
    with _session() as session:
        answer = session.post(f"{base}/cds-services/{service_id}", json=request, timeout=10)
    answer.raise_for_status()
    body: dict[str, Any] = answer.json()
    return body


def first_card(
    base: str, services: list[dict[str, Any]], request: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return the first service of the request's hook that has something to say, and its answer."""
    offered = [service["id"] for service in services if service["hook"] == request["hook"]]
    for service_id in offered:
        answered = invoke(base, service_id, request)
        if answered["cards"]:
            return service_id, answered
    raise RuntimeError("no service answered the request with a card")


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # loopback only: no proxy of the surroundings has a part in it
    return session
