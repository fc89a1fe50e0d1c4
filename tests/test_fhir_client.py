"""Reading from a FHIR server over a real socket: bounded in time, size and place."""

import gzip
import socket
import threading
from dataclasses import replace

import msgspec
import orjson
import pytest

from cds_service.fhir import client as client_module
from cds_service.fhir import connections
from cds_service.fhir.access import Access
from cds_service.fhir.client import FhirReader
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.gather import gather
from cds_service.fhir.read_error import FhirReadError
from cds_service.fhir.templates import PrefetchTemplate
from cds_service.security.access_token import AccessToken
from cds_service.security.cds_client import CDSClient
from cds_service.security.fhir_servers import ReadableServers, parse_base
from tests.fhir_stub import fhir_stub, send
from tests.toy_service import (
    assessment_of,
    bundle,
    condition,
    post,
    status,
    toy_client,
    toy_request,
    unread,
)

CLIENT = CDSClient(ReadableServers((), True))
PATIENT = {"resourceType": "Patient", "id": "p1"}
SEARCH = "Condition?patient=p1"
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x"}]}
AUTHORIZATION = {
    "access_token": "canary-token",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "cds",
}
CONDITIONS = PrefetchTemplate("conditions", "Condition?patient={{context.patientId}}")
MEDICATIONS = PrefetchTemplate(
    "medication_requests", "MedicationRequest?patient={{context.patientId}}"
)


@pytest.fixture
def stub():
    with fhir_stub() as running:
        running.routes |= {"Patient/p1": PATIENT, SEARCH: bundle(condition())}
        yield running


@pytest.fixture(scope="module")
def app():
    return toy_client()


def ask(app, stub, prefetch=None, authorization=AUTHORIZATION, **members):
    request = toy_request(prefetch={} if prefetch is None else prefetch, fhirServer=stub.base)
    if authorization:
        request["fhirAuthorization"] = authorization
    return post(app, request | members)


def read(stub, *templates, seconds=5.0, token=None):
    access = Access("p1", {"patientId": "p1"}, fhir_server=stub.base, token=token)
    return gather(templates, access, CLIENT, Deadline.after(seconds))


def test_a_patient_whom_the_server_took_for_another_is_no_mistake_of_the_client(stub):
    """``refuse_other_patient`` refuses what a client sent, not what we fetched (PRE-12)."""
    stub.routes["Patient/p1"] = PATIENT | {"id": "merged"}
    found = read(stub, PrefetchTemplate("patient", "Patient/{{context.patientId}}"))
    assert [search.unread.value for search in found.searches] == ["wrong-patient"]
    assert found.mistaken is None


def reason(stub, template=CONDITIONS, **options):
    (search,) = read(stub, template, **options).searches
    return search.unread and search.unread.value


def test_what_was_not_prefetched_is_read_and_judged_alike(app, stub):
    read_from_server = ask(app, stub)
    prefetched = post(app, toy_request())
    assert status(read_from_server) == "met"
    assert assessment_of(read_from_server.json) == assessment_of(prefetched.json)


def test_every_read_carries_the_token_and_asks_for_fhir_json(app, stub):
    ask(app, stub)
    assert sorted(stub.paths) == [SEARCH, "Patient/p1"]
    for path, headers in stub.calls:
        assert headers["Authorization"] == "Bearer canary-token"
        assert headers["Accept"] == "application/fhir+json"
        assert "canary" not in path


def test_an_open_server_is_read_without_an_authorization_header(app, stub):
    assert status(ask(app, stub, authorization=None)) == "met"
    assert not any("Authorization" in headers for _, headers in stub.calls)


def test_only_the_missing_keys_are_read(app, stub):
    assert status(ask(app, stub, prefetch={"conditions": None})) == "not-met"
    assert stub.paths == ["Patient/p1"]


def test_a_prefetched_outcome_is_replaced_by_reading(app, stub):
    assert status(ask(app, stub, prefetch={"patient": PATIENT, "conditions": OUTCOME})) == "met"
    assert stub.paths == [SEARCH]


