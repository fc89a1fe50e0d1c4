"""The OpenAPI document says what is true: every route, every request taken, every answer given."""

import json
from datetime import date
from functools import cache

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker

import fhir_fixtures
import hooks
from cds_service.app import create_app
from cds_service.engine.service import CDSService
from cds_service.protocol.answer_schemas import CardsSchema, DiscoverySchema, OperationOutcomeSchema
from cds_service.protocol.contexts import CONTEXTS
from cds_service.protocol.openapi import openapi_document
from cds_service.settings import Settings
from cds_service.store.opening import open_store, prepare_store
from tests.full import FULL
from tests.scenarios import SETTINGS, all_scenarios, request_of
from tests.store.feedback import accepted, overridden, with_comment
from tests.toy_service import SERVICES, post, toy_client, toy_request

AS_OF = [fhir_fixtures.AS_OF]
APP = create_app(SETTINGS, hooks.services(), clock=lambda: AS_OF[0])
CLIENT = APP.test_client()
DOCUMENT = CLIENT.get("/openapi.json").json
PATHS = DOCUMENT["paths"]
ALIAS = "/cds-services//"  # how the sandbox posts; nobody else should


@cache
def validator(name):
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    return Draft202012Validator(schema, format_checker=FormatChecker())


def named(node):
    """The name of the schema of a request or an answer of the document."""
    for _ in range(2):
        if "$ref" in node:
            node = DOCUMENT["components"]["responses"][node["$ref"].rpartition("/")[2]]
    return node["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]


def check_answer(operation, answer):
    """Assert that an answer is one that the document announces."""
    assert answer.content_type == "application/json; charset=utf-8"
    validator(named(operation["responses"][str(answer.status_code)])).validate(answer.json)


def invoked(service, request):
    operation = PATHS[f"/cds-services/{service}"]["post"]
    answer = CLIENT.post(f"/cds-services/{service}", json=request)
    check_answer(operation, answer)
    if answer.status_code == 200:
        validator(named(operation["requestBody"])).validate(request)
        assert CardsSchema().validate(answer.json) == {}
    return answer


def test_the_document_that_is_served_is_the_one_that_is_made():
    services = [s for s in hooks.services() if isinstance(s, CDSService)]
    assert json.loads(orjson.dumps(openapi_document(services))) == DOCUMENT


def test_every_route_and_method_is_in_the_document_and_nothing_else_is():
    known = set()
    for rule in APP.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            for service in hooks.services():
                path = rule.rule.replace("<service_id>", service.id)
                known |= set() if path.startswith(ALIAS) else {(path, method.lower())}
    assert known == {(path, method) for path, methods in PATHS.items() for method in methods}


def test_the_document_is_open_api_of_the_version_it_names():
    assert DOCUMENT["openapi"] == "3.1.0"
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    ids = [o["operationId"] for methods in PATHS.values() for o in methods.values()]
    assert len(ids) == len(set(ids))
    references = {part.split('"')[0] for part in json.dumps(DOCUMENT).split('"#/components/')[1:]}
    for reference in references:
        kind, _, name = reference.partition("/")
        assert name in DOCUMENT["components"][kind]


def test_discovery_is_as_the_document_says():
    answer = CLIENT.get("/cds-services")
    check_answer(PATHS["/cds-services"]["get"], answer)
    assert DiscoverySchema().validate(answer.json) == {}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_answer_as_the_document_says(path):
    check_answer(PATHS[path]["get"], CLIENT.get(path))


@pytest.mark.parametrize(("path", "kind"), [("/metrics", "text/plain"), ("/docs", "text/html")])
def test_other_kinds_of_answers_are_of_the_media_type_that_the_document_says(path, kind):
    assert CLIENT.get(path).mimetype == kind
    assert list(PATHS[path]["get"]["responses"]["200"]["content"]) == [kind]


def test_answers_to_scenarios_are_as_the_document_says():
    cards = 0
    for service, scenario in all_scenarios()[:: 1 if FULL else 5]:
        AS_OF[0] = date.fromisoformat(str(scenario["as of"]))
        cards += len(invoked(service.id, request_of(service, scenario)).json["cards"])
    AS_OF[0] = fhir_fixtures.AS_OF
    assert cards > 50


REQUESTS = sorted(path.stem for path in (fhir_fixtures.FOLDER / "requests").glob("*.json"))


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("service", [service.id for service in hooks.services()])
def test_every_answer_to_a_fixture_is_as_the_document_says(name, service):
    invoked(service, fhir_fixtures.load_request(name))


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{}", "application/json", 400),
        (
            orjson.dumps(toy_request(prefetch={}) | {"hook": "order-select"}),
            "application/json",
            400,
        ),
        (b"{}", "text/plain", 415),
        (b" " * (8 * 2**20 + 1), "application/json", 413),
    ],
)
def test_refusals_are_as_the_document_says(body, content_type, status):
    path = "/cds-services/spinal-hardware-removal"
    answer = CLIENT.post(path, data=body, content_type=content_type)
    assert answer.status_code == status
    check_answer(PATHS[path]["post"], answer)
    assert OperationOutcomeSchema().validate(answer.json) == {}


