"""The supply chain: bandit over the code, pip-audit over the lock file, and the parts list.

``python -m tests.audit`` writes build/sbom.json (CycloneDX: what the product runs on) and ends with
1 when there is a finding. A vulnerability service that does not answer is said, and is no finding.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).parent.parent
CODE = ("cds_service", "hooks", "fhir_fixtures", "deploy")
RUNTIME, DEVELOPMENT = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
SBOM = ROOT / "build" / "sbom.json"
_PIN = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Locked(NamedTuple):
    """One pinned package of a lock file, with the hashes of its files."""

    name: str
    version: str
    hashes: tuple[str, ...]


def locked(lock: Path) -> Iterator[Locked]:
    """Yield the packages of a lock file; those for other platforms as well."""
    text = lock.read_text(encoding="utf-8")
    pins = list(_PIN.finditer(text))
    ends = [pin.start() for pin in pins[1:]] + [len(text)]
    for pin, end in zip(pins, ends, strict=True):
        yield Locked(pin[1], pin[2], tuple(_HASH.findall(text, pin.start(), end)))


def parts_list(packages: Iterator[Locked]) -> str:
    """Return the packages as a CycloneDX document."""
    bom = Bom()
    bom.metadata.component = Component(name="spine-cds", type=ComponentType.APPLICATION)
    for name, version, hashes in packages:
        bom.components.add(
            Component(
                name=name,
                version=version,
                type=ComponentType.LIBRARY,
                purl=PackageURL("pypi", None, name, version),
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in hashes],
            )
        )
    bom.register_dependency(bom.metadata.component, bom.components)
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)


def known_holes(report: dict[str, Any]) -> list[str]:
    """Return a line for each known vulnerability that pip-audit reports."""
    return [
        f"{found['name']} {found['version']}: {hole['id']}, fixed in {hole['fix_versions']}"
        for found in report["dependencies"]
        for hole in found.get("vulns", ())
    ]


def not_audited(report: dict[str, Any]) -> int:
    """Return for how many packages the vulnerability service had no answer."""
    return sum("skip_reason" in found for found in report["dependencies"])


def _tool(*command: str) -> subprocess.CompletedProcess[str]:
    module, *arguments = command
    return subprocess.run(  # noqa: S603 - our own tools, with fixed arguments
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def _has_holes() -> bool:
    """Whether pip-audit knows a vulnerability; says what it knows."""
    options = ("--disable-pip", "--require-hashes", "--progress-spinner", "off", "-f", "json")
    done = _tool("pip_audit", *options, "-r", str(DEVELOPMENT))
    try:
        report = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        click.echo(f"pip-audit: NOT AUDITED, it could not ask: {last}")
        return False
    holes, skipped = known_holes(report), not_audited(report)
    total = len(report["dependencies"])
    if skipped:
        click.echo(
            f"pip-audit: NOT AUDITED: the vulnerability service had no answer for {skipped} of "
            f"{total} packages; run this where it can be reached"
        )
    if holes or skipped < total:
        said = "\n".join(holes) or f"pip-audit: nothing known about {total - skipped} packages"
        click.echo(said)
    return bool(holes)


def main() -> int:
    """Return 1 when there is a finding."""
    SBOM.parent.mkdir(exist_ok=True)
    SBOM.write_text(parts_list(locked(RUNTIME)), encoding="utf-8")
    click.echo(f"parts list: {SBOM.relative_to(ROOT)}")
    bandit = _tool("bandit", "-q", "-r", *CODE)
    click.echo(bandit.stdout or "bandit: no finding")
    return int(bool(bandit.returncode) | _has_holes())


if __name__ == "__main__":
    sys.exit(main())