def test_a_token_for_another_patient_is_never_used(app, stub):
    answer = ask(app, stub, authorization=AUTHORIZATION | {"patient": "p2"})
    assert answer.status_code == 412
    assert stub.calls == []


def test_a_server_that_is_not_listed_is_never_asked(app, stub):
    elsewhere = stub.base.replace("127.0.0.1", "fhir.example.org")
    assert ask(app, stub, fhirServer=elsewhere).status_code == 412
    assert stub.calls == []


def refuses(status_code, **headers):
    return lambda handler: send(handler, status_code, OUTCOME, **headers)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (refuses(401), "unauthorized"),
        (refuses(403), "forbidden"),
        (refuses(404), "error"),
        (refuses(410), "error"),
        (refuses(500), "error"),
        (refuses(302, Location="http://127.0.0.1:1/"), "error"),
        (OUTCOME, "error"),
        (b"<html>login</html>", "error"),
        (b'{"resourceType": "Patient", "id": ', "error"),
        (b"null", "error"),
        (b"", "error"),
        (b'{"resourceType": "Bundle", "entry": [], "x": "\xe9"}', "error"),
        ({"resourceType": "Binary"}, "error"),
    ],
)
def test_whatever_a_server_answers_has_its_reason_and_is_asked_once(stub, answers, expected):
    stub.routes[SEARCH] = answers
    assert reason(stub) == expected
    assert len(stub.calls) == 1


def test_a_server_that_answers_nothing_useful_is_412(app, stub):
    stub.routes.clear()
    assert ask(app, stub).status_code == 412


def test_part_of_the_data_is_judged_and_the_rest_is_listed(app, stub):
    stub.routes[SEARCH] = refuses(403)
    answer = ask(app, stub)
    assert status(answer) == "unknown"
    assert unread(answer) == {"conditions": "forbidden"}


def test_a_server_that_is_not_there_is_an_error():
    with fhir_stub() as gone:
        pass
    assert reason(gone) == "error"


def test_a_server_that_hangs_costs_no_more_than_the_deadline(stub):
    release = threading.Event()
    stub.routes[SEARCH] = lambda handler: release.wait(10)
    assert reason(stub, seconds=0.2) == "timeout"
    release.set()


def test_a_server_that_is_silent_for_too_long_is_not_waited_for(stub, monkeypatch):
    monkeypatch.setattr(connections, "SILENCE_SECONDS", 0.1)
    release, deadline = threading.Event(), Deadline.after(30)
    stub.routes[SEARCH] = lambda handler: release.wait(10)
    with pytest.raises(FhirReadError, match="timeout"):
        FhirReader(parse_base(stub.base), None, deadline, CLIENT).read(SEARCH)
    assert deadline.remaining() > 15
    release.set()


def test_answers_that_are_not_read_to_their_end_use_up_no_connection(stub):
    stub.routes[SEARCH] = refuses(403)
    for _ in range(connections.PER_HOST + 1):
        assert reason(stub) == "forbidden"


def test_a_server_that_drips_costs_no_more_than_the_deadline(stub):
    stopped = threading.Event()

    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not stopped.wait(0.02):
            handler.wfile.write(b" ")

    stub.routes[SEARCH] = drip
    assert reason(stub, seconds=0.3) == "timeout"
    stopped.set()


def test_a_first_page_stands_when_the_next_one_hangs(stub):
    release = threading.Event()
    stub.routes |= {SEARCH: page("more", condition()), "more": lambda _: release.wait(10)}
    found = read(stub, CONDITIONS, seconds=0.3)
    release.set()
    assert [r.id for r in found.resources] == ["c1"]
    assert found.searches[0].unread == "incomplete"


