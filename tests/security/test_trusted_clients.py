"""The trusted clients file: every key of it does what it says, every mistake stops the start."""

import json
import re
from dataclasses import fields

import pytest
import structlog
from click.testing import CliRunner

import fhir_fixtures
import hooks
from cds_service.app import create_app, trusted_clients
from cds_service.cli import main
from cds_service.security.cds_client import CDSClient
from cds_service.security.clients_file import ClientsFileError, read_clients_file
from cds_service.security.trusted_clients import (
    TrustedClients,
    TrustedClientsError,
    load_trusted_clients,
)
from cds_service.settings import Settings, SettingsError
from tests.fhir_stub import fhir_stub
from tests.security.signing import (
    ISSUER,
    KEY_SET,
    bearer,
    ec_key,
    good_token,
    header,
    jwk,
    key_set,
    rsa_key,
)
from tests.security.trusted_app import BASE, TOY, clients_file, entry, trusted_client
from tests.toy_service import assessment_of, bundle, condition, toy_request

SANDBOX = "https://sandbox.cds-hooks.org"


def load(folder, *entries, keys=KEY_SET):
    return load_trusted_clients(clients_file(folder, *entries, keys=keys), unchecked_as_card=False)


def call(app, request=None, text=None, service="toy"):
    text = text or good_token(f"{BASE}/cds-services/{service}")
    body = request or toy_request()
    return app.post(f"/cds-services/{service}", json=body, headers=bearer(text))


# Mistakes

MISTAKES = {
    "clients: 0: name: Missing data": {"name": ...},
    "clients: 0: name: must be a short plain name": {"name": "two words"},
    "clients: 0: issuer: Missing data": {"issuer": ...},
    "clients: 0: issuer: Shorter than minimum length 1": {"issuer": ""},
    "main: needs a jku or a jwks_file, and not both": {"jwks_file": ...},
    "main: needs a jku or a jwks_file, and not": {"jku": "https://ehr.example.org/jwks.json"},
    "main: jku must be an https URL": {"jwks_file": ..., "jku": "http://ehr.example.org/jwks.json"},
    "main: jwks_file: .*no-such.json": {"jwks_file": "no-such.json"},
    "main: jwks_file: not JSON": {"jwks_file": "clients.yaml.txt"},
    "clients: 0: fhir_servers: 0: must be an https FHIR base": {"fhir_servers": ["http://a.example"]},
    "clients: 0: fhir_servers: 1: must be an https": {"fhir_servers": ["https://a", "https://a/?x"]},
    "clients: 0: fhir_servers: Not a valid list": {"fhir_servers": "https://a.example"},
    "clients: 0: allow_private_networks: 0: must be": {"allow_private_networks": ["10.1.2.3/8"]},
    "clients: 0: name: is not free: it stands": {"name": "unknown"},
    "clients: 0: name: is not free": {"name": "other"},
    "clients: 0: deadline_seconds: Must be greater": {"deadline_seconds": 0.1},
    "clients: 0: shadow: Not a valid boolean": {"shadow": "yes"},
    "clients: 0: demo: Not a valid boolean": {"demo": 1},
    "clients: 0: batch: Not a valid boolean": {"batch": "true"},
    "clients: 0: fan_out: Must be": {"fan_out": 17},
    "clients: 0: calls_per_minute: Not a valid integer": {"calls_per_minute": 1.5},
    "clients: 0: link_hosts: 0: must be a host name": {"link_hosts": ["https://doi.org"]},
    "clients: 0: tenants: 0: Not a valid string": {"tenants": [1]},
    "clients: 0: fhir_server: Unknown field": {"fhir_server": "https://a.example"},
    "clients: 0: Shadow: Unknown field": {"Shadow": True},
}  # fmt: skip


