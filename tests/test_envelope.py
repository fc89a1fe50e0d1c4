"""The request envelope: strict about itself, incurious about the resources in it."""

import orjson
import pytest

from cds_service.protocol.envelope import open_envelope
from cds_service.protocol.errors import MalformedRequestError
from tests.toy_service import UUID, toy_order, toy_request

AUTHORIZATION = {
    "access_token": "canary-token",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "cds",
}
SERVER = "https://fhir.example.org/r4"


def opened(request, hook="order-sign"):
    body = request if isinstance(request, bytes) else orjson.dumps(request)
    return open_envelope(body, hook)


def refused(request, hook="order-sign"):
    with pytest.raises(MalformedRequestError) as caught:
        opened(request, hook)
    assert "canary" not in str(caught.value)
    return caught.value.path


def with_context(**members):
    request = toy_request()
    request["context"] |= members
    return request


def test_the_resources_of_a_valid_request_are_still_bytes():
    request = toy_request()
    envelope = opened(request)
    assert envelope.access.patient_id == "p1"
    assert orjson.loads(bytes(envelope.access.prefetch)) == request["prefetch"]
    assert orjson.loads(bytes(envelope.draft_orders)) == request["context"]["draftOrders"]


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("hook", [None, 7, "", "patient-view", "com.example.no-such-hook"]),
        (
            "hookInstance",
            [None, 12345, "not-a-uuid", UUID[:-1], UUID.replace("-", ""), f"{UUID}\n"],
        ),
        ("context", [None, [], "x"]),
        ("prefetch", ["x", [1], 5]),
        ("fhirServer", ["not a url", "file:///etc/passwd", 5, "https://", "http://[::1", ""]),
        ("fhirServer", ["https://a b/", "https://a.example/x y", "https://u:p@a.example/r4"]),
        ("extension", ["x", [], 1]),
        ("fhirAuthorization", [[1], "x", {}]),
    ],
)
def test_a_member_of_a_wrong_kind_is_refused_by_its_name(member, values):
    for value in values:
        request = toy_request(fhirServer=SERVER) | {member: value}
        assert refused(request).split(".")[0] == member


@pytest.mark.parametrize("member", ["hook", "hookInstance", "context"])
def test_a_required_member_that_is_missing_is_named(member):
    request = toy_request()
    del request[member]
    assert refused(request) == member


@pytest.mark.parametrize(
    "instance",
    [UUID.upper(), "c232ab00-9414-11ec-b3c8-9e6bdeced846", "018f3c1e-7b1a-7cc2-9f1e-0242ac120002"],
)
def test_any_version_of_uuid_in_either_case_is_accepted(instance):
    assert opened(toy_request(hookInstance=instance)).hook_instance == instance


def test_prefetch_and_everything_else_optional_may_be_missing():
    request = toy_request()
    del request["prefetch"]
    assert opened(request).access.prefetch is None


def test_null_as_prefetch_is_none():
    assert opened(toy_request() | {"prefetch": None}).access.prefetch is None


def test_unknown_members_are_ignored():
    request = with_context(comExampleUnknown="x") | {"comExampleUnknown": [1]}
    assert opened(request).access.patient_id == "p1"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (
            "userId",
            [None, 42, "", "abc", "Device/1", "Patient/1", "Practitioner/", "Practitioner/.."],
        ),
        (
            "patientId",
            [
                None,
                42,
                "",
                {},
                "Patient/x",
                "../Observation",
                "1?_include=*",
                "a" * 65,
                "a\0b",
                "..",
            ],
        ),
        ("encounterId", [42, "Encounter/1", ""]),
        ("draftOrders", [None, "x", [], 5]),
    ],
)
def test_a_context_field_of_a_wrong_kind_is_refused_by_its_path(field, values):
    for value in values:
        assert refused(with_context(**{field: value})) == f"context.{field}"


@pytest.mark.parametrize("field", ["userId", "patientId", "draftOrders"])
def test_a_missing_context_field_is_named(field):
    request = toy_request()
    del request["context"][field]
    assert refused(request) == f"context.{field}"


@pytest.mark.parametrize("user", ["Practitioner/1", "PractitionerRole/a-b.c"])
def test_practitioners_and_their_roles_are_users(user):
    assert opened(with_context(userId=user)).access.context["userId"] == user


@pytest.mark.parametrize("length", [1, 64])
def test_ids_may_have_up_to_64_characters(length):
    assert opened(with_context(patientId="a" * length)).access.patient_id == "a" * length


@pytest.mark.parametrize("selections", [None, [], "X/1", [1], ["no-slash"], ["Foo/../x"]])
def test_order_select_needs_references_as_selections(selections):
    request = with_context(selections=selections) | {"hook": "order-select"}
    assert refused(request, "order-select") == "context.selections"


