"""nginx by itself (faults.md, N-01): what it lets through, what it keeps, and what it writes."""

import json
import socket
import ssl
import threading
import warnings
from contextlib import contextmanager

import pytest

from cds_service.demo import free_port
from cds_service.server import Server
from cds_service.settings import Settings
from tests.deploy import DEPLOY, planted, required, run
from tests.deploy.proxy import connected, laid_out, running_nginx, trusting

REQUIRED = (
    "ssl_protocols TLSv1.2 TLSv1.3;",
    "ssl_session_tickets off;",
    "add_header Strict-Transport-Security",
    "client_header_timeout 5s;",
    "client_body_timeout 5s;",
    "proxy_request_buffering on;",
    "proxy_connect_timeout 1s;",
    "proxy_read_timeout 6s;",
    "client_max_body_size 9m;",
    "limit_req zone=",
    "proxy_next_upstream off;",
    "server_tokens off;",
    "proxy_set_header X-Request-ID $request_id;",
    "access_log /dev/stdout without_query;",
    "error_log stderr crit;",
)
NOT_LOGGED = (
    "$request ",
    "$request_uri,",
    "$args",
    "$query_string",
    "$http_",
    "$request_body",
    '"$uri',
)


def problems(deploy, folder):
    """Return what N-01 misses in the configuration, and what nginx itself says of it."""
    nginx = required("nginx", "apt-get install nginx-light")
    text = "".join(path.read_text() for path in sorted((deploy / "nginx").glob("*.conf")))
    found = [f"not said: {part}" for part in REQUIRED if part not in text]
    ciphers = text.split("ssl_ciphers ")[1].split(";")[0].split(":")
    found += [
        f"weak: {c}"
        for c in ciphers
        if c[:6] != "ECDHE-" or not {"GCM", "CHACHA20"} & {*c.split("-")}
    ]
    log_format = text[text.index("log_format") : text.index("access_log")]
    found += [f"logged: {name}" for name in NOT_LOGGED if name in log_format]
    file, _ = laid_out(deploy, folder, free_port())
    return found + run(nginx, "-t", "-q", "-e", folder / "error.log", "-c", file)


def test_the_configuration_is_as_required(tmp_path):
    assert problems(DEPLOY, tmp_path) == []


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("nginx/tls.conf", "TLSv1.2 TLSv1.3", "TLSv1.1 TLSv1.2 TLSv1.3"),
        ("nginx/tls.conf", "ssl_ciphers ECDHE-ECDSA-", "ssl_ciphers "),
        ("nginx/nginx.conf", "proxy_request_buffering on", "proxy_request_buffering off"),
        ("nginx/nginx.conf", "client_body_timeout 5s", "client_body_timeout 60s"),
        ("nginx/nginx.conf", "proxy_next_upstream off", "proxy_next_upstream error non_idempotent"),
        ("nginx/nginx.conf", "server_tokens off", "server_tokens on"),
        ("nginx/nginx.conf", "limit_req zone=requests", "# limit_req"),
        ("nginx/nginx.conf", '"path":"$path"', '"path":"$path?$args"'),
        ("nginx/nginx.conf", "stderr crit", "stderr warn"),
        ("nginx/nginx.conf", "proxy_read_timeout 6s;", "proxy_read_timeout 6s"),
        ("nginx/upstream.conf", "upstream spine_cds", "upstream other"),
    ],
)
def test_a_planted_fault_is_reported(tmp_path, file, text, fault):
    assert problems(planted(tmp_path, file, text, fault), tmp_path) != []


def test_a_connection_is_given_up_before_the_service_closes_it():
    """A POST on a connection that the service has just closed would be lost: it is not repeated."""
    text = (DEPLOY / "nginx/upstream.conf").read_text()
    ours = int(text.split("keepalive_timeout ")[1].split("s;")[0])
    assert ours < Server(Settings(), lambda: None, lambda: None).cfg.keepalive


@contextmanager
def recording_service():
    """A service that answers 200 with nothing and keeps what it was sent; yields (port, sent)."""
    sent = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    sent.append(connection.recv(65536))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], sent
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nginx")
    with recording_service() as (port, sent), running_nginx(DEPLOY, folder, port) as tls_port:
        yield folder, tls_port, sent


def ask(folder, port, method, path, body=None, headers=None):
    """Return status, headers and body of an answer through nginx."""
    connection = connected(folder, port)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def speaks_old_tls(folder, port):
    """Whether nginx agrees to TLS 1.1 with a client that speaks nothing newer."""
    context = trusting(folder)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        connected(folder, port, context).close()
    except ssl.SSLError:
        return False
    return True


def test_tls_older_than_1_2_is_refused(proxied):
    folder, port, _ = proxied
    assert not speaks_old_tls(folder, port)


def test_old_tls_would_be_noticed(tmp_path):
    deploy = planted(tmp_path, "nginx/tls.conf", "TLSv1.2 TLSv1.3", "TLSv1.1 TLSv1.2")
    ciphers = deploy / "nginx/tls.conf"
    ciphers.write_text(ciphers.read_text().replace("ssl_ciphers ", "ssl_ciphers ALL:@SECLEVEL=0:"))
    with running_nginx(deploy, tmp_path, free_port()) as port:
        assert speaks_old_tls(tmp_path, port)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_current_tls_is_spoken(proxied, version):
    folder, port, _ = proxied
    context = trusting(folder)
    context.minimum_version = context.maximum_version = version
    connected(folder, port, context).close()


