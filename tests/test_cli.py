"""The command line: serve, assess, criteria and validate, with toy services."""

import json
from contextlib import contextmanager
from dataclasses import fields, replace

import pytest
from click.testing import CliRunner

from cds_service import cli
from cds_service.demo import discover, first_card, running_server
from cds_service.engine.codes import Terminology
from cds_service.engine.content import ClinicalContent, Configuration
from cds_service.engine.criterion import RiskFactor
from cds_service.engine.evidence import Citation, Verification
from cds_service.engine.sheet import review_sheet
from tests.toy_service import (
    AS_OF,
    HAS_CONDITION,
    SERVICES,
    TOY,
    bundle,
    condition,
    post,
    toy_client,
    toy_order,
    toy_request,
)


@pytest.fixture(autouse=True)
def toy_services(monkeypatch):
    monkeypatch.setattr(cli, "find_services", lambda: SERVICES)


def run(*arguments, **environ):
    return CliRunner().invoke(cli.main, list(map(str, arguments)), env=environ)


@pytest.fixture
def request_file(tmp_path):
    path = tmp_path / "request.json"
    path.write_text(json.dumps(toy_request()))
    return path


def test_assess_prints_the_card_of_the_first_service_that_has_one(request_file):
    result = run("assess", request_file)
    assert result.exit_code == 0
    assert "1 of 1 source criteria found" in result.output


def test_assess_judges_as_of_the_day_that_is_given(request_file):
    result = run("assess", request_file, "--as-of", "2020-02-29", "--json")
    extension = json.loads(result.output)["cards"][0]["extension"]
    assert extension["org.spine-cds.assessment"]["asOf"] == "2020-02-29"


def test_assess_says_when_there_is_no_card(tmp_path):
    path = tmp_path / "request.json"
    path.write_text(json.dumps(toy_request(toy_order("aspirin"))))
    assert "No card" in run("assess", path).output


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        ("{", (), "no CDS Hooks request"),
        ("[]", (), "no CDS Hooks request"),
        ('{"hook": "patient-view"}', (), "no service for the hook"),
        ('{"hook": "order-sign"}', (), "400 hookInstance"),
        ("{}", ("--service", "nothing"), "there is no service nothing; known: toy, toy-select"),
    ],
)
def test_assess_says_what_is_wrong(tmp_path, content, arguments, said):
    path = tmp_path / "request.json"
    path.write_text(content)
    result = run("assess", path, *arguments)
    assert result.exit_code == 1
    assert said in result.output


def test_assess_tells_412_when_nothing_could_be_read(tmp_path):
    path = tmp_path / "request.json"
    path.write_text(json.dumps(toy_request(prefetch={})))
    result = run("assess", path, "--service", "toy")
    assert result.exit_code == 1
    assert "412" in result.output


def test_criteria_prints_a_sheet_of_one_service_or_of_all():
    one, every = run("criteria", "toy").output, run("criteria").output
    assert "Service `toy`" in one
    assert "Service `toy-select`" not in one
    assert one in every
    assert "Service `toy-select`" in every


def content(values=None):
    return ClinicalContent(Terminology(()), Configuration(values or {}))


def test_the_sheet_says_everything_that_a_clinician_signs():
    sheet = review_sheet(TOY, content())
    for part in (
        "### `has-condition` (TOY-1)",
        "There is a condition.",
        "* reads: `conditions`",
        "seed-only, reviewed 2026-03-01",
        "* if unknown: Not known.",
        "* `patient`: `Patient/{{context.patientId}}` (also in the minimal mode)",
    ):
        assert part in sheet


def test_the_sheet_tells_settings_additions_and_risk_factors():
    ours = Citation("We", "We", "", Verification.OUR_ADDITION, AS_OF, "https://example.org")
    added = replace(HAS_CONDITION, citations=(ours,), settings=("toy.limit",))
    risk = RiskFactor(**{f.name: getattr(added, f.name) for f in fields(added)} | {"id": "risk"})
    service = replace(TOY, criteria=(added,), risk_factors=(risk,))
    sheet = review_sheet(service, content({"toy.limit": 18}))
    assert "### `has-condition` (TOY-1) (not from the source article)" in sheet
    assert "* setting `toy.limit`: 18" in sheet
    assert "* source: We <https://example.org> (our-addition, reviewed 2026-03-01)" in sheet
    assert sheet.index("## Risk factors") < sheet.index("### `risk`")


