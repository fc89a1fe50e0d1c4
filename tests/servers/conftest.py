"""The servers run once for all tests of this folder."""

import pytest
import requests

import fhir_fixtures
from tests import servers


@pytest.fixture(scope="session")
def hapi(tmp_path_factory):
    log = tmp_path_factory.mktemp("hapi") / "log"
    with servers.running(servers.HAPI, "hapi", log) as base:
        warm_up(base)
        yield base


def warm_up(base):
    """Make every kind of search once: the first of each takes longer than a reader waits."""
    with requests.Session() as session:
        session.trust_env = False  # loopback only
        for kind in fhir_fixtures.RESOURCE_TYPES:
            answer = session.get(f"{base}/{kind}?_sort=-_lastUpdated&_count=1", timeout=60)
            assert answer.ok, answer.text


@pytest.fixture(scope="session")
def medplum(tmp_path_factory):
    log = tmp_path_factory.mktemp("medplum") / "log"
    with servers.running(servers.MEDPLUM, "medplum", log) as base:
        yield base


@pytest.fixture(scope="session", params=["hapi", "medplum"])
def fhir_server(request):
    return request.getfixturevalue(request.param)
