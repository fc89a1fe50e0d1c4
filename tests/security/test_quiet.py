"""T9: no text of a request, a token or a record is found in what we write (faults.md, L-01, S-07).

The canaries are searched for in standard output and standard error of a real server at DEBUG, in
all loggers of a process at DEBUG, and in every refusal.
"""

import io
import json
import logging
import socket
import sys
import traceback
from contextlib import suppress
from dataclasses import replace

import pytest
import requests
import structlog

import fhir_fixtures
import hooks
from cds_service import app as app_module
from cds_service import audit
from cds_service.demo import running_server
from cds_service.fhir.access import Access
from cds_service.fhir.connections import Call
from cds_service.protocol.envelope import open_envelope
from cds_service.protocol.errors import MalformedRequestError
from cds_service.protocol.strict_json import JSONError, strict_loads
from cds_service.security.access_token import AccessToken
from cds_service.security.cds_client import CDSClient
from cds_service.security.fhir_servers import ReadableServers, parse_base
from cds_service.security.key_set import KeySetError, read_key_set
from cds_service.security.signed_token import RefusedTokenError, bearer_token, read_token
from cds_service.settings import Settings, SettingsError
from tests.fhir_stub import fhir_stub, send
from tests.security.canaries import CANARY, KINDS, hits
from tests.security.signing import claims, ec_key, good_token, header, token
from tests.security.trusted_app import BASE, clients_file, entry, trusted_client

SERVICE = "spinal-hardware-removal"
URL = f"{BASE}/cds-services/{SERVICE}"
FIXTURE = fhir_fixtures.load_request("removal-solid-fusion")
NOTE = {
    "resourceType": "DocumentReference",
    "id": CANARY["note"],
    "status": "current",
    "date": f"{fhir_fixtures.AS_OF}T00:00:00Z",
    "description": CANARY["note"],
    "type": {"text": CANARY["note"]},
    "content": [{"attachment": {"contentType": "text/plain", "url": f"Binary/{CANARY['note']}"}}],
}
COMMENT = {
    "card": "5665665d-9e36-4675-afba-77365af221dd",
    "outcome": "overridden",
    "overrideReason": {"userComment": CANARY["note"]},
    "outcomeTimestamp": "2026-03-01T12:00:00Z",
}
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": CANARY["answer"], "diagnostics": CANARY["answer"]}],
}


def marked(base, **members):
    """The request of a fixture with a canary in everything that says something of somebody."""
    text = json.dumps(FIXTURE).replace(FIXTURE["context"]["patientId"], CANARY["patient-id"])
    request = json.loads(text)
    request["hookInstance"] = "5665665d-9e36-4675-afba-77365af221dd"
    request["context"] |= {
        "userId": f"Practitioner/{CANARY['user']}",
        "encounterId": CANARY["encounter"],
    }
    order = request["context"]["draftOrders"]["entry"][0]["resource"]
    order |= {"id": CANARY["order-id"], "note": [{"text": CANARY["note"]}]}
    patient = request["prefetch"]["patient"]
    patient |= {"name": [{"family": CANARY["name"]}], "telecom": [{"value": CANARY["name"]}]}
    note = NOTE | {"subject": {"reference": f"Patient/{CANARY['patient-id']}"}}
    notes = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": note}]}
    request["prefetch"]["document_references"] = notes
    request |= {
        "fhirServer": f"{base}/{CANARY['fhir-path']}",
        "fhirAuthorization": {
            "access_token": CANARY["access-token"], "token_type": "Bearer", "expires_in": 300,
            "scope": CANARY["subject"], "subject": CANARY["subject"],
        },
        "extension": {CANARY["json"]: CANARY["json"]},
    }  # fmt: skip
    return request | members


