"""What the CDS Hooks sandbox asks of the FHIR server that docs/sandbox.md has a newcomer start."""

from urllib.parse import parse_qsl, urlencode

import pytest
import requests
from click.testing import CliRunner

import fhir_fixtures
from cds_service import cli
from cds_service.app import create_app
from hooks import services
from tests.scenario_runs import judgements
from tests.scenarios import SETTINGS

ORIGIN = "https://sandbox.cds-hooks.org"
PATIENT = "spine-cds-v01"


@pytest.fixture(scope="module")
def base(hapi):
    assert CliRunner().invoke(cli.main, ["load", hapi, "V01"]).exit_code == 0
    yield hapi
    assert CliRunner().invoke(cli.main, ["load", hapi, "--delete"]).exit_code == 0


@pytest.fixture(scope="module")
def browser():
    with requests.Session() as session:
        session.trust_env = False
        session.headers.update({"Origin": ORIGIN, "Accept": "application/json+fhir"})
        yield session


def asked(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", ORIGIN)
    return answer.json()


def search(browser, base, query):
    """Search as the sandbox does: a form by POST."""
    kind, _, parameters = query.partition("?")
    form = urlencode(parse_qsl(parameters))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url = f"{base}/{kind}/_search"
    return asked(browser.post(url, data=form, headers=headers, timeout=30))


def test_before_anything_shows_the_sandbox_reads_four_things(base, browser):
    plain = {"Accept": "application/json"}
    metadata = asked(browser.get(f"{base}/metadata", headers=plain, timeout=30))
    assert metadata["fhirVersion"].startswith("4.0")
    asked(browser.get(f"{base}/Patient", headers=plain, timeout=30))
    patient = asked(browser.get(f"{base}/Patient/{PATIENT}", timeout=30))
    assert isinstance(patient["name"][0]["given"], list)
    found = asked(browser.get(f"{base}/Condition?patient={PATIENT}", timeout=30))
    assert found["total"] > 0  # or its list of conditions stays empty


def test_what_the_sandbox_prefetches_by_our_templates_gives_the_whole_card(base, browser):
    """Its first pages, and from the server itself what is on the others."""
    client = create_app(SETTINGS, services()).test_client()
    offered = {s["id"]: s for s in client.get("/cds-services").json["services"]}
    prefetch = {}
    for key, template in offered["spinal-fusion-revision"]["prefetch"].items():
        query = template.replace("{{context.patientId}}", PATIENT)
        reads = "?" not in query
        url = f"{base}/{query}"
        prefetch[key] = (
            asked(browser.get(url, timeout=30)) if reads else search(browser, base, query)
        )
    links = [link["relation"] for page in prefetch.values() for link in page.get("link", [])]
    assert "next" in links
    request = {
        "hook": "order-sign",
        "hookInstance": "0b2a3c58-4b5e-4d0e-9c2a-1d8f4c1f9a10",
        "fhirServer": base,
        "context": {
            "patientId": PATIENT,
            "userId": "Practitioner/COREPRACTITIONER1",
            "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": REINSERTION}]},
        },
        "prefetch": prefetch,
    }
    (card,) = client.post("/cds-services/spinal-fusion-revision", json=request).json["cards"]
    whole = fhir_fixtures.load_request("revision-nonunion")
    at_the_time = create_app(SETTINGS, services(), lambda: fhir_fixtures.AS_OF).test_client()
    expected = at_the_time.post("/cds-services/spinal-fusion-revision", json=whole).json["cards"]
    assert judgements(card) == judgements(expected[0])


REINSERTION = {
    "resourceType": "ServiceRequest",
    "id": "example-request-id",
    "status": "draft",
    "intent": "plan",
    "code": {
        "coding": [
            {
                "system": "http://www.ama-assn.org/go/cpt",
                "code": "22849",
                "display": "Reinsertion of spinal fixation device",
            }
        ]
    },
    "subject": {"reference": f"Patient/{PATIENT}"},
    "reasonCode": [],
}
