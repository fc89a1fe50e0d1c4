"""What ``spine-cds load`` says when a server does not do what it is asked."""

import pytest
import responses
from click.testing import CliRunner

import fhir_fixtures
from cds_service import cli
from cds_service.load import FhirDestination, LoadError
from fhir_fixtures import AS_OF
from fhir_fixtures.on_servers import charts_on_servers, reference_to, transaction

BASE = "https://fhir.example.org/r4"
EMPTY = {"resourceType": "Bundle", "type": "searchset"}
PUT = transaction([{"resourceType": "Patient", "id": "spine-cds-s01"}])


def outcome(text):
    return {"resourceType": "OperationOutcome", "issue": [{"diagnostics": text}]}


def run(*arguments):
    result = CliRunner().invoke(cli.main, ["load", *arguments])
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def server():
    with FhirDestination(BASE) as destination, responses.RequestsMock() as answers:
        yield destination, answers


@pytest.mark.parametrize(
    "base", ["localhost:8080", "fhir.example.org", "ftp://x/fhir", "http://a/../b"]
)
def test_what_is_no_fhir_base_url_is_refused(base):
    result = run(base)
    assert result.exit_code == 1
    assert "no FHIR base URL" in result.output


def test_an_unknown_patient_is_told_with_the_known_ones():
    result = run(BASE, "H99")
    assert result.exit_code == 1
    assert "there is no patient H99; known: H01, H04" in result.output


def test_a_server_that_is_not_there_is_told_in_one_line():
    result = run("http://127.0.0.1:9/fhir", "S01")
    assert result.exit_code == 1
    assert "Error: GET http://127.0.0.1:9/fhir/Patient: ConnectionError" in result.output


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, outcome("log in first"), "401 log in first"),
        (
            422,
            {"resourceType": "OperationOutcome", "issue": [{"details": {"text": "no"}}]},
            "422 no",
        ),
        (404, {"issue": []}, "404"),
        (302, {}, "302"),
        (200, outcome("with a smile"), "200 with a smile"),
        (200, {"resourceType": "Patient"}, "200"),
    ],
)
def test_a_refusal_is_told_with_what_the_server_says(server, status, body, said):
    destination, answers = server
    answers.post(BASE, json=body, status=status)
    with pytest.raises(LoadError, match=f"POST {BASE}: {said}$"):
        destination.send(PUT)


def test_a_page_of_html_is_no_success(server):
    destination, answers = server
    answers.post(BASE, body="<html>Welcome</html>")
    with pytest.raises(LoadError, match="200"):
        destination.send(PUT)


def test_what_a_server_says_cannot_steer_the_terminal(server):
    destination, answers = server
    answers.post(BASE, json=outcome("\x1b[2Jgone\n" + "x" * 1000), status=500)
    with pytest.raises(LoadError) as told:
        destination.send(PUT)
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 400


def test_a_transaction_that_is_refused_in_part_is_told(server):
    destination, answers = server
    entry = [{"response": {"status": "400 Bad Request"}}]
    answers.post(BASE, json=EMPTY | {"type": "transaction-response", "entry": entry})
    with pytest.raises(LoadError, match="Patient/spine-cds-s01: refused with 400"):
        destination.send(PUT)


def test_a_part_that_nothing_is_said_about_is_not_taken_for_done(server):
    destination, answers = server
    answers.post(BASE, json=EMPTY | {"type": "transaction-response"})
    with pytest.raises(LoadError, match="answered for 0 of 1 parts"):
        destination.send(PUT)


@pytest.mark.parametrize("status", ["204", "404 Not Found", "410"])
def test_what_is_gone_already_counts_as_deleted(server, status):
    destination, answers = server
    entry = [{"response": {"status": status}}]
    answers.post(BASE, json=EMPTY | {"entry": entry})
    destination.send(transaction((), ["Patient/spine-cds-s01"]))


def test_nothing_to_do_asks_nothing(server):
    destination, _ = server
    destination.send(transaction(()))


def test_all_pages_of_what_is_there_are_read(server):
    destination, answers = server
    first = {"resource": {"resourceType": "Patient", "id": "a"}}
    noise = {"resource": {"resourceType": "OperationOutcome", "id": "warning"}}
    link = [{"relation": "next", "url": f"{BASE}?_getpages=1"}]
    answers.get(f"{BASE}/Patient", json=EMPTY | {"entry": [first, noise], "link": link})
    second = {"resource": {"resourceType": "Patient", "id": "b"}}
    answers.get(f"{BASE}?_getpages=1", json=EMPTY | {"entry": [second]})
    assert list(destination.tagged("Patient", "s", ["A"])) == ["Patient/a", "Patient/b"]


def test_pages_that_lead_in_a_circle_are_told(server):
    destination, answers = server
    link = [{"relation": "next", "url": f"{BASE}/Patient?page=2"}]
    answers.get(f"{BASE}/Patient", json=EMPTY | {"link": link})
    with pytest.raises(LoadError, match="the pages do not end"):
        list(destination.tagged("Patient", "s", ["A"]))


def test_a_next_page_on_another_server_is_not_asked_for(server):
    destination, answers = server
    link = [{"relation": "next", "url": "https://elsewhere.example.org/r4?_getpages=1"}]
    answers.get(f"{BASE}/Patient", json=EMPTY | {"link": link})
    with pytest.raises(LoadError, match="lies on another server"):
        list(destination.tagged("Patient", "s", ["A"]))


@pytest.mark.parametrize("name", fhir_fixtures.patient_names())
def test_a_chart_refers_only_to_what_comes_with_it(name):
    chart = charts_on_servers([name], AS_OF)[name]
    there = {reference_to(resource) for resource in chart.resources}
    assert set(references(chart.resources)) <= there
    assert all(url.partition("/")[2].startswith("spine-cds-") for url in there)


def references(value):
    if isinstance(value, dict):
        value = [*value.values(), *([[value["reference"]]] if "reference" in value else [])]
    elif isinstance(value, list | tuple) and value and isinstance(value[0], str):
        yield from (v for v in value if "/" in v and v.count("/") == 1 and v[0].isupper())
        return
    if isinstance(value, list | tuple):
        for member in value:
            yield from references(member)


def test_the_days_of_a_chart_move_with_the_day_of_use():
    born = {
        day: next(r for r in charts_on_servers(["H01"], day)["H01"].resources)["birthDate"]
        for day in (AS_OF, AS_OF.replace(year=AS_OF.year + 1))
    }
    assert len(set(born.values())) == 2
