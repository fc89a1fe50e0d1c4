"""Every scenario of every guideline, at the engine and over HTTP."""

from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import make_server

from cds_service.app import create_app
from cds_service.fhir.validation import SCENARIO_KEYS
from hooks import services
from tests.scenario_runs import at_the_engine, check, over_http
from tests.scenarios import KEYS, SETTINGS, all_scenarios, request_of, scenarios_in

SCENARIOS = all_scenarios()
EACH = pytest.mark.parametrize(
    ("service", "scenario"), SCENARIOS, ids=[scenario["scenario"] for _, scenario in SCENARIOS]
)


class Clock:
    """The date of judgement, which the scenario gives."""

    today = None

    def __call__(self):
        return self.today


@pytest.fixture(scope="session")
def clock():
    return Clock()


@pytest.fixture(scope="session")
def base(clock):
    server = make_server("127.0.0.1", 0, create_app(SETTINGS, services(), clock), threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@EACH
def test_the_engine_judges_as_the_clinician_signed(service, scenario):
    card = at_the_engine(service, request_of(service, scenario), scenario["as of"])
    check(card, scenario)


@EACH
def test_the_service_answers_over_http_as_the_engine_does(service, scenario, base, clock):
    request = request_of(service, scenario)
    clock.today = scenario["as of"]
    card = over_http(base, service, request)
    check(card, scenario)
    assert card == at_the_engine(service, request, scenario["as of"])


def test_every_scenario_has_a_sentence_of_its_own():
    sentences = [(service.id, scenario["scenario"]) for service, scenario in SCENARIOS]
    assert len(sentences) == len(set(sentences))


def test_every_criterion_and_risk_factor_is_seen_in_every_status():
    wanted = {"met", "not-met", "unknown"}, {"present", "absent", "unknown"}
    for service in services():
        if service.hook != "order-sign":
            continue
        mine = [s["expect"] for found, s in SCENARIOS if found.id.startswith(service.id)]
        for statuses, judged in zip(wanted, (service.criteria, service.risk_factors), strict=True):
            for criterion in judged:
                seen = {e[criterion.id].split(",")[0] for e in mine if criterion.id in e}
                assert seen == statuses, criterion.id


def test_every_scenario_of_the_clinical_reference_is_there():
    claimed = {claim for _, scenario in SCENARIOS for claim in scenario.get("claim", [])}
    assert claimed == CLAIMS


# clinical.md, section 6.
CLAIMS = {
    f"H{n:02}" for n in (1, 2, 3, 4, 6, 8, 10, 11, 12, 14, 15, 16, 19, 21, 22, 26, 27, 28, 29, 32)
}
CLAIMS |= {f"V{n:02}" for n in (1, 2, 3, 5, 6, 9, 10, 11, 13, 14, 16, 19, 20, 23, 24, 26, 28, 30)}


def test_a_scenario_with_a_key_that_nobody_knows_is_refused(tmp_path):
    path = tmp_path / "hardware_removal" / "scenarios" / "odd.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("- {scenario: Odd, like: H01, expected: {}}")
    with pytest.raises(ValueError, match="unknown"):
        scenarios_in(Path(path))


def test_the_command_validate_knows_the_keys_of_scenarios():
    assert SCENARIO_KEYS >= KEYS
