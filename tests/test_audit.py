"""The audit: one line per invocation that holds counts and codes, and nobody's data."""

import io
import sys

import orjson
import pytest
import structlog

from cds_service import audit
from tests.security.signing import bearer, good_token
from tests.security.trusted_app import TOY, trusted_client
from tests.toy_service import UUID, bundle, condition, post, toy_client, toy_order, toy_request
from tests.unwritable_log import KINDS, unwritable_log

CANARY = "canary-7f3a"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def written(monkeypatch):
    stderr = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stderr", stderr)
    audit.configure("INFO")
    yield lambda: [orjson.loads(line) for line in stderr.buffer.getvalue().splitlines()]
    structlog.reset_defaults()


def test_an_invocation_writes_one_line_of_counts_and_codes(written):
    order = toy_order(order_id="d2", subject={"reference": f"Patient/{CANARY}"})
    request = toy_request(toy_order(), order, prefetch={"conditions": bundle(condition())})
    post(toy_client(), request)
    (line,) = written()
    assert line["service"] == "toy"
    assert line["outcome"] == "card"
    assert line["status"] == 200
    assert line["orders"] == 1
    assert line["ignored"] == {"other-patient": 1}
    assert line["criteria"] == {"met": 1}
    assert line["unread"] == {"patient": "not-provided"}


def test_what_a_server_remarks_is_written_by_its_type_alone(written):
    remark = {
        "resourceType": "OperationOutcome",
        "issue": [
            {"severity": "warning", "code": "not-supported", "diagnostics": CANARY},
            {"severity": "information", "code": CANARY, "details": {"text": CANARY}},
        ],
    }
    found = bundle(condition(), remark)
    post(toy_client(), toy_request(prefetch={"conditions": found}))
    (line,) = written()
    assert line["issues"] == {"conditions": ["not-supported", "other"]}
    assert line["unread"] == {"patient": "not-provided"}
    assert CANARY not in str(line)


def test_no_value_of_the_request_reaches_the_line(written):
    request = toy_request(
        toy_order(note=[{"text": CANARY}]),
        fhirServer=f"https://{CANARY}.example.org/fhir",
        fhirAuthorization={
            "access_token": CANARY,
            "token_type": "Bearer",
            "expires_in": 1,
            "scope": CANARY,
            "subject": CANARY,
        },
    )
    request["context"]["patientId"] = CANARY
    post(toy_client(), request)
    (line,) = written()
    assert CANARY not in str(line)
    assert UUID not in str(line)


def test_equal_hook_instances_can_be_told_without_being_shown(written):
    client = toy_client()
    post(client, toy_request(toy_order("zz")))
    post(client, toy_request(toy_order("zz"), hookInstance=UUID.upper()))
    first, second = written()
    assert first["instance"] == second["instance"]
    assert first["request"] != second["request"]


ID = "0123456789abcdef0123456789abcdef"


def test_a_line_is_found_by_the_request_id_of_the_proxy(written):
    headers = {"X-Request-ID": ID}
    toy_client().post("/cds-services/toy", json=toy_request(), headers=headers)
    (line,) = written()
    assert line["request"] == ID


@pytest.mark.parametrize(
    "sent", ["", ID[1:], ID + "0", ID.upper(), f"{ID}, {ID}", f"{CANARY}{ID}", "٣" * 32, "x" * 32]
)
def test_a_request_id_of_another_form_is_not_taken(written, sent):
    headers = {"X-Request-ID": sent.encode().decode("latin-1")}
    toy_client().post("/cds-services/toy", json=toy_request(), headers=headers)
    (line,) = written()
    assert len(line["request"]) == 32
    assert line["request"] not in sent


def test_a_refusal_is_written_too(written):
    post(toy_client(), {"hook": CANARY})
    (line,) = written()
    assert (line["outcome"], line["status"]) == ("refused", 400)
    assert CANARY not in str(line)


def test_a_field_that_is_not_on_the_list_is_dropped(written):
    structlog.get_logger().info("invocation", name=CANARY, status=200)
    (line,) = written()
    assert CANARY not in str(line)
    assert line["status"] == 200


def test_a_defect_is_logged_by_type_and_place_only(written, monkeypatch):
    def breaks(*_):
        raise KeyError(CANARY)

    monkeypatch.setattr("cds_service.app.answer", breaks)
    answer = post(toy_client(), toy_request())
    assert answer.status_code == 500
    assert answer.json["resourceType"] == "OperationOutcome"
    assert CANARY not in answer.text
    (defect, line) = written()
    assert defect["error"] == "KeyError"
    assert CANARY not in str((defect, line))


@pytest.fixture(params=KINDS)
def unwritable(request):
    with unwritable_log(request.param):
        yield


@pytest.mark.usefixtures("unwritable")
def test_a_log_that_cannot_be_written_costs_no_card():
    assert post(toy_client(), toy_request()).status_code == 200


@pytest.mark.usefixtures("unwritable")
def test_a_log_that_cannot_be_written_makes_no_refusal_a_defect(tmp_path):
    app = trusted_client(tmp_path)
    assert post(app, toy_request()).status_code == 401
    answer = app.post("/cds-services/toy", data=b"{", headers=bearer(good_token(TOY)) | JSON)
    assert answer.status_code == 400


def test_a_defect_outside_of_every_route_is_told_by_its_type_and_place_alone(written, caplog):
    app = toy_client()

    @app.application.after_request
    def breaks(_):
        raise KeyError(CANARY)

    answer = post(app, toy_request())
    assert answer.status_code == 500
    assert answer.json["resourceType"] == "OperationOutcome"
    (defect,) = [line for line in written() if line["event"] == "defect"]
    assert defect["error"] == "KeyError"
    assert CANARY not in f"{answer.text} {caplog.text}"
    assert "Traceback" not in caplog.text