def bodies(base):
    """Bodies good and bad, each with what makes it so."""
    good = marked(base)
    orders, keys = good["context"]["draftOrders"], good["prefetch"]
    another = {"resourceType": "Patient", "id": "other"}
    odd = {"resourceType": CANARY["json"], "id": CANARY["patient-id"]}
    yield from (
        good,
        good | {"prefetch": {}},
        good | {"prefetch": OUTCOME},
        good | {"prefetch": keys | {"conditions": OUTCOME, "observations": CANARY["json"]}},
        good | {"prefetch": {"patient": odd}},
        good | {"prefetch": keys | {"patient": another}},
        good | {"hook": CANARY["json"]},
        good | {"hookInstance": CANARY["instance"]},
        good | {"fhirServer": 1},
        good | {"fhirServer": f"https://{CANARY['fhir-path']}.example.org/fhir"},
        good | {"fhirServer": f"http://u:{CANARY['password']}@127.0.0.1/{CANARY['fhir-path']}"},
        good | {"fhirAuthorization": {"access_token": CANARY["access-token"]}},
        good | {"context": {"patientId": f"Patient/{CANARY['patient-id']}"}},
        good | {"context": good["context"] | {"userId": CANARY["user"], "draftOrders": [orders]}},
        good | {"context": good["context"] | {"draftOrders": {"resourceType": CANARY["json"]}}},
    )  # fmt: skip
    whole = json.dumps(good)
    yield whole[:-20].encode()
    yield whole.replace(CANARY["name"], f"{CANARY['name']}\x00").encode()
    yield whole.replace(f'"{CANARY["name"]}"', f'"{CANARY["name"]}\\ud800"').encode()
    yield whole[:-1].encode() + b', "hook": "%s"}' % CANARY["json"].encode()
    yield whole.encode().replace(CANARY["name"].encode(), CANARY["name"].encode() + b"\xff")
    yield whole.encode("utf-16")
    yield f'"{CANARY["json"]}"'.encode()


def authorizations():
    """Tokens good and bad, each with a canary in it."""
    jti = CANARY["jwt"]
    yield f"Basic {jti}"
    yield f"Bearer {jti}"
    yield f"Bearer {good_token(URL, iss=jti)}"
    yield f"Bearer {good_token(URL, tenant=jti, aud=jti)}"
    yield f"Bearer {good_token(URL, ec_key(), header(kid=jti))}"
    yield f"Bearer {good_token(URL, head=header(jku=f'https://{jti}.example.org'))}"
    yield f"Bearer {token(ec_key('384', 'theirs'), 'ES384', header(), claims(URL, jti=jti))}"
    yield f"Bearer {token(ec_key(), 'ES384', header(), claims(URL, jti=jti, exp=1))}"
    yield f"Bearer {token(ec_key(), 'ES384', header(typ=jti), claims(URL))}"


def calls(base):
    """(path, headers, body) of every call; those with a good token make it when they are sent."""
    common = dict.fromkeys(("User-Agent", "Cookie", "X-Forwarded-For"), CANARY["header"])
    common["Content-Type"] = "application/json"
    path = f"/cds-services/{SERVICE}"
    for number, body in enumerate(bodies(base)):
        octets = body if isinstance(body, bytes) else json.dumps(body).encode()
        jti = CANARY["jwt"] + str(number)
        jwt = f"Bearer {good_token(URL, jti=jti, sub=jti)}"
        yield f"{path}?{CANARY['query']}={CANARY['query']}", common | {"Authorization": jwt}, octets
    for item in (COMMENT, COMMENT | {"outcome": CANARY["json"]}):
        octets = json.dumps({"feedback": [item]}).encode()
        jwt = f"Bearer {good_token(f'{URL}/feedback')}"
        yield f"{path}/feedback", common | {"Authorization": jwt}, octets
    whole = json.dumps(marked(base)).encode()
    for authorization in authorizations():
        yield path, common | {"Authorization": authorization}, whole
    yield path, common | {"Content-Type": CANARY["header"]}, whole
    for elsewhere in (
        f"/{CANARY['path']}",
        f"/cds-services/{CANARY['path']}",
        f"{path}/{CANARY['path']}",
    ):
        yield elsewhere, common, whole


NO_HTTP = [
    f"GET /{CANARY['path']} HTTP/9.9\r\n\r\n",
    f"{CANARY['path']} / HTTP/1.1\r\n\r\n",
    f"GET /{CANARY['query']}\r\n\r\n",
    f"GET / HTTP/1.1\r\nAuthorization {CANARY['jwt']}\r\n\r\n",
    f"GET / HTTP/1.1\r\nAuth orization: {CANARY['jwt']}\r\n\r\n",
    f"GET / HTTP/1.1\r\n{CANARY['header']}: a\0b\r\n\r\n",
    f"POST / HTTP/1.1\r\nContent-Length: {CANARY['header']}\r\n\r\n",
    f"POST / HTTP/1.1\r\nTransfer-Encoding: {CANARY['header']}\r\n\r\n",
    f"GET / HTTP/1.1\r\nAuthorization: Bearer {CANARY['jwt'] * 2000}\r\n\r\n",
]


