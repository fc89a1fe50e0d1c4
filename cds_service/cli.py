"""``spine-cds``: serve, demo, assess, migrate, report, retention, load, criteria and validate."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
import orjson
from flask import Flask
from rich.console import Console
from rich.progress import Progress

from cds_service import audit
from cds_service.app import assemble, deploy, trusted_clients
from cds_service.demo import discover, first_card, running_server
from cds_service.engine.content import load_content
from cds_service.engine.registry import Registry
from cds_service.engine.service import CDSService
from cds_service.engine.sheet import review_sheet
from cds_service.load import FhirDestination
from cds_service.observability.processes import counted_together
from cds_service.protocol.errors import ProtocolError
from cds_service.protocol.invocation import NO_CARDS, answer
from cds_service.refusals import says_what_is_wrong
from cds_service.services import find_services
from cds_service.settings import Settings
from cds_service.store.opening import open_store, prepare_store
from cds_service.store_commands import migrate, report, retention
from cds_service.terminal_card import print_answer

DATE = click.DateTime(["%Y-%m-%d"])
DEMO_REQUEST = "removal-solid-fusion"  # of fhir_fixtures
FILE_OR_FOLDER = click.Path(exists=True, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def main() -> None:
    """CDS Hooks service for removal of spinal hardware and revision of lumbar fusion."""


@main.command()
@click.option(
    "--server",
    type=click.Choice(["gunicorn", "granian"]),
    default="gunicorn",
    show_default=True,
    help="granian is faster and needs the extra of that name.",
)
@says_what_is_wrong
def serve(server: str) -> None:
    """Serve the CDS services; settings are environment variables SPINE_CDS_…."""
    from cds_service.server import Server, tried

    settings = Settings.from_environ()
    audit.configure(settings.log_level)  # before anything has something to say
    read_files = partial(_read_files, settings, find_services())
    make_app = tried(read_files)  # what cannot be honoured stops us here, not in a worker
    prepare_store(settings)
    click.echo(f"CDS services at {settings.url}/cds-services", err=True)
    with counted_together():
        if server == "granian":
            from cds_service.granian_server import run

            run(settings)
        else:
            Server(settings, read_files, make_app).run()


def _read_files(settings: Settings, services: Sequence[CDSService]) -> Callable[[], Flask]:
    """Read the files of the settings, and return what makes an application of what they hold."""
    deployment, clients = deploy(settings, services), trusted_clients(settings)
    return lambda: assemble(settings, deployment, clients, open_store(settings))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the answer as it goes over the wire.")
@says_what_is_wrong
def demo(as_json: bool) -> None:
    """Serve, fire one order-sign from the fixtures at it, and print the card."""
    import fhir_fixtures

    request = fhir_fixtures.load_request(DEMO_REQUEST, datetime.now(UTC).date())
    with running_server(VALUE_SETS=str(fhir_fixtures.VALUE_SETS)) as base:
        services = discover(base)
        service_id, answered = first_card(base, services, request)
    if as_json:
        click.echo(orjson.dumps(answered, option=orjson.OPT_INDENT_2))
        return
    console = Console()
    console.print(f"GET  {base}/cds-services")
    for service in services:
        console.print(f"     {service['hook']:<12} {service['id']}")
    console.print(f"POST {base}/cds-services/{service_id}")
    console.print(f"     {_described(request)}")
    print_answer(console, answered)
    console.print("The whole answer as JSON: spine-cds demo --json")


def _described(request: dict[str, Any]) -> str:
    context = request["context"]
    orders = [entry["resource"] for entry in context["draftOrders"]["entry"]]
    codes = [c.get("code", "?") for o in orders for c in o.get("code", {}).get("coding", ())]
    keys = ", ".join(request.get("prefetch", {}))
    return f"orders {', '.join(codes)} for patient {context['patientId']}; prefetch: {keys}"


@main.command()
@click.argument("request_file", metavar="REQUEST.json", type=FILE)
@click.option("--as-of", type=DATE, help="Judge as of this date (YYYY-MM-DD), not today.")
@click.option("--service", "service_id", help="The service to ask; the first that answers if none.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as it goes over the wire.")
@says_what_is_wrong
def assess(
    request_file: Path, as_of: datetime | None, service_id: str | None, as_json: bool
) -> None:
    """Answer one request without a server."""
    day = as_of.date() if as_of else None
    deployment = deploy(Settings.from_environ(), find_services(), (lambda: day) if day else None)
    body = request_file.read_bytes()
    answered = NO_CARDS
    for service in _candidates(deployment.services, service_id, body):
        try:
            answered = answer(service, body, deployment)
        except ProtocolError as error:
            raise click.ClickException(f"{error.status} {error.path} {error}") from error
        if answered != NO_CARDS:
            break
    if as_json:
        click.echo(answered)
    else:
        print_answer(Console(), orjson.loads(answered))


def _candidates(services: Registry, service_id: str | None, body: bytes) -> list[CDSService]:
    """Return the named service, or all that the request's hook is for."""
    if service_id is not None:
        return [_named(services, service_id)]
    try:
        hook = orjson.loads(body)["hook"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise click.ClickException("the file holds no CDS Hooks request") from None
    found = [service for service in services if service.hook == hook]
    if not found:
        raise click.ClickException("there is no service for the hook of this request")
    return found


def _named(services: Registry, service_id: str) -> CDSService:
    service = services.get(service_id)
    if service is None:
        known = ", ".join(s.id for s in services)
        raise click.ClickException(f"there is no service {service_id}; known: {known}")
    return service


@main.command()
@click.argument("fhir_base")
@click.argument("patients", nargs=-1, metavar="[PATIENT]…")
@click.option("--delete", is_flag=True, help="Take the patients off the server again.")
@says_what_is_wrong
def load(fhir_base: str, patients: Sequence[str], delete: bool) -> None:
    """Put synthetic patients on the FHIR R4 server at FHIR_BASE; all when none is named.

    Their ids begin with spine-cds-, their dates are moved to today, and every resource is tagged.
    Done twice it changes nothing more.
    """
    import fhir_fixtures
    from fhir_fixtures.on_servers import TAG_SYSTEM, charts_on_servers

    names = [_fixture(name, fhir_fixtures.patient_names()) for name in patients]
    charts = charts_on_servers(names or fhir_fixtures.patient_names(), datetime.now(UTC).date())
    console = Console()
    with FhirDestination(fhir_base) as server, Progress(console=console) as progress:
        kinds = progress.track(fhir_fixtures.RESOURCE_TYPES, description="looking what is there")
        found = {url for kind in kinds for url in server.tagged(kind, TAG_SYSTEM, charts)}
        doing = "taking off" if delete else "loading"
        for chart in progress.track(charts.values(), description=doing):
            for step in chart.removal(found) if delete else chart.arrival(found):
                server.send(step)
    for name, chart in charts.items():
        console.print(f"{name}  {'taken off' if delete else chart.patient_id}  {chart.story}")


def _fixture(name: str, known: list[str]) -> str:
    if name.upper() not in known:
        raise click.ClickException(f"there is no patient {name}; known: {', '.join(known)}")
    return name.upper()


@main.command()
@click.argument("service_id", required=False, metavar="[SERVICE]")
@says_what_is_wrong
def criteria(service_id: str | None) -> None:
    """Print the criteria with their sources, as Markdown for clinical review."""
    deployment = deploy(Settings.from_environ(), find_services())
    services = deployment.services
    shown = [_named(services, service_id)] if service_id else list(services)
    click.echo("\n".join(review_sheet(service, deployment.content) for service in shown), nl=False)


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=FILE_OR_FOLDER)
@says_what_is_wrong
def validate(files: Sequence[Path]) -> None:
    """Check FHIR resources, Bundles, ValueSets (JSON or YAML), scenarios and trusted clients.

    A folder is checked as one that SPINE_CDS_VALUE_SETS names.
    """
    from cds_service.fhir.validation import problems_in, problems_together

    content = load_content(folder for service in find_services() for folder in service.content)
    problems = [problem for path in files for problem in problems_in(path, content)]
    problems += problems_together(files, content)
    for problem in problems:
        click.echo(problem)
    if problems:
        sys.exit(1)
    checked = sum(len(list(path.iterdir())) if path.is_dir() else 1 for path in files)
    click.echo(f"{checked} valid")


for command in (migrate, report, retention):
    main.add_command(command)


if __name__ == "__main__":
    main()
