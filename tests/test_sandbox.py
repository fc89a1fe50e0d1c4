"""The CDS Hooks sandbox as a client: its real requests, sent as a browser sends them."""

import pytest
from werkzeug.datastructures import Headers

from cds_service.app import create_app
from fhir_fixtures import AS_OF, load_request, request_names, service_of
from hooks import services
from tests.scenarios import SETTINGS
from tests.test_fixtures import CARDS, NOBODY, REFUSED

ORIGIN = "https://sandbox.cds-hooks.org"
# Its private key is public, so its token proves nothing; signature and claims are made up here.
TOKEN = "eyJhbGciOiJFUzM4NCJ9.eyJpc3MiOiJodHRwczovL3NhbmRib3guY2RzLWhvb2tzLm9yZyJ9.signature"
BROWSER = {"Accept": "application/json", "Authorization": f"Bearer {TOKEN}", "Origin": ORIGIN}
SENT = [name for name in request_names() if name.startswith("sandbox-")]
IDS = [service.id for service in services()]


@pytest.fixture(scope="module")
def client():
    return create_app(SETTINGS, services(), lambda: AS_OF).test_client()


def post(client, name, path="/cds-services/{}"):
    request = load_request(name) | {"fhirServer": NOBODY}
    url = path.format(service_of(name))
    answer = client.post(url, json=request, headers=Headers(BROWSER))
    assert answer.headers["Access-Control-Allow-Origin"] == "*"  # or the page cannot read it
    assert TOKEN not in answer.text
    return answer


def test_the_sandbox_finds_services_that_it_can_tell_apart(client):
    answer = client.get("/cds-services", headers=Headers(BROWSER))
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    offered = answer.json["services"]
    assert {s["hook"] for s in offered} == {"order-sign", "order-select"}
    assert len({s["id"] for s in offered}) == len(offered)  # it knows a service by its URL


@pytest.mark.parametrize("path", ["/cds-services", *(f"/cds-services/{name}" for name in IDS)])
def test_a_preflight_lets_the_sandbox_send_its_token(client, path):
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    headers = asked | {"Access-Control-Request-Headers": "authorization,content-type"}
    answer = client.options(path, headers=headers)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("name", SENT)
def test_what_the_sandbox_sends_is_answered_as_without_a_browser(client, name):
    answer = post(client, name)
    if name in REFUSED:
        assert answer.status_code == 400
        assert answer.json["resourceType"] == "OperationOutcome"
        return
    assert answer.status_code == 200
    assert [card["indicator"] for card in answer.json["cards"]] == [c for c in [CARDS[name]] if c]


@pytest.mark.parametrize("path", ["/cds-services//{}", "/cds-services/{}/"])
def test_a_discovery_url_with_a_slash_at_its_end_leads_to_the_services_all_the_same(client, path):
    (card,) = post(client, "sandbox-order-sign-pama-fusion", path).json["cards"]
    assert "could not be checked" in card["summary"]


def test_a_card_has_what_the_sandbox_shows_and_offers(client):
    (card,) = post(client, "sandbox-order-sign-pama-fusion").json["cards"]
    assert card["uuid"]  # without it there is no way to dismiss the card
    assert card["source"]["label"]
    assert card["indicator"] in ("info", "warning")


def test_an_order_is_read_though_the_sandbox_sends_no_valid_fhir(client):
    """A Bundle without type, entries without fullUrl, and an empty coding among the codes."""
    request = load_request("sandbox-order-sign-pama-fusion") | {"fhirServer": NOBODY}
    (entry,) = request["context"]["draftOrders"]["entry"]
    assert "type" not in request["context"]["draftOrders"]
    assert "fullUrl" not in entry
    entry["resource"]["code"]["coding"].insert(0, {})
    entry["resource"]["reasonCode"] = entry["resource"]["reasonCode"][0]  # as on its Rx tabs
    url = "/cds-services/spinal-fusion-revision"
    (card,) = client.post(url, json=request, headers=Headers(BROWSER)).json["cards"]
    assert "55705006" in card["detail"]
