"""gunicorn started by hand serves as ``spine-cds serve`` does."""

import os
import signal
import subprocess
import time
from contextlib import suppress

import requests

from cds_service.demo import free_port
from cds_service.gunicorn_processes import Worker
from cds_service.server import Server
from cds_service.settings import Settings
from tests.deploy import ROOT, our_tool

GUNICORN = (our_tool("gunicorn"), "--config", "deploy/gunicorn.conf.py")
START_SECONDS = 30


def surroundings(**settings):
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SPINE_CDS_")}
    return kept | {f"SPINE_CDS_{name}": text for name, text in settings.items()}


def test_it_takes_every_option_from_the_server():
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [*GUNICORN, "--print-config", "deploy.wsgi:application"],
        cwd=ROOT, env=surroundings(PORT="9123", WORKERS="3"), capture_output=True, text=True,
    )  # fmt: skip
    printed = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    printed = {name.strip(): value.strip() for name, value in printed.items()}
    ours = Server(Settings(port=9123, workers=3), lambda: None, lambda: None).cfg
    assert printed["worker_class"] == f"<{Worker.__name__}()>"
    for name in ("bind", "workers", "threads", "graceful_timeout", "keepalive"):
        assert printed[name] == str(ours.settings[name].get()), name
    assert "tune_worker" in printed["post_worker_init"]


def test_it_serves_and_ends_quietly(tmp_path):
    port = free_port()
    command = [*GUNICORN, "deploy.wsgi:application"]
    environ = surroundings(PORT=str(port), DATA_DIR=str(tmp_path))
    with subprocess.Popen(command, cwd=ROOT, env=environ) as server:  # noqa: S603
        services = discovered(f"http://127.0.0.1:{port}/cds-services", server)
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == 0
    assert len(services) == 4


def discovered(url, server):
    deadline = time.monotonic() + START_SECONDS
    with requests.Session() as session:
        session.trust_env = False  # loopback only
        while time.monotonic() < deadline and server.poll() is None:
            with suppress(requests.ConnectionError):
                return session.get(url, timeout=5).json()["services"]
            time.sleep(0.05)
    raise RuntimeError("gunicorn did not start")
