"""What the templates ask for is what the criteria read: a real server filters by them."""

import pytest

import fhir_fixtures
from cds_service.app import deploy
from cds_service.settings import Settings
from hooks import services

DEPLOYMENT = deploy(
    Settings.from_environ({"SPINE_CDS_VALUE_SETS": str(fhir_fixtures.VALUE_SETS)}), services()
)
REQUESTS = [("H01", "spinal-hardware-removal"), ("V01", "spinal-fusion-revision")]
SERVICES = list(DEPLOYMENT.services)


@pytest.mark.parametrize(("patient", "service_id"), REQUESTS)
def test_the_search_for_observations_finds_every_observation_of_the_fixture(patient, service_id):
    template = DEPLOYMENT.services.get(service_id).prefetch["observations"]
    asked = set(template.partition("code=")[2].partition("&")[0].split(","))
    for entry in fhir_fixtures.load_patient(patient)["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Observation":
            coding = resource["code"]["coding"][0]
            assert f"{coding['system']}|{coding['code']}" in asked, resource["id"]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_no_template_names_a_parameter_twice(service):
    for template in service.prefetch.values():
        names = [part.partition("=")[0] for part in template.partition("?")[2].split("&")]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_no_placeholder_is_left_for_the_client(service):
    assert not any("{codes:" in template for template in service.prefetch.values())
