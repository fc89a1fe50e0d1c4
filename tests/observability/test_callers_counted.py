"""Who is let in and who is not is counted, by the names of the trusted clients alone."""

import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from cds_service.security.authentication import TrustedCallers
from cds_service.security.replay import ReplayStoreError
from cds_service.settings import Settings
from tests.observability.test_metrics import CANARY, counts
from tests.toy_service import toy_client, toy_request

ISSUER, URL = "https://ehr.example.org", "http://127.0.0.1:8080/cds-services/toy"
KEY = ec.generate_private_key(ec.SECP384R1())


@pytest.fixture
def client(tmp_path):
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key()))
    keys, clients = tmp_path / "keys.json", tmp_path / "clients.yaml"
    keys.write_text(json.dumps({"keys": [public | {"kid": "k"}]}))
    entry = {
        "name": "hospital",
        "issuer": ISSUER,
        "jwks_file": str(keys),
        "fhir_servers": ["https://fhir.example.org/r4"],
    }
    clients.write_text(json.dumps({"clients": [entry]}))  # which is YAML, too
    return toy_client(Settings(clients=clients))


def call(client, **claims):
    now = int(time.time())
    said = {"iss": ISSUER, "aud": URL, "iat": now, "exp": now + 300, "jti": str(time.time_ns())}
    token = jwt.encode(said | claims, KEY, "ES384", {"kid": "k"})
    headers = {"Authorization": f"Bearer {token}"}
    return client.post("/cds-services/toy", json=toy_request(), headers=headers).status_code


def refused(client, cause, alias):
    name = "spine_cds_authentication_failures_total"
    return counts(client).get(f'{name}{{cause="{cause}",client="{alias}"}}')


def test_the_clock_of_an_accepted_token_and_the_age_of_its_keys_are_seen(client):
    assert call(client) == 200
    found = counts(client)
    assert -5 < float(found['spine_cds_clock_skew_seconds{client="hospital"}']) <= 0
    assert refused(client, "expired", "hospital") is None


def test_a_refused_token_is_counted_by_client_and_cause_and_changes_no_gauge(client):
    assert call(client, exp=int(time.time()) - 100, iat=int(time.time()) - 200) == 401
    assert refused(client, "expired", "hospital") == "1.0"
    assert not [name for name in counts(client) if name.startswith("spine_cds_clock_skew_seconds")]
    label = 'outcome="unauthenticated",service="toy"'
    assert counts(client)[f"spine_cds_invocations_total{{{label}}}"] == "1.0"


def test_a_caller_that_nobody_knows_counts_as_other(client):
    assert call(client, iss=f"https://{CANARY}.example.org") == 401
    assert refused(client, "issuer", "other") == "1.0"
    assert CANARY not in client.get("/metrics").text


def test_counts_that_cannot_be_written_refuse_nobody_and_change_no_refusal(client, monkeypatch):
    def unwritable(*_):
        raise FileNotFoundError

    monkeypatch.setattr("cds_service.observability.metrics.Labelled.of", unwritable)
    assert call(client) == 200
    assert call(client, aud="https://elsewhere.example.org") == 401


def test_a_replay_store_that_fails_is_counted(client, monkeypatch):
    def fails(*_):
        raise ReplayStoreError

    monkeypatch.setattr(TrustedCallers, "identify", fails)
    assert call(client) == 503
    assert counts(client)["spine_cds_replay_store_errors_total"] == "1.0"


def test_a_call_that_gets_no_place_is_counted():
    client = toy_client(Settings(threads=0))
    assert call(client) == 503
    found = counts(client)
    assert found["spine_cds_overload_total"] == "1.0"
    assert found['spine_cds_invocations_total{outcome="unavailable",service="toy"}'] == "1.0"


def test_feedback_that_gets_no_place_is_counted_as_not_stored(monkeypatch):
    """Its places are taken while the store is slow: nobody else is turned away for it."""
    monkeypatch.setattr("cds_service.app.FEEDBACK_PLACES", 0)
    client = toy_client()
    answer = client.post("/cds-services/toy/feedback", json={})
    assert answer.status_code == 503
    assert "nothing was judged or stored" in answer.text
    found = counts(client)
    assert found["spine_cds_feedback_unavailable_total"] == "1.0"
    assert found["spine_cds_overload_total"] == "0.0"