@pytest.mark.parametrize("message", MISTAKES)
def test_a_mistake_is_told_with_its_place(tmp_path, message):
    (tmp_path / "clients.yaml.txt").write_text("clients: []")
    with pytest.raises(TrustedClientsError, match=rf"clients\.yaml: {message}"):
        load(tmp_path, entry(**MISTAKES[message]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Invalid input type"),
        ("[]", "Invalid input type"),
        ("clients: []", "clients: Shorter than minimum length 1"),
        ("clients:", "clients: Field may not be null"),
        ("client: []", "Unknown field|Missing data"),
        ("clients: [1]", "clients: 0: .*Invalid input type"),
        ("clients: {", "flow"),
        ("clients: [{name: a, name: b}]", "name stands twice in the mapping at line 1"),
        ("clients: []\nclients: []", "clients stands twice"),
        ("a: &a [*a]", "Unknown field|Missing data"),
        (b"\xff", "decode|invalid"),
    ],
)
def test_a_file_that_is_none_is_told_too(tmp_path, text, message):
    path = tmp_path / "clients.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(TrustedClientsError, match=rf"clients\.yaml: .*({message})"):
        load_trusted_clients(path, unchecked_as_card=False)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ClientsFileError, match="No such file"):
        read_clients_file(tmp_path / "clients.yaml")


def test_a_private_key_in_a_key_file_stops_the_start(tmp_path):
    keys = key_set(jwk(ec_key(), "ec"), jwk(rsa_key(), "rsa", d="AQAB"))
    with pytest.raises(TrustedClientsError, match="main: jwks_file: a private key is in it"):
        load(tmp_path, keys=keys)


def test_no_two_clients_have_one_name(tmp_path):
    with pytest.raises(TrustedClientsError, match="two clients have the same name"):
        load(tmp_path, entry(), entry(issuer="https://other.example.org"))


@pytest.mark.parametrize(
    ("tenants", "message"),
    [
        (([], []), "b: another client has the same issuer; give each its tenants"),
        ((["t"], ["s", "t"]), "b: another client has the same issuer and tenant t"),
    ],
)
def test_no_token_can_be_of_two_clients(tmp_path, tenants, message):
    pair = [entry(name=name, tenants=of) for name, of in zip("ab", tenants, strict=True)]
    with pytest.raises(TrustedClientsError, match=message):
        load(tmp_path, *pair)


@pytest.mark.parametrize(
    "members", [{"issuer": SANDBOX}, {"jwks_file": ..., "jku": f"{SANDBOX}/.well-known/jwks.json"}]
)
def test_whose_private_key_is_public_is_a_demo_client_or_none(tmp_path, members):
    with pytest.raises(
        TrustedClientsError, match=r"main: the private key .* is public.*demo: true"
    ):
        load(tmp_path, entry(**members))
    (client,) = load(tmp_path, entry(demo=True, **members))
    assert client.demo


def test_a_demo_client_is_served_on_this_machine_only(tmp_path):
    path = clients_file(tmp_path, entry(issuer=SANDBOX, demo=True))
    create_app(Settings(clients=path), ())
    with pytest.raises(
        SettingsError, match=r"main is a demo client.* only be served on 127\.0\.0\.1"
    ):
        create_app(Settings(clients=path, host="10.0.0.1", public_url=BASE), ())


def test_validate_says_whether_the_service_would_start_with_it(tmp_path):
    good = CliRunner().invoke(main, ["validate", str(clients_file(tmp_path))])
    assert (good.exit_code, good.output) == (0, "1 valid\n")
    bad = CliRunner().invoke(main, ["validate", str(clients_file(tmp_path, entry(shadow=1)))])
    assert bad.exit_code == 1
    assert "clients.yaml: clients: 0: shadow: Not a valid boolean" in bad.output


# Settings that contradict it


def environ(**settings):
    return Settings.from_environ({f"SPINE_CDS_{name}": text for name, text in settings.items()})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ALLOW_UNAUTHENTICATED": "true"}, "contradicts SPINE_CDS_CLIENTS: unset one of them"),
        ({"FHIR_SERVERS": "https://a.example"}, "as its fhir_servers in SPINE_CDS_CLIENTS"),
        ({"WORKERS": "2"}, "needs SPINE_CDS_REDIS_URL"),
        ({"HOST": "10.0.0.1"}, "PUBLIC_URL must say the base URL that clients call"),
        ({"PUBLIC_URL": "http://cds.example.org"}, "PUBLIC_URL: must be an https URL"),
        ({"PUBLIC_URL": "https://cds.example.org/?x"}, "PUBLIC_URL: must be an https URL"),
        ({"REDIS_URL": "127.0.0.1:6379"}, "REDIS_URL: must begin with redis://"),
    ],
)
def test_what_would_weaken_it_is_refused_with_what_to_do(tmp_path, settings, message):
    with pytest.raises(SettingsError, match=message):
        environ(CLIENTS=str(clients_file(tmp_path)), **settings)


