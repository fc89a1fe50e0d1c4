"""What compose.yaml starts beside the service, run for real where it is ours to configure."""

import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
import redis
import yaml

from cds_service.demo import free_port
from cds_service.fhir.client import FhirReader
from cds_service.fhir.connections import close_connections
from cds_service.fhir.deadline import Deadline
from cds_service.security.cds_client import CDSClient
from cds_service.security.fhir_servers import ReadableServers, parse_base
from tests.deploy import DEPLOY, required
from tests.deploy.proxy import make_certificates, started
from tests.fhir_stub import fhir_stub
from tests.toy_service import bundle, condition

SEARCH = "Condition?patient=p1"


@pytest.fixture
def fhir_by_tls(tmp_path, monkeypatch):
    """The port of a FHIR server behind compose-fhir.conf, whose authority is trusted."""
    port = free_port()
    make_certificates(tmp_path / "tls")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls/authority.crt"))
    close_connections()
    with fhir_stub() as stub:
        stub.routes[SEARCH] = bundle(condition())
        text = (DEPLOY / "compose-fhir.conf").read_text()
        for name, here in {
            "/tmp/": f"{tmp_path}/",  # noqa: S108 - nginx's own
            "listen 8444": f"listen 127.0.0.1:{port}",
            "http://fhir:8080": stub.base.removesuffix("/fhir"),
            "/etc/spine-cds/tls/fhir": f"{tmp_path}/tls/tls",
            "error_log stderr": f"error_log {tmp_path}/error.log",
        }.items():
            assert name in text
            text = text.replace(name, here)
        (tmp_path / "fhir.conf").write_text(text)
        with started(tmp_path / "fhir.conf", tmp_path, port):
            yield port
    close_connections()


def test_the_fhir_server_to_try_out_is_read_by_https_as_any_other(fhir_by_tls):
    base = parse_base(f"https://127.0.0.1:{fhir_by_tls}/fhir")
    client = CDSClient(ReadableServers((), loopback_too=True))
    found = FhirReader(base, None, Deadline.after(5), client).read(SEARCH)
    assert len(found.entry) == 1


def test_redis_takes_the_password_of_its_secret_and_shows_it_to_nobody(tmp_path):
    required("redis-server", "apt-get install redis-server")
    secret, port = tmp_path / "redis-password", free_port()
    secret.write_text("canary-3b1e\n")
    *shell, script = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["redis"][
        "command"
    ]
    script = script.replace("$$", "$").replace("/run/secrets/redis-password", str(secret))
    script = script.replace("redis-server -", f"redis-server - --port {port}", 1)
    with subprocess.Popen([*shell, script], cwd=tmp_path, stdout=subprocess.DEVNULL) as server:  # noqa: S603
        try:
            assert ready(port, "canary-3b1e")
            arguments = Path(f"/proc/{server.pid}/cmdline").read_bytes()
            with pytest.raises(redis.AuthenticationError), redis.Redis(port=port) as stranger:
                stranger.ping()
        finally:
            server.terminate()
    assert b"redis-server" in arguments  # in the place of the shell, so that it is told to stop
    assert b"canary" not in arguments


def ready(port, password):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with suppress(redis.ConnectionError), redis.Redis(port=port, password=password) as client:
            return client.ping()
        time.sleep(0.02)
    return False