def test_nothing_readable_is_refused_as_the_document_says():
    answer = invoked(
        "spinal-hardware-removal",
        fhir_fixtures.load_request("removal-solid-fusion") | {"prefetch": {}},
    )
    assert answer.status_code == 412


@pytest.mark.parametrize("hook", CONTEXTS)
@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("hook",), "patient-view"),
        (("hookInstance",), "no uuid"),
        (("context", "patientId"), "Patient/p1"),
        (("context", "patientId"), ".."),
        (("context", "userId"), "Practitioner/."),
        (("context", "userId"), "Device/1"),
        (("context", "draftOrders"), []),
        (("context", "draftOrders"), {"resourceType": "List"}),
        (("prefetch",), []),
        (("fhirServer",), "file:///etc/passwd"),
        (("fhirAuthorization",), {}),
        (("extension",), []),
    ],
)
def test_what_the_service_refuses_the_document_does_not_allow(hook, where, value):
    service = {"order-sign": "toy", "order-select": "toy-select"}[hook]
    request = toy_request() | {"hook": hook}
    if hook == "order-select":
        request["context"]["selections"] = ["ServiceRequest/draft-1"]
    name = f"{hook.title().replace('-', '')}Request"
    client = toy_client()
    assert post(client, request, service).status_code == 200
    assert validator(name).is_valid(request)
    node = request
    for step in where[:-1]:
        node = node[step]
    node[where[-1]] = value
    assert post(client, request, service).status_code == 400
    assert not validator(name).is_valid(request)


@pytest.mark.parametrize(
    ("item", "is_taken"),
    [
        (overridden(), True),
        (accepted(), True),
        (with_comment("text"), True),
        (overridden(overrideReason=None, acceptedSuggestions=[]), True),
        (overridden(overrideReason={"reason": {"code": "c"}, "userComment": None}), True),
        (overridden(outcome="ignored"), False),
        (overridden(card=""), False),
        (overridden(card="a card"), False),
        (overridden(outcome="accepted"), False),
        (accepted(acceptedSuggestions=[]), False),
        (accepted(acceptedSuggestions=[{}]), False),
        (overridden(overrideReason={}), False),
        (overridden(overrideReason={"reason": None, "userComment": None}), False),
        (overridden(overrideReason={"reason": {"system": "s"}}), False),
        (overridden(overrideReason={"reason": {"code": "Größe ≥ 1 µm"}}), True),
        (overridden(overrideReason={"reason": {"code": "می\u200cخواهم"}}), True),
        (overridden(overrideReason={"reason": {"code": "c", "system": "क्\u200dष"}}), True),
        (overridden(overrideReason={"reason": {"code": "a\u200bb"}}), False),
        (overridden(overrideReason={"reason": {"code": "a\u200fb"}}), False),
        (overridden(overrideReason={"reason": {"code": "\x1b[2J"}}), False),
        (overridden(overrideReason={"reason": {"code": "c", "system": "\u202es"}}), False),
    ],
)
def test_the_document_allows_the_feedback_that_is_taken(item, is_taken, tmp_path):
    settings = Settings(data_dir=tmp_path)
    prepare_store(settings)
    store = open_store(settings)
    client = create_app(settings, SERVICES, store=store).test_client()
    operation = PATHS["/cds-services/spinal-hardware-removal/feedback"]["post"]
    for body, taken in (({"feedback": [item]}, is_taken), ({"feedback": []}, False)):
        answer = client.post("/cds-services/toy/feedback", json=body)
        assert answer.status_code == (200 if taken else 400)
        check_answer(operation, answer)
        assert validator(named(operation["requestBody"])).is_valid(body) == taken
    store.close()


def test_a_deployment_of_other_services_has_another_document():
    paths = toy_client().get("/openapi.json").json["paths"]
    assert {path for path in paths if path.startswith("/cds-services/")} == {
        f"/cds-services/{service.id}{what}" for service in SERVICES for what in ("", "/feedback")
    }


def test_the_page_for_people_names_every_path_and_needs_nothing_but_itself():
    answer = CLIENT.get("/docs")
    for path in PATHS:
        assert path in answer.text
    for loading in ("<script", "src=", "http://", "@import", "url("):
        assert loading not in answer.text.replace("^https?://", "")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]


def test_links_of_the_page_lead_somewhere_in_it():
    text = CLIENT.get("/docs").text
    targets = {part.split('"')[0] for part in text.split('href="#')[1:]}
    assert targets
    assert all(f'id="{target}"' in text for target in targets)