def test_order_sign_ignores_the_selections_that_the_sandbox_sends_along():
    assert opened(with_context(selections=["ServiceRequest/x"])).selections is None


def test_the_five_members_of_the_authorization_are_required():
    for member in AUTHORIZATION:
        partial = {name: value for name, value in AUTHORIZATION.items() if name != member}
        request = toy_request(fhirServer=SERVER, fhirAuthorization=partial)
        assert refused(request) == f"fhirAuthorization.{member}"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("token_type", "MAC"),
        ("expires_in", True),
        ("expires_in", 1.5),
        ("expires_in", "300"),
        ("expires_in", -1),
        ("access_token", ""),
        ("access_token", 5),
        ("access_token", "canary\r\nX-Evil: 1"),
        ("access_token", "canary\n"),
        ("patient", 5),
    ],
)
def test_a_bad_member_of_the_authorization_is_refused_without_quoting_it(member, value):
    bad = AUTHORIZATION | {member: value}
    request = toy_request(fhirServer=SERVER, fhirAuthorization=bad)
    assert refused(request) == f"fhirAuthorization.{member}"


def test_an_authorization_needs_a_server():
    assert refused(toy_request(fhirAuthorization=AUTHORIZATION)) == "fhirServer"


def test_the_token_cannot_be_printed():
    envelope = opened(toy_request(fhirServer=SERVER, fhirAuthorization=AUTHORIZATION))
    assert "canary" not in repr(envelope)
    assert envelope.access.token.header() == {"Authorization": "Bearer canary-token"}


VALID = orjson.dumps(toy_request())


def at_extension(value):
    return VALID[:-1] + b', "extension": {"com.example.x": ' + value + b"}}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"this is not json",
        VALID[:-7],
        VALID[:-1] + b",}",
        VALID + b"x",
        b"\xef\xbb\xbf" + VALID,
        VALID.decode().encode("utf-16"),
        b"[]",
        b'"x"',
        b"null",
        b"1",
        b"{}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        at_extension(b"NaN"),
        at_extension(b"-Infinity"),
        at_extension(b"1e400"),
        at_extension(b"9" * 5000),
        at_extension(b'"\xff"'),
        at_extension(b'"\\ud800"'),
        at_extension(b'"\\ude00x"'),
        at_extension(b"[" * 63 + b"]" * 63),
        at_extension(b"{'a': 1}"),
        VALID.replace(b'"p1"', b'"p1\xff"', 1),
        VALID.replace(b'"prefetch":', b'"prefetch":{"x":"\xff"},"was":'),
    ],
    ids=range(25),
)
def test_what_is_not_strict_json_in_utf_8_is_refused(body):
    refused(body)


def test_nesting_up_to_the_limit_is_accepted():
    assert opened(at_extension(b"[" * 62 + b"]" * 62))


def test_brackets_in_text_are_no_nesting():
    assert opened(at_extension(b'"' + b"[" * 500 + b'"'))


@pytest.mark.parametrize(
    "duplicate",
    [
        VALID[:-1] + b', "hook": "order-sign"}',
        VALID[:-1] + b', "prefetch": {}}',
        VALID.replace(b'"patientId":', b'"patientId":"p2","patientId":'),
        VALID.replace(b'"draftOrders":', b'"draftOrders":{},"draftOrders":'),
        orjson.dumps(toy_request(fhirServer=SERVER, fhirAuthorization=AUTHORIZATION)).replace(
            b'"scope":', b'"scope":"x","scope":'
        ),
    ],
)
def test_a_name_that_stands_twice_is_refused(duplicate):
    refused(duplicate)


def test_a_large_member_is_found_whatever_stands_around_it():
    """The bytes of prefetch may also stand in an extension, and its name inside itself."""
    inner = orjson.dumps({"prefetch": {"a": 1}, "draftOrders": {"b": 2}})
    body = VALID[:-1] + b', "extension": {"prefetch": ' + inner + b"}}"
    body = body.replace(b'"prefetch":', b'"prefetch" :\n\t ', 1)
    envelope = opened(body)
    assert orjson.loads(bytes(envelope.access.prefetch)) == toy_request()["prefetch"]


def test_a_name_written_with_escapes_is_the_same_name():
    body = VALID.replace(b'"prefetch"', b'"pre\\u0066etch"')
    assert orjson.loads(bytes(opened(body).access.prefetch)) == toy_request()["prefetch"]


def test_draft_orders_may_be_as_long_as_they_like():
    orders = [toy_order(order_id=f"d{i}") for i in range(300)]
    assert len(bytes(opened(toy_request(*orders)).draft_orders)) > 10_000
