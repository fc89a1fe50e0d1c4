"""Fuzz a real server by its own document: ``make fuzz-schema``, or with ``CASES=50`` a little."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import fhir_fixtures
from cds_service.demo import running_server

ADJUSTMENTS = Path(__file__).with_name("adjustments.py")
OPTIONS = ("--checks=all", "--phases=coverage,fuzzing", "--continue-on-failure", "--no-color",
           "--generation-database=none")  # fmt: skip


def main(schemathesis: str, cases: str) -> int:
    """Return 0 when every answer was one that the document announces, and none a defect."""
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": str(ADJUSTMENTS)}
    with (
        TemporaryDirectory() as cache,
        running_server(VALUE_SETS=str(fhir_fixtures.VALUE_SETS)) as base,
    ):
        command = [schemathesis, "run", f"{base}/openapi.json", f"--max-examples={cases}", *OPTIONS]
        return subprocess.run(  # noqa: S603 - the tool that make installed
            command, cwd=cache, env=environ, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).absolute()), sys.argv[2]))