def refused_as_no_http(server):
    """What a server says to what cannot be parsed, piece by piece."""
    host, _, port = server.removeprefix("http://").partition(":")
    for text in NO_HTTP:
        with socket.create_connection((host, int(port)), 5) as connection:
            connection.sendall(text.encode())
            with suppress(ConnectionResetError):
                yield connection.recv(10_000)


def failing(stub):
    """Make a FHIR server answer badly, and with canaries in whatever it says."""

    def oddly(handler):
        handler.send_response(200, CANARY["answer"])
        handler.flush_headers()
        handler.wfile.write(f"{CANARY['answer']} without a colon\r\n".encode())
        send(handler, 200, OUTCOME)

    answers = [
        lambda h: send(h, 500, OUTCOME),
        lambda h: send(h, 302, OUTCOME, Location=f"https://{CANARY['answer']}.example.org"),
        lambda h: send(h, 200, f"<html>{CANARY['answer']}</html>".encode()),
        lambda h: send(h, 200, OUTCOME, Set_Cookie=CANARY["answer"]),
        lambda h: send(h, 401, OUTCOME, WWW_Authenticate=CANARY["answer"]),
        lambda h: h.connection.close(),
        oddly,
    ]
    numbers = iter(range(10_000_000))
    stub.answer = lambda handler: answers[next(numbers) % len(answers)](handler)


def entries_for(stub):
    servers = [f"{stub.base}/{CANARY['fhir-path']}"]
    return entry(fhir_servers=servers, refuse_other_patient=False, deadline_seconds=0.5)