def test_every_answer_demands_tls_and_names_its_request(proxied):
    folder, port, sent = proxied
    for method, path in [("GET", "/cds-services"), ("POST", "/cds-services/x"), ("GET", "/none")]:
        _, headers, _ = ask(folder, port, method, path, "{}" if method == "POST" else None)
        assert "max-age=31536000" in headers["Strict-Transport-Security"]
        assert len(headers["X-Request-ID"]) == 32
        assert headers["Server"] == "nginx"
    assert any(b"X-Request-ID: " in request for request in sent)


def test_what_is_for_the_inside_is_not_found(proxied):
    folder, port, sent = proxied
    before = len(sent)
    for path in ("/metrics", "/readyz", "/cds-servicesx", "/../metrics"):
        status, _, _ = ask(folder, port, "GET", path)
        assert status in (400, 404)
    assert len(sent) == before


def test_a_body_too_large_is_refused_by_its_announcement(proxied):
    folder, port, sent = proxied
    before = len(sent)
    status, headers, body = ask(
        folder, port, "POST", "/cds-services/x", headers={"Content-Length": str(10 << 20)}
    )
    assert status == 413
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["issue"] == [{"severity": "error", "code": "too-long"}]
    assert len(sent) == before


def test_a_service_that_is_away_is_a_502_that_says_when_to_come_back(tmp_path):
    with running_nginx(DEPLOY, tmp_path, free_port()) as port:
        status, headers, body = ask(tmp_path, port, "POST", "/cds-services/x", "{}")
    assert (status, headers["Retry-After"]) == (502, "2")
    assert json.loads(body)["resourceType"] == "OperationOutcome"


def test_neither_query_nor_body_nor_header_of_a_client_is_written(tmp_path):
    with recording_service() as (service, _), running_nginx(DEPLOY, tmp_path, service) as port:
        told = {
            "Referer": "https://ehr/?p=canary",
            "User-Agent": "canary",
            "Authorization": "canary",
        }
        ask(tmp_path, port, "POST", "/cds-services/x?patient=canary", '{"a": "canary"}', told)
        ask(tmp_path, port, "GET", "/none?patient=canary", None, told)
        announced = told | {"Content-Length": str(10 << 20)}
        ask(tmp_path, port, "POST", "/cds-services/x?patient=canary", None, announced)
    with running_nginx(DEPLOY, tmp_path / "away", free_port()) as port:
        ask(tmp_path / "away", port, "POST", "/cds-services/x?patient=canary", "canary", told)
    logs = [log.read_text() for log in tmp_path.rglob("*.log")]
    assert not any("canary" in log for log in logs)
    lines = [json.loads(line) for line in (tmp_path / "access.log").read_text().splitlines()]
    paths = [(line["path"], line["status"]) for line in lines]
    assert paths == [("/cds-services/x", 200), ("/none", 404), ("/cds-services/x", 413)]


def test_what_nginx_cannot_read_is_refused_as_the_service_refuses(proxied):
    folder, port, sent = proxied
    before = len(sent)
    status, _, body = ask(folder, port, "GET", "/cds-services", headers={"X": "x" * 70_000})
    assert status == 400
    assert json.loads(body)["issue"] == [{"severity": "error", "code": "invalid"}]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as without_tls:
        without_tls.sendall(b"GET /cds-services HTTP/1.0\r\n\r\n")
        assert without_tls.makefile("rb").read().startswith(b"HTTP/1.1 400 ")
    assert len(sent) == before


def test_a_flood_is_told_to_come_back(tmp_path):
    deploy = planted(tmp_path, "nginx/nginx.conf", "rate=100r/s", "rate=1r/m")
    limits = deploy / "nginx/nginx.conf"
    limits.write_text(limits.read_text().replace("burst=200", "burst=2"))
    with recording_service() as (service, sent), running_nginx(deploy, tmp_path, service) as port:
        answers = [ask(tmp_path, port, "GET", "/cds-services") for _ in range(5)]
    assert [status for status, _, _ in answers] == [200, 200, 200, 429, 429]
    assert answers[-1][1]["Retry-After"] == "1"
    assert json.loads(answers[-1][2])["issue"] == [{"severity": "error", "code": "throttled"}]
    assert len(sent) == 3


def half_a_body(folder, port):
    """Return a connection that has sent the beginning of a body."""
    connection = connected(folder, port)
    connection.putrequest("POST", "/cds-services/x")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b"{")
    return connection


def test_half_a_body_does_not_reach_the_service(proxied):
    folder, port, sent = proxied
    before = len(sent)
    slow = half_a_body(folder, port)
    ask(folder, port, "GET", "/cds-services")
    assert len(sent) == before + 1
    slow.close()


def test_half_a_body_that_reaches_the_service_would_be_noticed(tmp_path):
    deploy = planted(
        tmp_path, "nginx/nginx.conf", "proxy_request_buffering on", "proxy_request_buffering off"
    )
    with recording_service() as (service, sent), running_nginx(deploy, tmp_path, service) as port:
        slow = half_a_body(tmp_path, port)
        slow.getresponse()
        assert len(sent) == 1
        slow.close()


def test_mutual_tls_lets_in_only_who_holds_a_certificate(tmp_path):
    deploy = planted(tmp_path, "nginx/client-certificates.conf.example", "on;", "on;")
    example = deploy / "nginx/client-certificates.conf.example"
    example.rename(example.with_suffix(""))
    with recording_service() as (service, _), running_nginx(deploy, tmp_path, service) as port:
        status, _, body = ask(tmp_path, port, "GET", "/cds-services")
        assert status == 400
        assert json.loads(body)["issue"] == [{"severity": "error", "code": "invalid"}]
        context = trusting(tmp_path)
        context.load_cert_chain(tmp_path / "tls/client.crt", tmp_path / "tls/client.key")
        connection = connected(tmp_path, port, context)
        connection.request("GET", "/cds-services")
        assert connection.getresponse().status == 200
        connection.close()
