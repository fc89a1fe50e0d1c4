"""Discovery says of the services what they are (CDS Hooks, "Discovery")."""

from dataclasses import replace

import orjson
import pytest

from cds_service.protocol.discovery import discovery_body
from cds_service.settings import Settings
from tests.toy_service import TOY, toy_client


@pytest.fixture(scope="module")
def services():
    return toy_client().get("/cds-services").json["services"]


def test_every_service_is_listed_with_what_the_standard_requires(services):
    assert [(s["hook"], s["id"]) for s in services] == [
        ("order-sign", "toy"),
        ("order-select", "toy-select"),
    ]
    assert all(s["title"] and s["description"] for s in services)


def test_every_service_declares_the_version_of_cds_hooks(services):
    assert {service["version"] for service in services} == {"2.0.1"}


def test_full_prefetch_lists_every_template(services):
    assert services[0]["prefetch"] == dict(TOY.prefetch)


def test_minimal_prefetch_lists_only_what_the_service_names():
    client = toy_client(Settings(prefetch="minimal"))
    first = client.get("/cds-services").json["services"][0]
    assert first["prefetch"] == {"patient": "Patient/{{context.patientId}}"}


def test_an_optional_member_without_a_value_is_left_out(services):
    assert "usageRequirements" not in services[0]


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_get_and_head_work_with_and_without_a_trailing_slash(path, method):
    answer = getattr(toy_client(), method)(path)
    assert answer.status_code == 200
    assert answer.content_type == "application/json; charset=utf-8"


def test_usage_requirements_are_told_where_there_are_some():
    told = discovery_body([replace(TOY, usage_requirements="R4")], minimal=False)
    assert orjson.loads(told)["services"][0]["usageRequirements"] == "R4"


def test_a_service_with_nothing_in_the_minimal_mode_lists_no_prefetch():
    listed = discovery_body([replace(TOY, minimal=frozenset())], minimal=True)
    assert "prefetch" not in orjson.loads(listed)["services"][0]


def test_without_services_the_list_is_empty():
    assert orjson.loads(discovery_body([], minimal=False)) == {"services": []}
