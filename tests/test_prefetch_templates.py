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
    asked = codes_of(template)
    for entry in fhir_fixtures.load_patient(patient)["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Observation":
            assert resource["code"]["coding"][0]["code"] in asked, resource["id"]


def codes_of(template):
    return set(template.partition("code=")[2].partition("&")[0].split(","))


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_a_code_is_asked_for_in_every_spelling_and_of_every_spelling_of_its_system(service):
    asked = codes_of(service.prefetch["observations"])
    assert {"4537-7", "M46.20", "M4620"} <= asked
    assert not any("|" in code for code in asked)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_a_query_fits_into_any_url(service):
    """HAPI's server takes about 8,000 characters, others less; a site's own codes come on top."""
    assert max(map(len, service.prefetch.values())) < 1_000


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_the_patient_is_named_as_in_the_examples_of_the_standard(service):
    """A bare id: clients that fill tokens by pattern, and servers, know this spelling best."""
    for key, template in service.prefetch.items():
        if key != "patient":
            assert template.partition("?")[2].startswith("patient={{context.patientId}}&")


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_no_template_names_a_parameter_twice(service):
    for template in service.prefetch.values():
        names = [part.partition("=")[0] for part in template.partition("?")[2].split("&")]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)
def test_no_placeholder_is_left_for_the_client(service):
    assert not any("{codes:" in template for template in service.prefetch.values())