def test_a_file_that_does_not_exist_is_refused_by_its_setting():
    with pytest.raises(SettingsError, match="SPINE_CDS_CLIENTS: there is no file"):
        environ(CLIENTS="/no/such/file")


@pytest.mark.parametrize("url", ["redis://h", "rediss://u:p@h:1/0", "unix:///run/redis.sock"])
def test_listening_beyond_this_machine_needs_all_of_it(tmp_path, url):
    path = str(clients_file(tmp_path))
    made = environ(CLIENTS=path, HOST="10.0.0.1", PUBLIC_URL=f"{BASE}/", REDIS_URL=url, WORKERS="4")
    assert (made.base_url, made.workers) == (BASE, 4)
    assert url not in repr(made)
    assert not made.any_origin


# What the keys do


def test_an_entry_becomes_its_client(tmp_path):
    written = {
        "fhir_servers": ["https://a.example/r4/", "http://127.0.0.1:8080/fhir"],
        "allow_private_networks": ["10.20.0.0/16", "fd00::/8"],
        "deadline_seconds": 2.5, "unchecked_as_card": True, "batch": True, "search_by_post": True,
        "fan_out": 4, "shadow": True, "link_hosts": ["doi.org"], "calls_per_minute": 60,
        "refuse_other_patient": False, "feedback_at_service_url": True, "tenants": ["t"],
    }  # fmt: skip
    (trusted,) = load(tmp_path, entry(**written))
    client = trusted.client
    assert {base: bool(client.servers.base(base)) for base in
            ("https://a.example/r4", "http://127.0.0.1:8080/fhir", "http://127.0.0.1/fhir")} == {
        "https://a.example/r4": True, "http://127.0.0.1:8080/fhir": True,
        "http://127.0.0.1/fhir": False,
    }  # fmt: skip
    assert [str(n) for n in client.private_networks] == ["10.20.0.0/16", "fd00::/8"]
    same = {f.name for f in fields(CDSClient)} & set(written) - {"link_hosts"}
    assert {name: getattr(client, name) for name in same} == {name: written[name] for name in same}
    assert client.link_hosts == {"doi.org"}
    assert (trusted.feedback_at_service_url, trusted.tenants, trusted.jku) == (True, ("t",), None)


def test_what_an_entry_does_not_say_is_the_safe_choice(tmp_path):
    (trusted,) = load(tmp_path, entry(fhir_servers=...))
    client = trusted.client
    assert client.private_networks == ()
    assert client.refuse_other_patient
    assert not client.shadow
    assert not trusted.demo
    assert client.servers.base("http://127.0.0.1/fhir") is None
    assert client.deadline_seconds == 4.0


def test_the_deadline_is_that_of_the_deployment_unless_said(tmp_path):
    pair = (entry(), entry(name="b", tenants=["t"], deadline_seconds=2.5))
    path = clients_file(tmp_path, *pair)
    for seconds in (1.5, 4.0):
        settings = Settings(public_url=BASE, clients=path, deadline_seconds=seconds)
        clients = trusted_clients(settings)
        assert [c.client.deadline_seconds for c in clients] == [seconds, 2.5]


@pytest.mark.parametrize("everywhere", [True, False])
def test_unchecked_as_card_is_that_of_the_deployment_unless_said(tmp_path, everywhere):
    pair = (entry(), entry(name="b", tenants=["t"], unchecked_as_card=not everywhere))
    path = clients_file(tmp_path, *pair)
    clients = load_trusted_clients(path, unchecked_as_card=everywhere)
    assert [c.client.unchecked_as_card for c in clients] == [everywhere, not everywhere]


def test_tenants_of_one_issuer_are_clients_of_their_own(tmp_path):
    (tmp_path / "t.json").write_bytes(key_set(jwk(rsa_key(), "rsa")))
    app = trusted_client(
        tmp_path, entry(name="rest"), entry(name="t", tenants=["t", "u"], jwks_file="t.json")
    )
    cases = {
        "rest": [{}, {"tenant": "other"}],
        "t": [{"tenant": "t"}, {"tenant": "u"}],
    }
    for name, tenants in cases.items():
        for claim in tenants:
            head = header("RS384", "rsa")
            with structlog.testing.capture_logs() as logged:
                assert call(app, text=good_token(TOY, head=head, **claim)).status_code == 200
            assert logged[-1]["client"] == name
    # The key of one is no key of the other.
    assert call(app, text=good_token(TOY, tenant="t")).status_code == 401
    assert call(app, text=good_token(TOY)).status_code == 200


