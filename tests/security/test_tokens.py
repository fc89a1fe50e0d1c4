"""T5: no bad token is let in, no good one is refused, and nobody learns why (faults.md, A-01…A-14).

See CDS Hooks, "Trusting CDS Clients".
"""

import time
from collections import defaultdict
from itertools import product

import pytest
import structlog
import time_machine

from tests.security.bad_tokens import bad_authorizations
from tests.security.signing import (
    ISSUER,
    bearer,
    claims,
    ec_key,
    good_token,
    header,
    jwk,
    key_set,
    rsa_key,
    token,
)
from tests.security.trusted_app import BASE, DISCOVERY, TOY, entry, trusted_client
from tests.toy_service import toy_request

JKU = "https://ehr.example.org/.well-known/jwks.json"


@pytest.fixture(scope="module", autouse=True)
def standing_clock():
    """No token gets older than it was made while others are tried."""
    with time_machine.travel(time.time(), tick=False):
        yield


@pytest.fixture(scope="module")
def bad():
    return list(bad_authorizations())


@pytest.fixture(scope="module")
def good():
    return list(good_tokens())


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """An application that has been running for an hour: a new one refuses what is older than it."""
    big = jwk(rsa_key(4096), "big", use="sig", alg="RS384", x5t="x")
    keys = key_set(
        jwk(rsa_key(), "rsa"), jwk(ec_key(), "ec", key_ops=["verify"]), big, jwk(ec_key("256"), "p")
    )
    with time_machine.travel(time.time() - 3600, tick=False):
        return trusted_client(tmp_path_factory.mktemp("app"), keys=keys)


def call(app, authorization=None, **more):
    headers = more.pop("headers", {})
    if authorization is not None:
        headers = headers | {"Authorization": authorization}
    return app.post("/cds-services/toy", json=toy_request(), headers=headers, **more)


def shape(answer):
    """All of an answer that a caller sees."""
    return answer.status_code, answer.data, list(answer.headers)


REFUSED = (
    b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"login",'
    b'"diagnostics":"a valid token of a trusted client is required"}]}'
)


def test_there_are_bad_tokens_enough_and_no_two_are_the_same(bad):
    assert len({name for name, _ in bad}) == len({text for _, text in bad}) == len(bad) >= 300


def test_no_bad_token_is_accepted_and_all_are_told_the_same(app, bad):
    expected = shape(call(app))
    assert expected[:2] == (401, REFUSED)
    told = {name: shape(call(app, text.encode("utf-8", "replace").decode("latin-1")))
            for name, text in bad}  # fmt: skip
    assert [name for name, found in told.items() if found != expected] == []


def test_each_bad_token_is_refused_for_what_is_wrong_with_it(app, bad):
    """Only the log knows; without this the matrix could fail for one cause that is none of its."""
    causes = defaultdict(set)
    for name, text in bad:
        with structlog.testing.capture_logs() as logged:
            call(app, text.encode("utf-8", "replace").decode("latin-1"))
        causes[name.partition(":")[0]].add(logged[0]["cause"])
    assert causes["by_algorithm"] == {"algorithm", "form"}
    assert causes["by_key"] == {"signature", "kid"}
    assert causes["by_claim"] == {"claims", "issuer", "lifetime", "expired", "not-yet"}
    assert causes["by_audience"] == {"audience", "claims"}
    assert causes["by_header"] == {"header", "kid", "jku"}
    assert causes["by_form"] >= {"form", "signature", "size", "claims"}


def test_a_refusal_names_bearer_and_nothing_of_the_token(app):
    assert call(app, "Bearer x").headers["WWW-Authenticate"] == "Bearer"


def test_every_endpoint_refuses_alike(app):
    invocation = shape(call(app, "Bearer x"))
    assert shape(app.get("/cds-services", headers=bearer("x"))) == invocation
    assert shape(app.post("/cds-services/toy/feedback", headers=bearer("x"))) == invocation
    assert (
        shape(app.post("/cds-services/toy/feedback", headers=bearer(good_token(TOY)))) == invocation
    )
    assert shape(app.get("/cds-services/", headers={"Authorization": ""})) == invocation
    assert shape(call(app, "Bearer x", headers={"Content-Type": "text/plain"})) == invocation


def test_discovery_needs_no_token_and_takes_a_good_one_for_its_own_url(app):
    assert app.get("/cds-services").status_code == 200
    assert app.get("/cds-services", headers=bearer(good_token(DISCOVERY))).status_code == 200
    assert app.get("/cds-services", headers=bearer(good_token(TOY))).status_code == 401


