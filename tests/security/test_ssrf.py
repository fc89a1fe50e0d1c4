"""T8: no URL of a request, a token, a page or a redirect leads us anywhere (S-01 to S-06).

What a URL is taken for is tested in ``test_fhir_servers``; here every way in is tried over sockets.
"""

import socket
from dataclasses import replace
from ipaddress import ip_network

import pytest
import requests

import fhir_fixtures
from cds_service.demo import running_server
from cds_service.fhir.connections import close_connections
from cds_service.security.fhir_servers import FhirBase, ReadableServers, parse_base
from cds_service.security.key_fetch import fetch_key_set
from cds_service.security.key_sources import FetchFailedError
from tests import chart
from tests.fhir_stub import fhir_stub, send
from tests.security.hostile_urls import HOSTS, SHAPES, canary, hostile_urls, lead_here, quoted
from tests.security.signing import KEY_SET, bearer, good_token, header
from tests.security.trusted_app import BASE, TOY, clients_file, entry, trusted_client
from tests.toy_service import bundle, condition, toy_request

SEARCH = "Condition?patient=p1"
pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2", "127.9.9.9", "::1", "localhost"])
AUTHORIZATION = {
    "access_token": "secret-canary",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.rs",
    "subject": "spine-cds",
}


@pytest.fixture
def stub():
    with fhir_stub() as server:
        server.routes["Patient/p1"] = {"resourceType": "Patient", "id": "p1"}
        server.routes[SEARCH] = bundle(condition())
        server.routes["jwks.json"] = KEY_SET
        yield server


@pytest.fixture
def trap(monkeypatch):
    lead_here(monkeypatch)
    with canary() as listening:
        yield listening
    close_connections()


@pytest.fixture
def urls(trap, stub):
    return hostile_urls(trap.port, stub.base.removeprefix("http://").removesuffix("/fhir"))


@pytest.fixture
def app(tmp_path, stub):
    jku = f"{stub.base}/jwks.json"
    return trusted_client(tmp_path, entry(jwks_file=..., jku=jku, fhir_servers=[stub.base]))


def call(app, text=None, **members):
    request = toy_request(prefetch={}, fhirAuthorization=AUTHORIZATION, **members)
    return app.post("/cds-services/toy", json=request, headers=bearer(text or good_token(TOY)))


def test_there_are_sixty_forms():
    assert len(HOSTS) + len(SHAPES) >= 60


def test_a_canary_sees_whoever_follows_one(trap):
    with socket.create_connection(("evil.example", trap.port), 1) as connection:
        connection.sendall(b"x")
        assert trap.arrivals() == [b"x"]


def test_no_fhir_server_of_a_request_is_connected_to_unless_listed(app, stub, trap, urls):
    for url in urls:
        assert call(app, fhirServer=url).status_code in (400, 412), url
        assert trap.arrivals() == [], url
    assert set(stub.paths) == {"jwks.json"}


def test_no_jku_of_a_token_is_connected_to(app, stub, trap, urls):
    for url in urls:
        text = good_token(TOY, head=header(jku=url))
        assert call(app, text, fhirServer=stub.base).status_code == 401, url
        assert trap.arrivals() == [], url
    assert stub.calls == []  # not even that of the list


def test_no_next_page_leads_off_the_server(app, stub, trap, urls):
    for url in urls:
        link = [{"relation": "next", "url": url}]
        stub.routes[SEARCH] = bundle(condition(), link=link)
        assert call(app, fhirServer=stub.base).status_code == 200, url
        assert trap.arrivals() == [], url


def redirect(status, url):
    return lambda handler: send(handler, status, KEY_SET, Location=quoted(url))


def test_no_redirect_is_followed(app, stub, trap, urls):
    for url in urls:
        for path in ("Patient/p1", SEARCH):
            stub.routes[path] = redirect(302, url)
        assert call(app, fhirServer=stub.base).status_code == 412, url
        assert trap.arrivals() == [], url


def test_no_redirect_of_a_key_set_is_followed(stub, trap, urls):
    here = FhirBase("http", "127.0.0.1", parse_base(stub.base).port, "")
    for url in urls:
        stub.routes["jwks.json"] = redirect(307, url)
        with pytest.raises(FetchFailedError):
            fetch_key_set(here, "/fhir/jwks.json", ())
        assert trap.arrivals() == [], url


