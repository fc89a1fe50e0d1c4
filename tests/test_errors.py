"""Everything that goes wrong is an OperationOutcome with a status code of conformance.md, 12."""

import gzip
from io import BytesIO

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_service.protocol.body import MAX_BYTES
from tests.toy_service import post, toy_client, toy_request

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client():
    return toy_client()


def is_outcome(answer):
    body = answer.json
    issue = body["issue"][0]
    return body["resourceType"] == "OperationOutcome" and issue["severity"] == "error"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/nowhere", 404),
        ("post", "/cds-services/no-such-service", 404),
        ("post", "/cds-services/no-such-service/feedback", 404),
        ("get", "/cds-services/toy", 405),
        ("put", "/cds-services/toy", 405),
        ("delete", "/cds-services", 405),
        ("post", "/cds-services/toy", 415),
    ],
)
def test_refusals_of_the_framework_have_the_same_form_as_our_own(client, method, path, status):
    answer = getattr(client, method)(path)
    assert answer.status_code == status
    assert answer.content_type == "application/json; charset=utf-8"
    assert is_outcome(answer)


def test_405_names_what_is_allowed(client):
    assert "POST" in client.get("/cds-services/toy").headers["Allow"]


def test_every_answer_forbids_storing_and_sniffing(client):
    for answer in (client.get("/cds-services"), client.get("/x"), post(client, toy_request())):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "application/json; charset=latin-1", "", "json"],
)
def test_other_media_types_are_415(client, content_type):
    body = orjson.dumps(toy_request())
    answer = client.post("/cds-services/toy", data=body, headers={"Content-Type": content_type})
    assert answer.status_code == 415


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
def test_a_charset_of_utf_8_is_accepted(client, charset):
    headers = {"Content-Type": f"application/json; charset={charset}"}
    answer = client.post("/cds-services/toy", data=orjson.dumps(toy_request()), headers=headers)
    assert answer.status_code == 200


def test_a_compressed_body_is_415(client):
    body = gzip.compress(orjson.dumps(toy_request()))
    answer = client.post(
        "/cds-services/toy", data=body, headers=JSON | {"Content-Encoding": "gzip"}
    )
    assert answer.status_code == 415


def padded(size):
    body = orjson.dumps(toy_request(extension={"org.example.pad": "@"}))
    return body.replace(b"@", b"x" * (size - len(body) + 1))


def test_a_body_at_the_limit_is_read(client):
    assert client.post("/cds-services/toy", data=padded(MAX_BYTES), headers=JSON).status_code == 200


def test_a_body_one_byte_beyond_the_limit_is_413(client):
    answer = client.post("/cds-services/toy", data=padded(MAX_BYTES + 1), headers=JSON)
    assert answer.status_code == 413
    assert is_outcome(answer)


class BreaksOff(BytesIO):
    """A body that its server cannot read to its end."""

    def read(self, size=-1):
        raise OSError("canary")


def post_stream(client, stream, length):
    environ = {"wsgi.input": stream, "wsgi.input_terminated": True, "CONTENT_LENGTH": str(length)}
    return client.post("/cds-services/toy", headers=JSON, environ_overrides=environ)


def test_a_body_that_cannot_be_read_to_its_end_is_400(client):
    answer = post_stream(client, BreaksOff(), 9)
    assert answer.status_code == 400
    assert is_outcome(answer)
    assert b"canary" not in answer.data


def test_a_body_shorter_than_its_length_is_400_though_it_is_whole_json(client):
    body = orjson.dumps(toy_request())
    assert post_stream(client, BytesIO(body), len(body)).status_code == 200
    assert post_stream(client, BytesIO(body), len(body) + 1).status_code == 400


@pytest.mark.parametrize("path", ["/cds-services//toy", "/cds-services/toy/"])
def test_the_doubled_slash_of_the_sandbox_and_a_trailing_slash_reach_the_service(client, path):
    assert client.post(path, json=toy_request()).status_code == 200


@given(body=st.binary(max_size=300))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
def test_random_bytes_are_refused_and_never_a_defect(body):
    answer = CLIENT.post("/cds-services/toy", data=body, headers=JSON)
    assert answer.status_code == 400


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
PATHS = [
    ("hook",),
    ("context",),
    ("prefetch",),
    ("fhirServer",),
    ("fhirAuthorization",),
    ("extension",),
    ("context", "patientId"),
    ("context", "draftOrders"),
    ("context", "draftOrders", "entry"),
    ("context", "draftOrders", "entry", 0),
    ("context", "draftOrders", "entry", 0, "resource"),
    ("context", "draftOrders", "entry", 0, "resource", "code"),
    ("context", "draftOrders", "entry", 0, "resource", "subject"),
    ("context", "draftOrders", "entry", 0, "resource", "note"),
    ("prefetch", "patient"),
    ("prefetch", "conditions"),
    ("prefetch", "conditions", "entry"),
    ("prefetch", "conditions", "entry", 0),
    ("prefetch", "conditions", "entry", 0, "resource"),
    ("prefetch", "conditions", "entry", 0, "resource", "subject"),
    ("prefetch", "conditions", "link"),
    ("prefetch", "conditions", "total"),
]


@given(path=st.sampled_from(PATHS), value=json_values)
@settings(max_examples=300, deadline=None)
def test_any_damage_to_a_valid_request_is_answered_within_the_protocol(path, value):
    request = toy_request()
    node = request
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    answer = post(CLIENT, request)
    assert answer.status_code in (200, 400, 412)
    if answer.status_code == 200 and path[0] == "prefetch":
        for card in answer.json["cards"]:
            (criterion,) = card["extension"]["org.spine-cds.assessment"]["criteria"]
            damaged_to_empty = criterion["status"] == "not-met"
            assert not damaged_to_empty or value in (None, [])


CLIENT = toy_client()