def test_the_search_finds_what_is_there(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_text(f"x{CANARY['note']}x")
    assert hits(tmp_path, f"{CANARY['query']}", CANARY["name"].upper().encode()) == [
        "name",
        "note",
        "query",
    ]
    assert hits("nothing", tmp_path / "deep" / "file") == ["note"]
    assert len(set(CANARY.values())) == len(KINDS)


def answers_of(server, base):
    with requests.Session() as session:  # closed before the server stops, which would wait for it
        session.trust_env = False  # loopback only
        for path, headers, body in calls(base):
            yield session.post(f"{server}{path}", data=body, headers=headers, timeout=10)


def test_a_real_server_at_debug_writes_no_canary(tmp_path, capfd):
    with fhir_stub() as stub:
        failing(stub)
        kept = tmp_path / "kept"
        settings = {
            "CLIENTS": str(clients_file(tmp_path, entries_for(stub))),
            "PUBLIC_URL": BASE,
            "DATA_DIR": str(kept),
        }
        with running_server(LOG_LEVEL="DEBUG", **settings) as server, requests.Session() as session:
            session.trust_env = False  # loopback only
            found = list(answers_of(server, stub.base))
            unparsed = list(refused_as_no_http(server))
            metrics = session.get(f"{server}/metrics", timeout=10).text
    statuses = [answer.status_code for answer in found]
    refusals = [f"{a.text} {a.headers}" for a in found if a.status_code != 200]
    assert {200, 400, 401, 404, 412} <= set(statuses)
    assert max(statuses) < 500
    assert [a.status_code for a in found if a.url.endswith("/feedback")] == [200, 400]
    written = "".join(capfd.readouterr())
    assert written.count('"invocation"') >= 20
    assert "spine_cds_invocations_total" in metrics
    assert list(kept.iterdir())
    assert hits(written, metrics, kept, *refusals, *unparsed) == []


@pytest.fixture
def everything(monkeypatch, caplog):
    """All that a process writes: by structlog, and by every logger that there is, at DEBUG."""
    stderr = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stderr", stderr)
    audit.configure("DEBUG")
    with caplog.at_level(logging.DEBUG):
        yield lambda: (stderr.buffer.getvalue(), caplog.text)
    structlog.reset_defaults()


def answers(app, base):
    for path, headers, body in calls(base):
        yield app.post(path, data=body, headers=headers)


def whole_app(folder, stub):
    sets = fhir_fixtures.VALUE_SETS
    return trusted_client(folder, entries_for(stub), services=hooks.services(), value_sets=sets)


def test_no_logger_of_the_process_at_debug_is_told_one(tmp_path, everything):
    with fhir_stub() as stub:
        failing(stub)
        found = list(answers(whole_app(tmp_path, stub), stub.base))
    refusals = [f"{a.text} {a.headers}" for a in found if a.status_code != 200]
    assert {400, 401, 404, 412} <= {a.status_code for a in found}
    assert len(everything()[0].splitlines()) > len(refusals)
    assert hits(*everything(), *refusals) == []


def test_a_defect_is_told_by_its_type_and_place_alone(tmp_path, everything, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError(CANARY["defect"]) from ValueError(CANARY["defect"])

    monkeypatch.setattr(app_module, "answer", broken)
    with fhir_stub() as stub:
        found = list(answers(whole_app(tmp_path, stub), stub.base))
    broken_answers = [a for a in found if a.status_code == 500]
    assert broken_answers
    assert b"RuntimeError" in everything()[0]
    assert hits(*everything(), *(f"{a.text} {a.headers}" for a in broken_answers)) == []


def test_a_proof_that_the_card_holds_what_the_log_must_not(tmp_path):
    """Were the canaries not read at all, nothing above would show anything."""
    with fhir_stub() as stub:
        app = whole_app(tmp_path, stub)
        jwt = {"Authorization": f"Bearer {good_token(URL)}"}
        (card,) = app.post(f"/cds-services/{SERVICE}", json=marked(stub.base), headers=jwt).json[
            "cards"
        ]
        sent = [(path, headers) for path, headers in stub.calls]
    assert "order-id" in hits(json.dumps(card))
    assert {"access-token", "fhir-path", "note"} <= set(hits(str(sent)))


# What stands in a representation or an exception reaches the log of whoever writes it there


def test_no_representation_shows_what_is_inside():
    request = marked("http://127.0.0.1:1/fhir")
    envelope = open_envelope(json.dumps(request).encode(), "order-sign")
    signed = read_token(good_token(URL, jti=CANARY["jwt"], tenant=CANARY["jwt"]))
    access = AccessToken(CANARY["access-token"], 60)
    base = parse_base("https://ehr.example.org/fhir")
    things = [
        envelope,
        envelope.access,
        Access(CANARY["patient-id"], {"patientId": CANARY["patient-id"]}, token=access),
        access,
        signed,
        Call("GET", base, f"/Patient/{CANARY['patient-id']}", access.header()),
        CDSClient(ReadableServers([base], loopback_too=False)),
        Settings(redis_url=f"redis://:{CANARY['password']}@h"),
        replace(Settings(), redis_url=f"redis://:{CANARY['password']}@h"),
    ]
    for thing in things:
        assert hits(repr(thing), str(thing), f"{thing}") == [], type(thing)


def raised(error, call, *arguments):
    with pytest.raises(error) as caught:
        call(*arguments)
    lines = traceback.format_exception(caught.value)
    return f"{caught.value} {caught.value!r} {''.join(lines)}"


def test_no_exception_of_ours_quotes_what_it_is_about(tmp_path):
    name = CANARY["json"]
    texts = [
        raised(RefusedTokenError, bearer_token, f"Basic {CANARY['jwt']}"),
        raised(RefusedTokenError, read_token, f"{CANARY['jwt']}.{CANARY['jwt']}.x"),
        raised(
            RefusedTokenError, read_token, token(ec_key(), "ES384", header(alg=name), claims(URL))
        ),
        raised(KeySetError, read_key_set, f'{{"keys": [{{"kid": "{name}"}}]}}'.encode()),
        raised(KeySetError, read_key_set, f'{{"{name}": '.encode()),
        raised(JSONError, strict_loads, f'{{"{name}": NaN}}'),
        raised(SettingsError, Settings.from_environ, {"SPINE_CDS_REDIS_URL": CANARY["password"]}),
    ]
    for body in bodies("http://127.0.0.1:1/fhir"):
        octets = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            open_envelope(octets, "order-sign")
        except MalformedRequestError as error:
            texts.append(
                f"{error} {error!r} {error.path} {''.join(traceback.format_exception(error))}"
            )
    assert len(texts) > 12
    assert hits(*texts) == []