def test_no_reference_and_no_attachment_leads_off_the_server(stub, trap, urls):
    listed = ReadableServers([parse_base(stub.base)], loopback_too=False)
    deployment = replace(chart.DEPLOYMENT, client=replace(chart.DEPLOYMENT.client, servers=listed))
    request = fhir_fixtures.load_request("removal-solid-fusion")
    patient = request["context"]["patientId"]
    subject = {"subject": {"reference": f"Patient/{patient}"}}
    medicines = [
        {"resourceType": "MedicationRequest", "id": f"m{number}", "status": "active",
         "intent": "order", "medicationReference": {"reference": url}} | subject
        for number, url in enumerate([f"{url}/Medication/m" for url in urls] + urls)
    ]  # fmt: skip
    for first in range(0, len(urls), 15):
        notes = [
            {"resourceType": "DocumentReference", "id": f"d{number}", "status": "current",
             "date": f"{chart.AS_OF}T00:00:00Z",
             "content": [{"attachment": {"contentType": "text/plain", "url": f"{url}/Binary/b"}}]}
            | subject
            for number, url in enumerate(urls[first : first + 15])
        ]  # fmt: skip
        prefetch = request["prefetch"] | {
            "medication_requests": bundle(*medicines),
            "document_references": bundle(*notes),
        }
        sent = request | {"prefetch": prefetch, "fhirServer": stub.base,
                          "fhirAuthorization": AUTHORIZATION}  # fmt: skip
        assert chart.call(sent, "spinal-hardware-removal", deployment)["cards"]
    assert trap.arrivals() == []
    assert {path.partition("/")[0] for path in stub.paths} <= {"Medication", "Binary"}


# Names that lead elsewhere tomorrow


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_key_server_whose_name_leads_inside_is_connected_to_but_not_spoken_to(trap, scheme):
    with pytest.raises(FetchFailedError):
        fetch_key_set(FhirBase(scheme, "keys.example.org", trap.port, ""), "/jwks.json", ())
    assert trap.arrivals() == [b""]


def test_a_name_is_looked_at_again_at_every_connection(monkeypatch, trap):
    networks = (ip_network("127.0.0.2/32"),)
    resolve, leads_to = socket.getaddrinfo, ["127.0.0.2", "127.0.0.1"]
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda _, *args, **options: resolve(leads_to.pop(0), *args, **options),
    )
    keys = FhirBase("http", "keys.example.org", trap.port, "")
    monkeypatch.setattr("cds_service.security.key_fetch.SECONDS", 0.3)
    for _ in range(2):  # the canary never answers, so that no connection is used twice
        with pytest.raises(FetchFailedError):
            fetch_key_set(keys, "/jwks.json", networks)
    first, second = sorted(trap.arrivals(), reverse=True)
    assert first.startswith(b"GET /jwks.json")
    assert second == b""


# The surroundings of the process


def test_no_proxy_and_no_netrc_of_the_surroundings_has_a_part_in_it(stub, tmp_path, monkeypatch):
    with canary() as proxy:
        for name in (
            "http_proxy",
            "https_proxy",
            "all_proxy",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
        ):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        netrc = tmp_path / ".netrc"
        netrc.write_text(
            "machine 127.0.0.1 login intruder password intruder\ndefault login x password y\n"
        )
        netrc.chmod(0o600)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(netrc))
        client = entry(jwks_file=..., jku=f"{stub.base}/jwks.json", fhir_servers=[stub.base])
        settings = {"CLIENTS": str(clients_file(tmp_path, client)), "PUBLIC_URL": BASE}
        request = fhir_fixtures.load_request("removal-solid-fusion") | {
            "prefetch": {}, "fhirServer": stub.base, "fhirAuthorization": AUTHORIZATION
        }  # fmt: skip
        with running_server(**settings) as base, requests.Session() as session:
            session.trust_env = False
            text = good_token(f"{BASE}/cds-services/spinal-hardware-removal")
            url = f"{base}/cds-services/spinal-hardware-removal"
            assert (
                session.post(url, json=request, headers=bearer(text), timeout=10).status_code == 412
            )
        assert proxy.arrivals() == []
    (key_set, *reads) = stub.calls
    assert key_set[0] == "/fhir/jwks.json"
    assert "Authorization" not in key_set[1]
    assert len(reads) >= 12
    assert {headers["Authorization"] for _, headers in reads} == {"Bearer secret-canary"}
