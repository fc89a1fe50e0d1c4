"""T5 over a real socket: what a caller sees of a refusal, byte for byte, whatever Host it names."""

import http.client
import json

import pytest

from cds_service.demo import running_server
from tests.security.bad_tokens import bad_authorizations, ours
from tests.security.signing import claims, good_token, header, rsa_key
from tests.security.trusted_app import BASE, DISCOVERY, clients_file, entry
from tests.test_architecture import REQUEST

PATH = "/cds-services/spinal-hardware-removal"
URL = f"{BASE}{PATH}"
HOSTS = {
    "Host": "evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "Forwarded": "host=evil.example",
}


@pytest.fixture(scope="module")
def connect(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    settings = {"CLIENTS": str(clients_file(folder, entry())), "PUBLIC_URL": BASE}
    with running_server(LOG_LEVEL="ERROR", **settings) as server:
        yield lambda: http.client.HTTPConnection(server.removeprefix("http://"), timeout=10)


def exchange(connect, authorization=None, method="POST", path=PATH, **headers):
    """Status, headers (but the date) and body of an answer."""
    connection = connect()
    headers = {"Content-Type": "application/json"} | headers
    if authorization is not None:
        headers["Authorization"] = authorization
    connection.request(method, path, json.dumps(REQUEST), headers)
    answer = connection.getresponse()
    found = answer.status, [h for h in answer.getheaders() if h[0] != "Date"], answer.read()
    connection.close()
    return found


def test_every_bad_token_gets_the_same_bytes_at_every_endpoint(connect):
    expected = exchange(connect)
    assert expected[0] == 401
    bad = [(n, t) for n, t in bad_authorizations() if t.isascii() and t.isprintable()][::17]
    assert len(bad) >= 30
    assert [name for name, text in bad if exchange(connect, text) != expected] == []
    assert exchange(connect, "Bearer x", "GET", "/cds-services") == expected
    assert exchange(connect, "Bearer x", path=f"{PATH}/feedback") == expected
    assert exchange(connect, f"Bearer {good_token(URL)}", path=f"{PATH}/feedback") == expected


def test_good_tokens_are_let_in_whatever_the_request_says_of_its_host(connect):
    rsa = header("RS384", "rsa")
    for text in (good_token(URL), good_token([URL], rsa_key(), rsa), good_token(URL, tenant="t")):
        assert exchange(connect, f"bearer {text}", **HOSTS)[0] == 200
    assert exchange(connect, f"Bearer {good_token(DISCOVERY)}", "GET", "/cds-services")[0] == 200
    forged = f"http://evil.example{PATH}"
    assert exchange(connect, f"Bearer {good_token(forged)}", **HOSTS)[0] == 401


@pytest.mark.parametrize(("size", "statuses"), [(9_000, {401}), (60_000, {400, 401, 431})])
def test_an_oversized_token_is_refused_without_being_read(connect, size, statuses):
    text = ours(claims(URL, x="y" * size))
    assert exchange(connect, f"Bearer {text}")[0] in statuses
