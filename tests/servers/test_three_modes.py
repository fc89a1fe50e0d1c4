"""Prefetched, fetched or half of each: a chart is judged alike, whatever server it lies on."""

import json
import os
import random
import re
from base64 import b64encode
from contextlib import contextmanager
from urllib.parse import parse_qsl

import pytest
import requests

import fhir_fixtures
from cds_service.app import create_app
from cds_service.load import FhirDestination
from cds_service.settings import Settings
from fhir_fixtures.on_servers import (
    ServerChart,
    named_for_servers,
    reference_to,
    server_id,
    transaction,
)
from hooks import services
from tests.full import FULL
from tests.generated_patients import generated
from tests.scenario_runs import judgements, without_uuids
from tests.scenarios import SERVICES

SIGNED = {
    "spinal-hardware-removal": "removal-solid-fusion",
    "spinal-fusion-revision": "revision-nonunion",
}
GENERATED = 100 if FULL or os.environ.get("CI") == "true" else 15
# Time is not what is asked here: a server that is cold may be slow.
SETTINGS = Settings(value_sets=fhir_fixtures.VALUE_SETS, deadline_seconds=60)


@pytest.fixture(scope="module")
def client():
    return create_app(SETTINGS, services(), lambda: fhir_fixtures.AS_OF).test_client()


@contextmanager
def chart_on(fhir_server, name, resources):
    """Put a patient's resources on a server; yield them under the ids that they have there."""
    chart = named_for_servers(resources, name)
    with FhirDestination(fhir_server) as server:
        server.send(transaction(chart))
        yield [as_held(fhir_server, resource) for resource in chart]
        for step in ServerChart(server_id(name), "", ()).removal(map(reference_to, chart)):
            server.send(step)


def as_held(fhir_server, resource):
    """Return what a client finds that searches: HAPI mends a number that was put as a string."""
    if re.search(r'"value": "[0-9.]+"', json.dumps(resource)):
        return get(f"{fhir_server}/{reference_to(resource)}")
    return resource


def request_of(service_id, name, prefetch, fhir_server=None):
    context = fhir_fixtures.load_request(SIGNED[service_id])["context"]
    patient = server_id(name)
    for entry in context["draftOrders"]["entry"]:
        entry["resource"]["subject"] = {"reference": f"Patient/{patient}"}
    request = {
        "hook": "order-sign",
        "hookInstance": "7f0d4f43-3c0a-4f0e-8d52-0f4f3f1c7e11",
        "context": context | {"patientId": patient},
        "prefetch": prefetch,
    }
    return request | ({"fhirServer": fhir_server} if fhir_server else {})


def prefetch_of(service_id, chart):
    """Return what a client finds that searches the chart by the templates of our discovery."""
    found = {}
    for key, template in SERVICES[service_id].prefetch.items():
        asked = dict(parse_qsl(template.partition("?")[2]))
        assert set(asked) <= {"patient", "code", "status", "_sort", "_count"}, key
        entries = [{"resource": r} for r in chart if is_asked_for(r, asked)]
        found[key] = fhir_fixtures.prefetch_of({"entry": entries}, {key})[key]
    return found


def is_asked_for(resource, asked):
    codes = {coding.get("code") for coding in codings(resource)}
    status = resource.get("status") or ""  # which a row may lack
    return status in asked.get("status", status).split(",") and (
        "code" not in asked or bool(codes & set(asked["code"].split(",")))
    )


def codings(resource):
    return resource.get("code", {}).get("coding", [])


