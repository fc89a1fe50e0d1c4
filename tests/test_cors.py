"""Browser clients can call us, and read what went wrong (conformance.md, CORS rows)."""

import pytest

from cds_service.settings import Settings
from tests.toy_service import post, toy_client, toy_request

SANDBOX = "https://sandbox.cds-hooks.org"
PREFLIGHT = {
    "Origin": SANDBOX,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}
LISTED = Settings(cors_origins=(SANDBOX,))


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/toy"])
def test_a_preflight_is_answered_without_authentication(path):
    answer = toy_client().options(path, headers=PREFLIGHT)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization, content-type"


def test_a_preflight_for_what_is_not_there_is_not_found():
    assert toy_client().options("/nowhere", headers=PREFLIGHT).status_code == 404


def test_while_open_on_loopback_every_origin_may_read():
    answer = toy_client().get("/cds-services", headers={"Origin": "http://any.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_listed_origin_is_echoed_with_vary():
    answer = toy_client(LISTED).get("/cds-services", headers={"Origin": SANDBOX})
    assert answer.headers["Access-Control-Allow-Origin"] == SANDBOX
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", ["https://evil.example", f"{SANDBOX}.evil.example", "null"])
def test_another_origin_is_allowed_nothing(origin):
    answer = toy_client(LISTED).get("/cds-services", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Vary"] == "Origin"


def test_beyond_loopback_no_origin_is_allowed_unless_listed():
    settings = Settings(host="10.0.0.1", allow_unauthenticated=True)
    answer = toy_client(settings).get("/cds-services", headers={"Origin": SANDBOX})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("post", "/cds-services/toy", 415), ("post", "/cds-services/x", 404), ("get", "/x", 404)],
)
def test_errors_carry_the_header_too(method, path, status):
    answer = getattr(toy_client(), method)(path, headers={"Origin": SANDBOX})
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_no_answer_allows_credentials():
    for answer in (toy_client().options("/cds-services"), post(toy_client(), toy_request())):
        assert "Access-Control-Allow-Credentials" not in answer.headers
