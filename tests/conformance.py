"""The public conformance checker against the real server: ``python -m tests.conformance [FILE]``.

It runs twice for each service: with everybody let in, and with signed calls of a trusted client.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from cds_service.demo import free_port, running_server

ROOT = Path(__file__).parent.parent
CHECKER = ROOT.parent / "shared" / "cdshooks_check.py"
REQUESTS = {
    "spinal-hardware-removal": "removal-solid-fusion",
    "spinal-fusion-revision": "revision-nonunion",
}
LEVEL = ("--level", "should", "--require-feedback")
ISSUER = "https://cdshooks-check.example"
# Without trusted clients the contract's rule 9 holds: wrong-patient, and the rest is judged.
OPEN_ONLY = ("SAFE-02",)


def main(arguments: list[str]) -> int:
    """Return 0 when nothing that is in scope failed; without an argument a missing checker is fine.

    No variable of the environment names the checker: those of our prefix are settings, and refused.
    """
    checker = Path(arguments[0]) if arguments else CHECKER
    if not checker.is_file():
        said = "no such file" if arguments else "skipped (make conformance CHECKER=path)"
        click.echo(f"there is no checker at {checker}: {said}")
        return len(arguments)
    import fhir_fixtures

    failed = False
    for service_id, name in REQUESTS.items():
        request = fhir_fixtures.load_request(name, datetime.now(UTC).date())
        for way in (_open, _signed):
            with way() as (base, options):
                failed = _fails(checker, base, service_id, request, options) or failed
    return int(failed)


@contextmanager
def _open() -> Iterator[tuple[str, list[str]]]:
    import fhir_fixtures

    with running_server(VALUE_SETS=str(fhir_fixtures.VALUE_SETS)) as base:
        yield base, []


@contextmanager
def _signed() -> Iterator[tuple[str, list[str]]]:
    """Run the server for one trusted client, the checker, and its FHIR server."""
    import fhir_fixtures

    keys, fhir = free_port(), free_port()
    client = {
        "name": "checker",
        "issuer": ISSUER,
        "jku": f"http://127.0.0.1:{keys}/jwks.json",
        "fhir_servers": [f"http://127.0.0.1:{fhir}", f"http://127.0.0.1:{fhir}/fhir"],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump({"clients": [client]}, file)  # which is YAML, too
        file.flush()
        settings = {"CLIENTS": file.name, "CORS_ORIGINS": "https://sandbox.cds-hooks.org"}
        with running_server(VALUE_SETS=str(fhir_fixtures.VALUE_SETS), **settings) as base:
            yield (
                base,
                [
                    *("--jwt-generate", "--auth-required", "--jwt-iss", ISSUER),
                    *("--jwks-port", str(keys), "--fhir-stub-port", str(fhir)),
                    *("--origin", "https://sandbox.cds-hooks.org"),
                ],
            )


def _fails(
    checker: Path, base: str, service_id: str, request: dict[str, object], options: list[str]
) -> bool:
    """Run the checker for one service and print what it found."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(request, file)
        file.flush()
        about = ["--base", base, "--service", service_id, "--request", file.name]
        command = [sys.executable, str(checker), *about, *LEVEL, "--quiet", *options]
        run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    lines = run.stdout.splitlines()
    failures = [line for line in lines if line.startswith("FAIL ")]
    for line in failures:
        click.echo(line)
    signed = " (signed)" if options else ""
    click.echo(f"{service_id}{signed}: {lines[-1] if lines else run.stderr.strip() or 'no answer'}")
    excepted = () if options else OPEN_ONLY
    in_scope = [line for line in failures if not line.split()[1].startswith(excepted)]
    return bool(in_scope) or not lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