def test_where_every_client_has_tenants_a_token_without_one_is_of_nobody(tmp_path):
    app = trusted_client(tmp_path, entry(tenants=["t"]))
    assert call(app).status_code == 401
    assert call(app, text=good_token(TOY, tenant="t")).status_code == 200


def test_clients_are_found_by_issuer_and_tenant_alone():
    assert TrustedClients([]).find("x", None) is None


MIXED_UP = toy_request(
    prefetch={
        "patient": {"resourceType": "Patient", "id": "other"},
        "conditions": bundle(condition()),
    }
)


def test_two_charts_in_one_request_are_refused_unless_the_client_is_to_be_put_up_with(tmp_path):
    answer = call(trusted_client(tmp_path), MIXED_UP)
    assert answer.status_code == 400
    assert answer.json["issue"][0]["expression"] == ["prefetch.patient"]
    assert "other" not in answer.text
    tolerant = trusted_client(tmp_path, entry(refuse_other_patient=False))
    assert assessment_of(call(tolerant, MIXED_UP).json)["unread"] == [
        {"key": "patient", "reason": "wrong-patient"}
    ]


@pytest.mark.parametrize(
    ("request_", "outcome"),
    [(toy_request(), "shadow"), (toy_request(prefetch={}), "nothing-readable")],
)
def test_in_shadow_mode_all_is_judged_and_logged_and_nothing_shown(tmp_path, request_, outcome):
    app = trusted_client(tmp_path, entry(shadow=True))
    with structlog.testing.capture_logs() as logged:
        answer = call(app, request_)
    assert (answer.status_code, answer.json) == (200, {"cards": []})
    assert (logged[-1]["outcome"], logged[-1]["client"]) == (outcome, "main")
    assert ("criteria" in logged[-1]) == (outcome == "shadow")


def test_a_shadow_hides_no_mistake_of_the_client(tmp_path):
    app = trusted_client(tmp_path, entry(shadow=True))
    assert call(app, {"hook": "order-sign"}).status_code == 400
    assert call(app, text="x").status_code == 401


def test_nothing_readable_is_412_or_a_card_as_the_client_wants_it(tmp_path):
    nothing = toy_request(prefetch={})
    assert call(trusted_client(tmp_path), nothing).status_code == 412
    app = trusted_client(tmp_path, entry(unchecked_as_card=True))
    with structlog.testing.capture_logs() as logged:
        assert "not checked" in call(app, nothing).json["cards"][0]["summary"]
    assert logged[-1]["outcome"] == "unchecked"  # or nobody would see that its charts are not read


def test_in_shadow_mode_what_was_not_read_is_told_alike_for_all_clients(tmp_path):
    app = trusted_client(tmp_path, entry(unchecked_as_card=True, shadow=True))
    with structlog.testing.capture_logs() as logged:
        assert call(app, toy_request(prefetch={})).json == {"cards": []}
    assert (logged[-1]["outcome"], logged[-1]["indicator"]) == ("nothing-readable", "warning")


@pytest.mark.parametrize(
    ("server", "unlisted"), [("https://ehr.example.org/fhir", True), (None, None)]
)
def test_a_server_that_is_not_in_the_entry_is_told_in_the_log(tmp_path, server, unlisted):
    """Or its charts are `not-provided`, and nobody knows that a line is missing in the file."""
    request = toy_request(**({"fhirServer": server} if server else {}))
    with structlog.testing.capture_logs() as logged:
        assert call(trusted_client(tmp_path), request).status_code == 200
    assert logged[-1].get("unlisted") is unlisted


def test_a_client_that_calls_too_often_is_told_when_to_come_again(tmp_path):
    app = trusted_client(tmp_path, entry(calls_per_minute=20))
    tokens = [good_token(TOY) for _ in range(4)]
    answers = [call(app, text=text) for text in tokens]
    assert [a.status_code for a in answers] == [200, 200, 429, 429]
    assert answers[2].headers["Retry-After"] in ("2", "3")
    assert answers[2].json["issue"][0]["code"] == "throttled"
    assert call(app, text=tokens[0]).status_code == 429  # and is not remembered as used