@pytest.fixture
def demonstration(monkeypatch):
    """The demonstration with the toy application in the place of the server."""

    @contextmanager
    def no_server(**_):
        yield "http://127.0.0.1:1"

    client = toy_client()
    monkeypatch.setattr(cli, "running_server", no_server)
    monkeypatch.setattr(cli, "discover", lambda _: client.get("/cds-services").json["services"])
    answered = post(client, toy_request()).json
    monkeypatch.setattr(cli, "first_card", lambda *_: ("toy", answered))


@pytest.mark.usefixtures("demonstration")
def test_the_demonstration_shows_discovery_request_and_card():
    result = run("demo")
    assert result.exit_code == 0
    for part in (
        "order-select toy-select",
        "POST http://127.0.0.1:1/cds-services/toy",
        "Advisory.",
    ):
        assert part in result.output


@pytest.mark.usefixtures("demonstration")
def test_the_demonstration_can_be_had_as_json():
    assert json.loads(run("demo", "--json").output)["cards"][0]["indicator"] == "info"


def test_a_wrong_setting_stops_a_command_without_a_traceback(request_file):
    result = run("assess", request_file, SPINE_CDS_PORT="x")
    assert result.exit_code == 1
    assert "Error: SPINE_CDS_PORT: must be a number" in result.output
    assert "Traceback" not in result.output


def test_serve_refuses_to_listen_beyond_this_machine():
    result = run("serve", SPINE_CDS_HOST="10.0.0.1")
    assert result.exit_code == 1
    assert "ALLOW_UNAUTHENTICATED" in result.output


VALUE_SET = """
resourceType: ValueSet
url: https://example.org/fhir/ValueSet/x
status: draft
compose:
  include:
    - extension:
        - url: https://spine-cds.org/fhir/StructureDefinition/code-provenance
          valueString: "a source"
      system: http://loinc.org
      concept: [{code: "1988-5"}]
"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("patient.json", '{"resourceType": "Patient", "id": "p1"}'),
        ("patient.yaml", "{resourceType: Patient, id: p1}"),
        ("value-set.yaml", VALUE_SET),
        ("bundle.json", '{"resourceType": "Bundle", "type": "collection"}'),
        ("scenario.yaml", "[{scenario: A sentence, expect: {card: none}}]"),
    ],
)
def test_valid_files_are_valid(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    result = run("validate", path)
    assert (result.exit_code, result.output) == (0, "1 valid\n")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.json", "{", "cannot be read"),
        ("x.yaml", "a: [", "cannot be read"),
        ("x.yaml", "a: 1", "neither a FHIR resource nor a list of scenarios"),
        ("x.json", '{"resourceType": "Nothing"}', "Nothing is no FHIR resource"),
        ("x.json", '{"resourceType": "Patient", "birthDate": "soon"}', "birthDate"),
        ("x.yaml", VALUE_SET.replace('"1988-5"', "1988"), "is not quoted"),
        ("x.yaml", VALUE_SET.replace("code-provenance", "other"), "no provenance"),
        ("x.yaml", VALUE_SET.replace("status: draft", "stat: draft"), "stat: Extra"),
        ("x.yaml", "[{scenario: A, expects: {}}]", "unknown key 'expects'"),
        ("x.yaml", "[{scenario: A}]", "expects nothing"),
        ("x.yaml", "[{scenario: A, expect: {}}, {expect: {}}]", "scenario 2: needs a sentence"),
    ],
)
def test_each_problem_is_one_line_that_names_the_file(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_text(content)
    result = run("validate", path)
    assert result.exit_code == 1
    assert all(line.startswith(str(path)) for line in result.output.splitlines())
    assert said in result.output


def test_the_real_server_starts_serves_and_stops():
    """Over gunicorn and HTTP: what the demonstration does, whatever services are installed."""
    with running_server() as base:
        services = discover(base)
        request = toy_request(toy_order("aspirin"), prefetch={"conditions": bundle(condition())})
        with pytest.raises(RuntimeError, match="no service answered"):
            first_card(base, services, request)
    assert {service["hook"] for service in services} <= {"order-sign", "order-select"}