@pytest.fixture
def never_resolving(monkeypatch):
    """Names resolve only when the test is over: nothing that we set bounds that."""
    release, resolve = threading.Event(), socket.getaddrinfo

    def hangs(host, *args, **options):
        release.wait(10)
        return resolve("127.0.0.1", *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    yield
    release.set()


@pytest.mark.usefixtures("never_resolving")
def test_a_name_that_takes_for_ever_to_resolve_costs_no_more_than_the_deadline(stub):
    assert reason(stub, seconds=0.2) == "timeout"


@pytest.mark.usefixtures("never_resolving")
def test_the_same_in_a_batch_is_a_timeout_of_every_key(stub):
    access = Access("p1", {"patientId": "p1"}, fhir_server=stub.base)
    batch = replace(CLIENT, batch=True)
    found = gather((CONDITIONS, MEDICATIONS), access, batch, Deadline.after(0.2))
    assert [search.unread for search in found.searches] == ["timeout", "timeout"]


@pytest.mark.usefixtures("never_resolving")
def test_the_same_behind_a_prefetched_page_or_medication_leaves_what_was_prefetched(stub):
    content = {
        "conditions": page("more", condition()),
        "medication_requests": bundle(medication_request("r1", "Medication/m1")),
    }
    prefetch = msgspec.Raw(orjson.dumps(content))
    access = Access("p1", {"patientId": "p1"}, prefetch, stub.base)
    found = gather((CONDITIONS, MEDICATIONS), access, CLIENT, Deadline.after(0.2))
    assert sorted(r.id for r in found.resources) == ["c1", "r1"]
    assert [search.unread for search in found.searches] == ["incomplete", None]


def test_a_name_that_does_not_resolve_is_an_error(stub, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert reason(stub) == "error"


def test_a_name_that_leads_inside_is_connected_to_but_not_spoken_to(monkeypatch):
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *args, **options: resolve("127.0.0.1", *args, **options)
    )
    with socket.create_server(("127.0.0.1", 0)) as canary:
        base = parse_base(f"http://fhir.example.org:{canary.getsockname()[1]}/r4")
        client = CDSClient(ReadableServers([base], loopback_too=False))
        with pytest.raises(FhirReadError):
            FhirReader(base, AccessToken("t", 60), Deadline.after(2), client).read(SEARCH)
        canary.settimeout(2)
        connection, _ = canary.accept()
        assert connection.recv(100) == b""
        connection.close()


def test_a_search_goes_by_post_where_the_client_wants_it(stub):
    stub.routes["Condition/_search"] = bundle(condition())
    client = replace(CLIENT, search_by_post=True)
    access = Access("p1", {"patientId": "p1"}, fhir_server=stub.base)
    patient = PrefetchTemplate("patient", "Patient/{{context.patientId}}")
    found = gather((CONDITIONS, patient), access, client, Deadline.after(5))
    assert [search.unread for search in found.searches] == [None, None]
    assert sorted(stub.paths) == ["Condition/_search", "Patient/p1"]
    (posted,) = (headers for path, headers in stub.calls if path.endswith("_search"))
    assert posted["Content-Type"] == "application/x-www-form-urlencoded"
    assert stub.bodies == [b"patient=p1"]


def test_a_self_link_with_fewer_values_than_asked_for_leaves_the_search_incomplete(stub):
    template = PrefetchTemplate("k", "Condition?patient={{context.patientId}}&code=a|1,a|2")
    used = [{"relation": "self", "url": f"{stub.base}/Condition?patient=p1&code=a%7C1"}]
    stub.routes["Condition?patient=p1&code=a%7C1,a%7C2"] = bundle(condition()) | {"link": used}
    assert reason(stub, template) == "incomplete"


def test_after_the_deadline_nothing_is_asked(stub):
    assert reason(stub, seconds=0) == "timeout"
    assert stub.calls == []


def test_an_expired_token_is_not_sent(stub):
    assert reason(stub, token=AccessToken("t", 0)) == "unauthorized"
    assert stub.calls == []


def test_a_body_that_unpacks_beyond_the_limit_is_an_error(stub, monkeypatch):
    monkeypatch.setattr(client_module, "MAX_BYTES", 100_000)
    packed = gzip.compress(b" " * 10_000_000)
    stub.routes[SEARCH] = lambda handler: send(handler, 200, packed, Content_Encoding="gzip")
    assert reason(stub) == "error"


def test_all_reads_of_an_invocation_together_bring_no_more_than_allowed(stub, monkeypatch):
    monkeypatch.setattr(client_module, "MAX_BYTES_IN_ALL", 2000)
    stub.routes |= {f"Condition?patient=p1&n={n}": bundle(condition(), x="x" * 700) for n in "1234"}
    templates = [
        PrefetchTemplate(n, f"Condition?patient={{{{context.patientId}}}}&n={n}") for n in "1234"
    ]
    reader = FhirReader(parse_base(stub.base), None, Deadline.after(5), CLIENT)
    outcomes = []
    for template in templates:
        try:
            reader.read(template.query({"patientId": "p1"}))
            outcomes.append("read")
        except FhirReadError as failure:
            outcomes.append(failure.reason.value)
    assert outcomes == ["read", "read", "error", "error"]


def test_a_packed_body_within_the_limit_is_read(stub):
    packed = gzip.compress(orjson.dumps(bundle(condition())))
    stub.routes[SEARCH] = lambda handler: send(handler, 200, packed, Content_Encoding="gzip")
    assert reason(stub) is None


def test_cookies_of_one_invocation_do_not_reach_the_next(stub):
    stub.routes[SEARCH] = lambda handler: send(handler, 200, bundle(), Set_Cookie="session=canary")
    read(stub, CONDITIONS)
    read(stub, CONDITIONS)
    assert not any("Cookie" in headers for _, headers in stub.calls)


def page(url, *resources):
    return bundle(*resources) | {"link": [{"relation": "next", "url": url}]}


@pytest.mark.parametrize(
    "link", ["{base}/more?page=2", "{base}?_getpages=2", "?_getpages=2", "more?page=2"]
)
def test_pages_of_the_same_server_are_followed_with_the_token(stub, link):
    stub.routes[SEARCH] = page(link.format(base=stub.base), condition("c1"))
    second = bundle(condition("c2"))
    stub.routes |= {"more?page=2": second, "/fhir?_getpages=2": second}
    found = read(stub, CONDITIONS, token=AccessToken("t", 60))
    assert sorted(r.id for r in found.resources) == ["c1", "c2"]
    assert found.searches[0].unread is None
    assert stub.calls[-1][1]["Authorization"] == "Bearer t"


def test_a_base_without_a_path_is_read_and_paged_by_its_query(stub):
    root = stub.base.removesuffix("/fhir")
    stub.routes |= {
        f"/{SEARCH}": page("?_getpages=2", condition("c1")),
        "/?_getpages=2": bundle(condition("c2")),
    }
    access = Access("p1", {"patientId": "p1"}, fhir_server=root)
    found = gather((CONDITIONS,), access, CLIENT, Deadline.after(5))
    assert sorted(r.id for r in found.resources) == ["c1", "c2"]


def test_a_page_elsewhere_is_not_followed_and_the_search_is_incomplete(stub):
    with fhir_stub() as evil:
        stub.routes[SEARCH] = page(f"{evil.base}/more", condition())
        assert reason(stub, token=AccessToken("t", 60)) == "incomplete"
        assert evil.calls == []


@pytest.mark.parametrize(
    "link", ["/other/more", "{base}/../more", "{base}x/more", "//127.0.0.1/fhir", "\\x"]
)
def test_a_page_outside_the_base_is_not_followed(stub, link):
    stub.routes[SEARCH] = page(link.format(base=stub.base), condition())
    assert reason(stub) == "incomplete"
    assert len(stub.calls) == 1


def test_a_page_that_is_lost_leaves_the_first(stub):
    stub.routes[SEARCH] = page("more", condition())
    found = read(stub, CONDITIONS)
    assert [r.id for r in found.resources] == ["c1"]
    assert found.searches[0].unread == "incomplete"


def test_a_page_that_is_no_bundle_is_lost(stub):
    stub.routes |= {SEARCH: page("more", condition()), "more": PATIENT}
    assert reason(stub) == "incomplete"


def test_the_next_page_of_a_prefetched_bundle_is_followed(app, stub):
    stub.routes["more"] = bundle(condition("c2"))
    answer = ask(app, stub, prefetch={"patient": PATIENT, "conditions": page("more", condition())})
    evidence = assessment_of(answer.json)["criteria"][0]["evidence"]
    assert [piece["resource"] for piece in evidence] == ["Condition/c1", "Condition/c2"]
    assert unread(answer) == {}


def test_a_prefetched_first_page_stands_when_the_next_one_hangs(stub):
    release = threading.Event()
    stub.routes["more"] = lambda handler: release.wait(10)
    prefetch = msgspec.Raw(orjson.dumps({"conditions": page("more", condition())}))
    access = Access("p1", {"patientId": "p1"}, prefetch, stub.base)
    found = gather((CONDITIONS,), access, CLIENT, Deadline.after(0.2))
    release.set()
    assert [r.id for r in found.resources] == ["c1"]
    assert found.searches[0].unread == "incomplete"


def medication_request(request_id, reference):
    return {
        "resourceType": "MedicationRequest",
        "id": request_id,
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "medicationReference": {"reference": reference},
    }


def test_medications_that_are_only_referred_to_are_read_once_each(stub):
    stub.routes["MedicationRequest?patient=p1"] = bundle(
        medication_request("r1", "Medication/m1"),
        medication_request("r2", "Medication/m1"),
        medication_request("r3", f"{stub.base}/Medication/m2"),
        medication_request("r4", "Medication/../Patient/p1"),
        medication_request("r5", "https://elsewhere.example/Medication/m5"),
        medication_request("r6", "#inside"),
        medication_request("r7", "Medication/m7"),
    )
    stub.routes["Medication/m1"] = {"resourceType": "Medication", "id": "m1"}
    stub.routes["Medication/m2"] = {"resourceType": "Medication", "id": "not-m2"}
    found = read(stub, MEDICATIONS)
    assert sorted(stub.paths[1:]) == ["Medication/m1", "Medication/m2", "Medication/m7"]
    assert [r.id for r in found.resources if type(r).__name__ == "Medication"] == ["m1"]
    assert found.searches[0].unread is None


def test_what_was_read_knows_the_server_that_an_absolute_reference_must_name(stub):
    stub.routes["MedicationRequest?patient=p1"] = bundle()
    found = read(stub, MEDICATIONS)
    assert found.is_here(stub.base)
    assert found.is_here(f"{stub.base}/")
    assert not found.is_here("https://elsewhere.example/fhir")


def test_medications_of_the_bundle_are_not_read_again(stub):
    stub.routes["MedicationRequest?patient=p1"] = bundle(
        medication_request("r1", "Medication/m1"), {"resourceType": "Medication", "id": "m1"}
    )
    read(stub, MEDICATIONS)
    assert len(stub.calls) == 1


def test_no_log_of_a_read_names_the_patient_or_the_token(stub, caplog):
    def oddly(handler):
        handler.send_response(200)
        handler.flush_headers()
        handler.wfile.write(b"X-Broken header without a colon\r\n")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}")

    stub.routes[SEARCH] = oddly
    with caplog.at_level("DEBUG"):
        reason(stub, token=AccessToken("canary", 60))
        stub.routes[SEARCH] = refuses(503)
        reason(stub, token=AccessToken("canary", 60))
    assert caplog.text == ""


def test_a_token_is_never_stored_or_shown():
    import pickle

    token = AccessToken("canary", 60)
    assert "canary" not in f"{token!r} {token}"
    with pytest.raises(TypeError):
        pickle.dumps(token)


def test_a_medication_that_does_not_come_in_time_stays_unnamed(stub):
    release = threading.Event()
    stub.routes["MedicationRequest?patient=p1"] = bundle(medication_request("r1", "Medication/m1"))
    stub.routes["Medication/m1"] = lambda handler: release.wait(10)
    found = read(stub, MEDICATIONS, seconds=0.3)
    release.set()
    assert [r.id for r in found.resources] == ["r1"]
    assert found.searches[0].unread is None
