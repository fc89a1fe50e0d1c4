"""Traces: the spans of an invocation, by allow-list, only when asked for, and nobody's data."""

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cds_service.observability import tracing
from cds_service.observability.spans import spans_to
from tests.fhir_stub import fhir_stub, send
from tests.toy_service import bundle, condition, post, toy_client, toy_order, toy_request

CANARY = "canary-a07e"
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def finished():
    exporter = InMemorySpanExporter()
    tracing.trace_by(spans_to(SimpleSpanProcessor(exporter), "test"))
    yield exporter.get_finished_spans
    tracing.trace_by(None)


@pytest.fixture
def stub():
    with fhir_stub() as running:
        yield running


def by_name(spans):
    return {span.name: span for span in spans}


def said(span):
    return {name.removeprefix("spine_cds."): value for name, value in span.attributes.items()}


def fetching(stub, **members):
    return toy_request(
        toy_order(note=[{"text": CANARY}]),
        prefetch={},
        fhirServer=stub.base,
        fhirAuthorization={
            "access_token": CANARY,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": CANARY,
            "subject": CANARY,
        },
        **members,
    )


def test_nothing_is_traced_unless_asked_for(monkeypatch):
    monkeypatch.delenv(tracing.ENDPOINT, raising=False)
    tracing.start()
    assert not tracing.is_on()
    with tracing.span("anything") as note:
        note(status=200)


TRACED = """
from cds_service.observability import tracing
tracing.start()
with tracing.span("a-span") as note:
    note(status=200)
"""


def test_spans_are_sent_to_the_endpoint_of_the_environment(stub):
    stub.routes["/v1/traces"] = b""
    environ = {tracing.ENDPOINT: stub.base.removesuffix("/fhir")}
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", TRACED], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    (body,) = stub.bodies
    assert b"a-span" in body
    assert b"spine-cds" in body


def test_without_the_extra_the_service_runs_without_traces(monkeypatch):
    monkeypatch.setenv(tracing.ENDPOINT, "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "cds_service.observability.spans", None)
    tracing.start()
    assert not tracing.is_on()


def test_reads_are_children_of_the_gathering_and_that_of_the_invocation(finished, stub):
    stub.routes["Patient/p1"] = {"resourceType": "Patient", "id": "p1"}
    stub.routes["Condition?patient=p1"] = lambda handler: send(handler, 403, {})
    assert post(toy_client(), fetching(stub)).status_code == 200
    spans = finished()
    invocation, gathering = by_name(spans)["invocation"], by_name(spans)["gather"]
    assert gathering.parent.span_id == invocation.context.span_id
    assert said(invocation) == {"service": "toy", "outcome": "card", "status": 200}
    assert said(gathering) == {"keys": 2, "resources": 1}
    reads = {said(span)["resource"]: span for span in spans if span.name == "read"}
    assert {span.parent.span_id for span in reads.values()} == {gathering.context.span_id}
    assert said(reads["Patient"])["status"] == 200
    assert said(reads["Condition"]) == {
        "client": "default",
        "method": "GET",
        "resource": "Condition",
        "reason": "forbidden",
    }


def test_no_span_holds_anything_of_the_request(finished, stub):
    stub.routes["Condition?patient=p1"] = bundle(condition(CANARY))
    client = toy_client()
    post(client, fetching(stub))
    post(client, fetching(stub) | {"context": {"patientId": CANARY}})
    post(client, toy_request(), CANARY)
    headers = {"traceparent": CANARY, "tracestate": f"a={CANARY}", "Authorization": CANARY}
    client.post("/cds-services/toy", json=fetching(stub), headers=headers)
    spans = finished()
    assert len([span for span in spans if span.name == "invocation"]) == 4
    written = "".join(span.to_json() for span in spans)
    for secret in (CANARY, "p1", "127.0.0.1", "patient="):
        assert secret not in written


def test_a_defect_is_traced_without_its_text(finished, monkeypatch):
    def breaks(*_):
        raise KeyError(CANARY)

    monkeypatch.setattr("cds_service.app.answer", breaks)
    post(toy_client(), toy_request())
    (span,) = finished()
    assert said(span)["outcome"] == "defect"
    assert CANARY not in span.to_json()


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (f"00-{TRACE}-{PARENT}-01", True),
        (f"00-{TRACE}-{PARENT}-01-more", False),
        (f"01-{TRACE}-{PARENT}-01", False),
        (f"00-{TRACE.upper()}-{PARENT}-01", False),
        (f"00-{'0' * 32}-{PARENT}-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        (f"00-{TRACE}-{PARENT}", False),
        ("", False),
    ],
)
def test_the_trace_of_a_client_is_taken_up_if_it_has_the_form(finished, header, taken):
    toy_client().post("/cds-services/toy", json=toy_request(), headers={"traceparent": header})
    invocation = by_name(finished())["invocation"]
    assert (f"{invocation.context.trace_id:032x}" == TRACE) is taken
    assert (invocation.parent is not None) is taken


def test_spans_of_two_invocations_do_not_mix(finished):
    client = toy_client()
    post(client, toy_request())
    post(client, toy_request())
    invocations = [span for span in finished() if span.name == "invocation"]
    assert len({span.context.trace_id for span in invocations}) == 2
    assert [span.parent for span in invocations] == [None, None]
