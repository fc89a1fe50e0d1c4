"""``spine-cds load``: patients come to a server that others use, and go without a trace."""

import json
from datetime import UTC, datetime

import pytest
import requests
from click.testing import CliRunner

import fhir_fixtures
from cds_service import cli
from cds_service.app import create_app
from cds_service.load import FhirDestination
from cds_service.settings import Settings
from fhir_fixtures.on_servers import TAG_SYSTEM, transaction
from hooks import services
from tests.scenario_runs import judgements

STRANGER = {
    "resourceType": "Condition",
    "id": "spine-cds-h01x-pain",  # begins like ours, and is not
    "subject": {"display": "somebody"},
    "meta": {"tag": [{"system": TAG_SYSTEM, "code": "H01"}]},
}


@pytest.fixture(autouse=True)
def clean(fhir_server):
    yield
    run(fhir_server, "--delete")


def run(fhir_server, *arguments):
    result = CliRunner().invoke(cli.main, ["load", fhir_server, *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def found(fhir_server, *names):
    with FhirDestination(fhir_server) as server:
        kinds = fhir_fixtures.RESOURCE_TYPES
        return {url for kind in kinds for url in server.tagged(kind, TAG_SYSTEM, names)}


def get(url):
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=30)


def test_every_resource_of_the_named_patients_is_put_there_and_no_other(fhir_server):
    said = run(fhir_server, "h01", "S01")
    assert "spine-cds-h01" in said
    chart = fhir_fixtures.load_patient("H01")["entry"]
    assert len(found(fhir_server, "H01")) == len(chart)
    assert "Patient/spine-cds-s01" in found(fhir_server, "S01")
    assert not found(fhir_server, "V01", "X01")


def test_all_patients_come_when_none_is_named(fhir_server):
    run(fhir_server)
    names = fhir_fixtures.patient_names()
    charts = [fhir_fixtures.load_patient(name)["entry"] for name in names]
    assert len(found(fhir_server, *names)) == sum(map(len, charts))


def test_loading_twice_leaves_what_loading_once_left(fhir_server):
    run(fhir_server, "V01")
    once = found(fhir_server, "V01")
    run(fhir_server, "V01")
    assert found(fhir_server, "V01") == once


def test_what_an_older_version_of_a_patient_left_there_goes(fhir_server):
    old = STRANGER | {"id": "spine-cds-h01-withdrawn"}
    with FhirDestination(fhir_server) as server:
        server.send(transaction([old]))
    run(fhir_server, "H01")
    assert "Condition/spine-cds-h01-withdrawn" not in found(fhir_server, "H01")


def test_delete_takes_off_the_named_patients_and_nothing_of_anybody_else(fhir_server):
    with FhirDestination(fhir_server) as server:
        server.send(transaction([STRANGER]))
    run(fhir_server, "H01", "S01")
    run(fhir_server, "--delete", "H01")
    assert found(fhir_server, "H01") == {"Condition/spine-cds-h01x-pain"}
    assert len(found(fhir_server, "S01")) == 3
    assert get(f"{fhir_server}/Patient/spine-cds-h01").status_code in (404, 410)
    with FhirDestination(fhir_server) as server:
        server.send(transaction((), ["Condition/spine-cds-h01x-pain"]))


def test_delete_can_be_said_twice_and_before_anything_was_loaded(fhir_server):
    run(fhir_server, "--delete")
    run(fhir_server, "S01")
    run(fhir_server, "--delete", "S01")
    run(fhir_server, "--delete", "S01")
    assert not found(fhir_server, "S01")


def test_an_order_for_a_loaded_patient_gets_the_judgement_of_the_fixture(fhir_server):
    run(fhir_server, "H01")
    today = datetime.now(UTC).date()
    settings = Settings(value_sets=fhir_fixtures.VALUE_SETS, deadline_seconds=60)
    client = create_app(settings, services(), lambda: today).test_client()
    whole = fhir_fixtures.load_request("removal-solid-fusion", today)
    context = json.loads(json.dumps(whole["context"]).replace("h01", "spine-cds-h01"))
    fetched = {key: value for key, value in whole.items() if key != "prefetch"}
    asked = [whole, fetched | {"context": context, "fhirServer": fhir_server}]
    url = "/cds-services/spinal-hardware-removal"
    expected, loaded = (client.post(url, json=request).json["cards"] for request in asked)
    assert judgements(loaded[0]) == judgements(expected[0])