def cards_in_every_mode(client, service_id, name, chart, fhir_server):
    """Return the cards from all of the prefetch without a server, from none, and from half."""
    whole = prefetch_of(service_id, chart)
    half = random.Random(name).sample(sorted(whole), len(whole) // 2)  # noqa: S311
    parts = {"prefetch": whole, "fetch": {}, "mixed": {key: whole[key] for key in half}}
    cards = {}
    for mode, prefetch in parts.items():
        server = None if mode == "prefetch" else fhir_server
        request = request_of(service_id, name, prefetch, server)
        answer = client.post(f"/cds-services/{service_id}", json=request)
        assert answer.status_code == 200, (mode, answer.json)
        cards[mode] = [without_uuids(card) for card in answer.json["cards"]]
    return cards


def assert_alike(cards):
    assert cards["fetch"] == cards["prefetch"]
    assert cards["mixed"] == cards["prefetch"]


@pytest.mark.parametrize("service_id", SIGNED)
@pytest.mark.parametrize("name", fhir_fixtures.patient_names())
def test_a_fixture_patient_is_judged_alike_in_every_mode(client, fhir_server, name, service_id):
    resources = [entry["resource"] for entry in fhir_fixtures.load_patient(name)["entry"]]
    with chart_on(fhir_server, name, resources) as chart:
        assert_alike(cards_in_every_mode(client, service_id, name, chart, fhir_server))


@pytest.mark.parametrize("seed", range(GENERATED))
def test_a_generated_patient_is_judged_alike_in_every_mode(client, fhir_server, seed):
    like, resources = generated(seed)
    name = f"generated-{seed}"
    service_id = sorted(SIGNED)[like[0] in "HS"]
    with chart_on(fhir_server, name, resources) as chart:
        assert_alike(cards_in_every_mode(client, service_id, name, chart, fhir_server))


def test_a_chart_that_comes_in_many_pages_and_without_a_total_is_read_whole(client, hapi):
    """HAPI counts a search only once it has seen its end, and pages by a query on its base."""
    name = "paged"
    resources = [entry["resource"] for entry in fhir_fixtures.load_patient("V01")["entry"]]
    (crp,) = (resource for resource in resources if resource["id"] == "crp")
    days = [{"id": f"crp-{n}", "effectiveDateTime": f"20{n:02d}-03-01"} for n in range(1, 25)]
    resources += [crp | day | {"valueQuantity": {"value": 200, "unit": "mg/L"}} for day in days]
    with chart_on(hapi, name, resources) as chart:
        first = get(f"{hapi}/Observation?patient={server_id(name)}&_count=200")
        assert "total" not in first
        (following,) = (link["url"] for link in first["link"] if link["relation"] == "next")
        assert following.startswith(f"{hapi}?_getpages=")
        assert_alike(cards_in_every_mode(client, "spinal-fusion-revision", name, chart, hapi))


def get(url):
    with requests.Session() as session:
        session.trust_env = False  # loopback only
        return session.get(url, timeout=30).json()


LOINC, ICD = "http://loinc.org", "http://hl7.org/fhir/sid/icd-10-cm"
CODED = {  # system and code of an Observation, and whether the search for our codes finds it
    "canonical": (LOINC, "4537-7", True),
    "oid": ("urn:oid:2.16.840.1.113883.6.1", "4537-7", True),
    "without-system": (None, "4537-7", True),
    "icd-dot": (ICD, "M46.26", True),
    "icd-no-dot": ("urn:oid:2.16.840.1.113883.6.90", "M4626", True),
    "other-code": (LOINC, "718-7", False),
}


@pytest.mark.parametrize("patient", ["{}", "Patient/{}"], ids=["bare", "typed"])
@pytest.mark.parametrize("service_id", SIGNED)
def test_a_server_finds_our_codes_by_every_spelling_of_their_system(
    fhir_server, service_id, patient
):
    name = "coded"
    own = {"reference": "Patient/coded"}
    rows = [{"resourceType": "Patient", "id": "coded"}]
    for row, (system, code, _) in CODED.items():
        coding = {"code": code} | ({"system": system} if system else {})
        rows.append(
            {"resourceType": "Observation", "id": row, "status": "final", "subject": own}
            | {"code": {"coding": [coding]}}
        )
    with chart_on(fhir_server, name, rows):
        template = SERVICES[service_id].prefetch["observations"]
        asked = patient.format(server_id(name))
        bundle = get(f"{fhir_server}/{template.replace('{{context.patientId}}', asked)}")
    found = {entry["resource"]["id"] for entry in bundle["entry"]}
    assert found == {f"{server_id(name)}-{row}" for row, (*_, ours) in CODED.items() if ours}


REPORT_TEXT = "CT lumbar spine. Nonunion at L5-S1. Solid fusion from L2 to L5. S1 screws are loose."
FORMS = {
    "text/plain": REPORT_TEXT,
    "text/html": f"<html><body><p>{REPORT_TEXT}</p></body></html>",
    "text/rtf": rf"{{\rtf1\ansi {REPORT_TEXT}\par}}",
}


@pytest.mark.parametrize("kind", FORMS)
def test_a_report_whose_text_stands_behind_a_url_is_judged_like_one_that_has_it_inline(
    client, fhir_server, kind
):
    name = "behind"
    data = {"contentType": kind, "data": b64encode(FORMS[kind].encode()).decode()}
    binary = {"resourceType": "Binary", "id": "ct-text"} | data
    url = {"contentType": kind, "url": "Binary/ct-text"}
    with chart_on(fhir_server, name, [*chart_with(url), binary]) as chart:
        whole = prefetch_of("spinal-fusion-revision", chart)
        cards = {}
        for mode, prefetch in {"fetch": {}, "prefetch": whole}.items():
            request = request_of("spinal-fusion-revision", name, prefetch, fhir_server)
            cards[mode] = card_of(client, request)
    inline = prefetch_of("spinal-fusion-revision", named_for_servers(chart_with(data), name))
    expected = card_of(client, request_of("spinal-fusion-revision", name, inline))
    assert judgements(expected)["nonunion-on-ct"] == "met"
    assert cards == {"fetch": expected, "prefetch": expected}


def chart_with(form):
    """V01, whose CT report says what it says in an attachment alone."""
    resources = [entry["resource"] for entry in fhir_fixtures.load_patient("V01")["entry"]]
    for resource in resources:
        if resource["id"] == "ct-1":
            for member in ("conclusion", "conclusionCode", "result"):
                resource.pop(member, None)
            resource["presentedForm"] = [form]
    return resources


def card_of(client, request):
    answer = client.post("/cds-services/spinal-fusion-revision", json=request)
    assert answer.status_code == 200, answer.json
    (card,) = answer.json["cards"]
    return without_uuids(card)
