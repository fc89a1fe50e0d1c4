"""What is counted; labels are closed whatever is sent, and nothing of a request is seen."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.mmap_dict import MmapedDict

from cds_service.demo import running_server
from cds_service.observability.metrics import OUTCOMES, Metrics
from cds_service.observability.processes import forget_process
from cds_service.settings import Settings
from tests.toy_service import (
    SERVICES,
    bundle,
    condition,
    post,
    toy_client,
    toy_order,
    toy_request,
)

CANARY = "canary-5c1d"


def counts(client):
    """The samples by name and labels as they are written."""
    lines = client.get("/metrics").text.splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


@pytest.fixture
def client():
    return toy_client()


def test_a_card_is_counted_with_its_judgements_and_what_was_not_read(client):
    post(client, toy_request(prefetch={"conditions": bundle(condition())}))
    found = counts(client)
    assert found['spine_cds_invocations_total{outcome="card",service="toy"}'] == "1.0"
    assert found['spine_cds_invocation_seconds_count{service="toy"}'] == "1.0"
    assert found['spine_cds_unread_total{key="patient",reason="not-provided"}'] == "1.0"
    (judged,) = [name for name in found if name.startswith("spine_cds_criteria_total")]
    for label in (
        'service="toy"',
        'criterion="has-condition"',
        'status="met"',
        'reason="none"',
    ):
        assert label in judged


def test_an_unknown_is_counted_with_its_reason(client):
    post(client, toy_request(prefetch={"patient": {"resourceType": "Patient", "id": "p1"}}))
    (judged,) = [name for name in counts(client) if name.startswith("spine_cds_criteria_total")]
    assert 'status="unknown"' in judged
    assert 'reason="not-searched"' in judged


@pytest.mark.parametrize(
    ("request_", "service", "outcome"),
    [
        (toy_request(toy_order("aspirin")), "toy", "silent"),
        ({"hook": "order-sign"}, "toy", "malformed"),
        (toy_request(prefetch={}), "toy", "nothing-readable"),
        (toy_request(), "no-such-service", "unknown-service"),
    ],
)
def test_what_brings_no_card_is_counted_by_why(client, request_, service, outcome):
    post(client, request_, service)
    label = service if service == "toy" else "other"
    assert counts(client)[
        f'spine_cds_invocations_total{{outcome="{outcome}",service="{label}"}}'
    ] == ("1.0")


def test_a_card_about_a_record_that_was_not_read_is_told_from_all_others():
    client = toy_client(Settings(unchecked_as_card=True))
    assert post(client, toy_request(prefetch={})).json["cards"]
    found = counts(client)
    assert found['spine_cds_invocations_total{outcome="unchecked",service="toy"}'] == "1.0"
    assert found['spine_cds_invocations_total{outcome="card",service="toy"}'] == "0.0"


def test_a_defect_is_counted_and_leaves_nothing_in_flight(client, monkeypatch):
    def breaks(*_):
        raise KeyError(CANARY)

    monkeypatch.setattr("cds_service.app.answer", breaks)
    post(client, toy_request())
    found = counts(client)
    assert found['spine_cds_invocations_total{outcome="defect",service="toy"}'] == "1.0"
    assert found["spine_cds_in_flight"] == "0.0"


def test_every_outcome_is_there_before_it_happens(client):
    """Or the first defect would be the birth of its series, in which no alert sees an increase."""
    found = counts(client)
    for outcome in OUTCOMES:
        assert found[f'spine_cds_invocations_total{{outcome="{outcome}",service="toy"}}'] == "0.0"


def test_counts_that_cannot_be_written_cost_no_card(client, monkeypatch):
    def full(*_):
        raise OSError

    monkeypatch.setattr(Metrics, "count_assessment", full)
    assert post(client, toy_request()).json["cards"]
    assert counts(client)["spine_cds_in_flight"] == "0.0"


def test_a_call_that_is_being_answered_is_in_flight(client, monkeypatch):
    seen = []

    def looks(*_):
        seen.append(counts(client)["spine_cds_in_flight"])
        return b"{}"

    monkeypatch.setattr("cds_service.app.answer", looks)
    post(client, toy_request())
    assert seen == ["1.0"]
    assert counts(client)["spine_cds_in_flight"] == "0.0"


def test_discovery_probes_and_preflights_are_no_invocations(client):
    before = counts(client)
    client.get("/cds-services")
    client.get("/readyz")
    client.options("/cds-services/toy")
    assert counts(client) == before


ODD = st.text(min_size=1, max_size=30).filter(lambda text: text.strip(". /") != "")


def test_a_thousand_odd_requests_make_no_series_of_their_own(client):
    @given(name=ODD)
    @settings(max_examples=500, deadline=None)
    def post_odd(name):
        request = toy_request(hookInstance=name, prefetch={name: None})
        client.post(f"/cds-services/{name}", json=request)
        client.post("/cds-services/toy", json=request)

    post_odd()
    found = {name for name, count in counts(client).items() if count != "0.0"}
    assert sorted(name for name in found if name.startswith("spine_cds_invocations_total")) == [
        'spine_cds_invocations_total{outcome="malformed",service="toy"}',
        'spine_cds_invocations_total{outcome="unknown-service",service="other"}',
    ]


@given(values=st.lists(ODD, min_size=4, max_size=4))
@settings(max_examples=300, deadline=None)
def test_every_label_value_that_is_not_expected_counts_as_other(values):
    METRICS.invocations.of(values[0], values[1]).inc()
    METRICS.feedback.of(values[2]).inc()
    METRICS.authentication_failures.of(values[0], values[3]).inc()
    METRICS.clock_skew.of(values[1]).set(1)
    METRICS.jwks_age.of(values[1]).set(1)
    said = METRICS.exposition().decode().splitlines()
    lines = [line for line in said if line[0] != "#" and not line.endswith(" 0.0")]
    assert len([line for line in lines if 'other"' in line]) == 5
    assert all(line.count('="other"') == line.count('="') for line in lines if "{" in line)


METRICS = Metrics(SERVICES, clients=("hospital",), causes=("expired",))


def test_expected_values_keep_their_labels():
    metrics = Metrics(SERVICES, clients=("hospital",), causes=("expired",))
    metrics.authentication_failures.of("hospital", "expired").inc()
    metrics.authentication_failures.of("hospital", "no such cause").inc(2)
    said = metrics.exposition().decode()
    name = "spine_cds_authentication_failures_total"
    assert f'{name}{{cause="expired",client="hospital"}} 1.0' in said
    assert f'{name}{{cause="other",client="hospital"}} 2.0' in said


def test_nothing_of_a_request_is_in_the_metrics(client):
    request = toy_request(
        toy_order(note=[{"text": CANARY}]),
        prefetch={
            "conditions": bundle(condition(CANARY), condition(patient=f"Patient/{CANARY}")),
            CANARY: None,
        },
        fhirServer=f"https://{CANARY}.example.org/fhir",
    )
    post(client, request)
    request["context"]["patientId"] = CANARY
    post(client, request)
    post(client, request, CANARY)
    post(client, {"hook": CANARY})
    assert CANARY not in client.get("/metrics").text


def test_a_file_that_a_killed_worker_left_half_written_is_no_end_of_the_server(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    (tmp_path / "counter_4242.db").write_bytes(b"\xff\x00\x00\x00" * 20)
    (tmp_path / "histogram_4242.db").write_bytes(b"")
    forget_process(4242)
    assert METRICS.exposition() == b""
    assert list(tmp_path.glob("*_4242.db")) == []


# The names that alerts rely on (docs/observability.md).
NAMES = {
    "spine_cds_invocations_total",
    "spine_cds_invocation_seconds",
    "spine_cds_criteria_total",
    "spine_cds_unread_total",
    "spine_cds_authentication_failures_total",
    "spine_cds_clock_skew_seconds",
    "spine_cds_jwks_age_seconds",
    "spine_cds_replay_store_errors_total",
    "spine_cds_feedback_total",
    "spine_cds_feedback_unavailable_total",
    "spine_cds_audit_dropped_total",
    "spine_cds_overload_total",
    "spine_cds_in_flight",
}


def test_the_names_are_those_that_alerts_rely_on(client):
    types = [line.split() for line in client.get("/metrics").text.splitlines() if "# TYPE" in line]
    assert {line[2] for line in types} == NAMES


def test_every_name_and_outcome_is_explained_to_operators():
    explained = (Path(__file__).parents[2] / "docs" / "observability.md").read_text("utf-8")
    assert {word for word in NAMES | set(OUTCOMES) if f"`{word}`" not in explained} == set()


@pytest.mark.parametrize(
    ("given_", "offered"),
    [
        ({}, True),
        ({"metrics": False}, False),
        ({"host": "0.0.0.0", "allow_unauthenticated": True}, False),  # noqa: S104 - not opened
        ({"host": "0.0.0.0", "allow_unauthenticated": True, "metrics": True}, True),  # noqa: S104
    ],
)
def test_metrics_are_offered_beyond_this_machine_only_when_asked_for(given_, offered):
    answer = toy_client(Settings(**given_)).get("/metrics")
    assert answer.status_code == (200 if offered else 404)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_metrics_are_not_passed_on_by_a_proxy(client, header):
    assert client.get("/metrics", headers={header: "for=203.0.113.7"}).status_code == 404


def called(url, **options):
    with requests.Session() as session:  # a connection each, so that both workers get some
        session.trust_env = False
        return session.request("POST" if options else "GET", url, timeout=10, **options)


def until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def workers_that_counted(folder):
    files = folder.glob("spine-cds-counts-*/counter_*.db")
    values = {path: MmapedDict.read_all_values_from_file(path) for path in files}
    return [
        path for path, found in values.items() if any("malformed" in v[0] and v[1] for v in found)
    ]


def test_counts_of_two_workers_add_up_outlive_them_and_leave_no_file(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    posted = 0
    with running_server(WORKERS="2") as base, ThreadPoolExecutor(4) as p:

        def both_have_counted():
            nonlocal posted
            url = f"{base}/cds-services/spinal-hardware-removal"
            done = [p.submit(called, url, json={"hook": "order-sign"}) for _ in range(8)]
            assert {call.result().status_code for call in done} == {400}
            posted += len(done)
            return len(workers_that_counted(tmp_path)) == 2

        def said():
            service = 'service="spinal-hardware-removal"'
            name = f'spine_cds_invocations_total{{outcome="malformed",{service}}}'
            return f"{name} {posted}.0" in called(f"{base}/metrics").text

        until(both_have_counted)
        assert said()
        gone = workers_that_counted(tmp_path)[0]
        os.kill(int(gone.stem.partition("_")[2]), signal.SIGKILL)
        until(lambda: not gone.exists())
        assert not gone.with_stem(gone.stem.replace("counter", "gauge_livesum")).exists()
        assert said()
    assert list(tmp_path.glob("spine-cds-counts-*")) == []