def test_a_token_used_before_costs_its_client_nothing(tmp_path):
    app = trusted_client(tmp_path, entry(calls_per_minute=20))
    used = good_token(TOY)
    assert [call(app, text=used).status_code for _ in range(9)] == [200, *[401] * 8]
    assert call(app).status_code == 200


@pytest.mark.parametrize("batch", [True, False])
def test_a_client_is_read_for_as_it_wants(tmp_path, batch):
    with fhir_stub() as stub:
        app = trusted_client(tmp_path, entry(fhir_servers=[stub.base], batch=batch))
        call(app, toy_request(prefetch={}, fhirServer=stub.base))
        assert bool(stub.bodies) == batch


def test_the_deadline_of_a_client_bounds_its_reads(tmp_path):
    with fhir_stub() as stub:
        stub.routes["Patient/p1"] = lambda handler: handler.connection.recv(1)
        stub.routes["Condition?patient=p1"] = bundle(condition())
        app = trusted_client(tmp_path, entry(fhir_servers=[stub.base], deadline_seconds=0.6))
        answer = call(app, toy_request(prefetch={}, fhirServer=stub.base))
    assert assessment_of(answer.json)["unread"] == [{"key": "patient", "reason": "timeout"}]


# The FHIR servers of one client are not those of another


def test_no_token_is_sent_to_a_server_of_another_client(tmp_path):
    with fhir_stub() as mine, fhir_stub() as theirs:
        app = trusted_client(
            tmp_path,
            entry(name="a", tenants=["a"], fhir_servers=[mine.base]),
            entry(name="b", tenants=["b"], fhir_servers=[theirs.base]),
        )
        authorization = {
            "access_token": "secret", "token_type": "Bearer", "expires_in": 300,
            "scope": "patient/*.rs", "subject": "spine-cds",
        }  # fmt: skip
        request = toy_request(prefetch={}, fhirServer=theirs.base, fhirAuthorization=authorization)
        assert call(app, request, good_token(TOY, tenant="a")).status_code == 412
        assert theirs.calls == []
        call(app, request, good_token(TOY, tenant="b"))
        assert {headers["Authorization"] for _, headers in theirs.calls} == {"Bearer secret"}
        assert mine.calls == []


# Links


def links_of(folder, *hosts, name="removal-solid-fusion", service="spinal-hardware-removal"):
    app = trusted_client(
        folder, entry(link_hosts=list(hosts)), services=hooks.services(),
        value_sets=fhir_fixtures.VALUE_SETS,
    )  # fmt: skip
    (card,) = call(app, fhir_fixtures.load_request(name), service=service).json["cards"]
    return card.get("links")


CITED = {
    ("removal-solid-fusion", "spinal-hardware-removal"): 1,
    ("revision-nonunion", "spinal-fusion-revision"): 1,
}


@pytest.mark.parametrize(("name", "service"), CITED)
def test_cards_link_to_the_cited_literature_at_hosts_of_the_client(tmp_path, name, service):
    found = links_of(tmp_path, "doi.org", name=name, service=service)
    assert CITED[name, service] <= len(found) <= 4
    for link in found:
        assert set(link) == {"label", "url", "type"}
        assert link["type"] == "absolute"
        assert re.fullmatch(r"https://doi\.org/10\.[!-~]+", link["url"])
    assert found == links_of(tmp_path, "doi.org", "other.example", name=name, service=service)


@pytest.mark.parametrize("hosts", [(), ("advice.example.org",), ("org",), ("www.doi.org",)])
def test_without_the_host_on_the_list_there_is_no_link(tmp_path, hosts):
    assert links_of(tmp_path, *hosts) is None


def test_the_example_of_the_contract_is_a_file(tmp_path):
    path = tmp_path / "clients.yaml"
    (tmp_path / "keys").mkdir()
    path.write_text(
        """
clients:
  - name: main-hospital
    issuer: https://ehr.example.org/oauth2
    jku: https://ehr.example.org/.well-known/jwks.json
    tenants: [main]
    fhir_servers: [https://ehr.example.org/fhir/R4]
    allow_private_networks: [10.20.0.0/16]
    deadline_seconds: 4.0
    unchecked_as_card: false
    batch: false
    shadow: false
    link_hosts: [advice.example.org]
"""
    )
    (client,) = load_trusted_clients(path, unchecked_as_card=False)
    assert (client.client.name, client.issuer) == ("main-hospital", ISSUER)
    assert json.dumps(client.jku)
