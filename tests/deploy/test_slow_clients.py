"""Clients that send slowly do not keep others from the service (faults.md, B-05, T20 in small)."""

import json
import time
from datetime import UTC, datetime

import pytest

import fhir_fixtures
from cds_service.demo import running_server
from tests.deploy import DEPLOY
from tests.deploy.proxy import connected, running_nginx
from tests.full import FULL

SLOW = 500 if FULL else 50
GOOD = 100 if FULL else 20
LET_GO_SECONDS = 20  # nginx lets go after 5
REMOVAL = "/cds-services/spinal-hardware-removal"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """The real service with fewer threads than slow clients, behind the real nginx."""
    folder = tmp_path_factory.mktemp("slow")
    with running_server(THREADS="2", VALUE_SETS=str(fhir_fixtures.VALUE_SETS)) as base:
        port = int(base.rsplit(":", 1)[1])
        with running_nginx(DEPLOY, folder, port) as tls_port:
            yield folder, tls_port


def request_body():
    today = datetime.now(UTC).date()
    return json.dumps(fhir_fixtures.load_request("removal-solid-fusion", today))


def post(connection, body):
    connection.request("POST", REMOVAL, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def begun(folder, port):
    """A connection that has announced a request and sent a tenth of it."""
    connection = connected(folder, port, timeout=LET_GO_SECONDS)
    connection.putrequest("POST", REMOVAL)
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b" " * 100)
    return connection


def test_many_slow_clients_are_let_go_while_others_get_their_cards(service):
    folder, port = service
    slow = [begun(folder, port) for _ in range(SLOW)]
    body = request_body()
    good = connected(folder, port)
    for _ in range(GOOD):
        status, answered = post(good, body)
        assert status == 200
        assert answered["cards"]
    good.close()
    until = time.monotonic() + LET_GO_SECONDS
    for connection in slow:
        connection.sock.settimeout(max(until - time.monotonic(), 0.01))
        assert connection.sock.recv(1000)[:12] in (b"", b"HTTP/1.1 408"), "told, or closed"
        connection.close()


def test_a_body_larger_than_the_buffer_of_nginx_reaches_the_service_whole(service):
    folder, port = service
    request = json.loads(request_body()) | {"ignored": "x" * (3 << 20)}
    connection = connected(folder, port)
    status, answered = post(connection, json.dumps(request))
    connection.close()
    assert status == 200
    assert answered["cards"]