def good_tokens():
    """The shapes that clients send (conformance.md, sections 7, 9 and 11), by every kind of key."""
    now = int(time.time())
    kinds = (
        ("RS384", "rsa", rsa_key()),
        ("RS384", "big", rsa_key(4096)),
        ("ES384", "ec", ec_key()),
    )
    bodies = {
        "least": claims(TOY),
        "audience in an array": claims([TOY]),
        "audience among others": claims(["https://other.example.org", TOY]),
        "Epic": claims(TOY, sub=ISSUER, nbf=now, jti="a" * 43, scope="system/*.read"),
        "Oracle Health": claims(TOY, iat=now, nbf=now - 300, exp=now + 900, tenant="t-1"),
        "Inferno": claims(TOY, jti="0123456789abcdef" * 4),
        "sandbox": claims(TOY, exp=now + 300),
        "a life of an hour": claims(TOY, iat=now, exp=now + 3600),
        "a life of a second": claims(TOY, iat=now, exp=now + 1),
        "a clock behind": claims(TOY, iat=now - 350, exp=now - 50),
        "a clock ahead": claims(TOY, iat=now + 50, exp=now + 350),
        "odd and harmless": claims(TOY, x=None, y=[{"z": 1.5}], fhirUser="Practitioner/1", cnf={}),
        "a jti of 256": claims(TOY, jti="j" * 256),
        "a jti of another script": claims(TOY, jti="ж\u0000"),
    }
    for (algorithm, kid, key), (name, body) in product(kinds, bodies.items()):
        body = body | {"jti": body["jti"][:-4] + kid[:1] + body["jti"][-3:]}
        yield f"{name} {kid}", token(key, algorithm, header(algorithm, kid), body)
    for kind in ("jwt", "Jwt", "jWT"):
        yield f"typ {kind}", good_token(TOY, head=header(typ=kind))
    ignored = {"jwk": jwk(ec_key("384", "theirs"), "ec"), "jku": JKU, "cty": "JWT", "x": [1]}
    for name, value in ignored.items():
        yield f"with {name}", good_token(TOY, head=header(**{name: value}))
    yield "nearly too long", good_token(TOY, x="y" * 5500)


def test_there_are_good_tokens_enough(good):
    assert len({text for _, text in good}) == len(good) >= 40


def test_no_good_token_is_refused(app, good):
    schemes = ("Bearer", "bearer", "BEARER", "bEaReR")
    answers = {
        name: call(app, f"{schemes[number % 4]} {text}").status_code
        for number, (name, text) in enumerate(good)
    }
    assert {name: status for name, status in answers.items() if status != 200} == {}


def test_a_good_token_counts_once(app):
    text = good_token(TOY)
    assert [call(app, f"Bearer {text}").status_code for _ in range(3)] == [200, 401, 401]


def test_the_audience_is_the_public_url_whatever_the_request_says_of_its_host(app):
    forged = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Prefix": "/other",
        "Forwarded": "host=evil.example;proto=http",
        "X-Original-URL": "/cds-services/toy-select",
        "X-Rewrite-Url": "/cds-services/toy-select",
    }
    for audience in ("http://evil.example/cds-services/toy", "http://evil.example/other/cds-services/toy",
                     f"{BASE}/cds-services/toy-select"):  # fmt: skip
        assert call(app, f"Bearer {good_token(audience)}", headers=forged).status_code == 401
    assert call(app, f"Bearer {good_token(TOY)}", headers=forged).status_code == 200


def test_without_a_public_url_the_audience_is_the_loopback_address_that_we_listen_at(tmp_path):
    app = trusted_client(tmp_path, public_url=None, port=8123)
    url = "http://127.0.0.1:8123/cds-services/toy"
    assert call(app, f"Bearer {good_token(url)}").status_code == 200
    assert (
        call(app, f"Bearer {good_token(url.replace('127.0.0.1', 'localhost'))}").status_code == 401
    )


def test_a_jku_in_the_token_is_the_listed_one_or_missing(tmp_path):
    """Of a client with a key file it is ignored; see ``test_key_fetch`` for one with a ``jku``."""
    app = trusted_client(tmp_path, entry(jwks_file="keys.json"))
    assert call(app, f"Bearer {good_token(TOY, head=header(jku='https://x/y'))}").status_code == 200
