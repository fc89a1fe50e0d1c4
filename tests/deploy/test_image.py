"""The Dockerfile (faults.md, N-02) as it is written; ``make deploy-check`` builds and runs it."""

import pytest

from tests.deploy import DEPLOY, ROOT, our_tool, planted, run

FINAL = (
    "USER 10001:10001",
    'CMD ["spine-cds", "serve"]',
    'CMD ["python", "/opt/spine-cds/health.py"]',
    "HEALTHCHECK ",
)


def problems(deploy):
    """Return what N-02 misses in the Dockerfile, and what hadolint says of it."""
    text = (deploy / "Dockerfile").read_text()
    found = run(our_tool("hadolint"), deploy / "Dockerfile")
    lines = [line.strip() for line in text.splitlines() if not line.startswith("#")]
    bases = [line for line in lines if line.startswith("FROM")]
    if bases != ["FROM ${BASE} AS build", "FROM ${BASE}"] or "ARG BASE" not in lines:
        found.append("another base, or one that nobody has pinned")
    installs = [line for line in lines if "pip install" in line and "--no-index" not in line]
    found += [
        f"not locked: {line}" for line in installs if "--require-hashes --no-deps" not in line
    ]
    found += [f"fetched: {line}" for line in lines if line.startswith("ADD") or "http" in line]
    final = text[text.rindex("FROM ") :]
    found += [f"not said: {part}" for part in FINAL if part not in final]
    names = [word.split("=")[0] for line in lines for word in line.split() if "=" in word]
    return found + [f"a secret: {n}" for n in names if n.endswith(("TOKEN", "PASSWORD", "_KEY"))]


def test_the_dockerfile_is_as_required():
    assert problems(DEPLOY) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("FROM ${BASE}\n", "FROM python:3.11-slim-bookworm\n"),
        ("ARG BASE\n", "ARG BASE=python:latest\n"),
        ("--require-hashes --no-deps --requirement req", "--requirement req"),
        ("COPY deploy/health.py ", "ADD https://example.org/health.py "),
        ("USER 10001:10001\n", ""),
        ('CMD ["spine-cds", "serve"]', "CMD spine-cds serve"),
        ("HEALTHCHECK --interval=10s --timeout=3s", "# HEALTHCHECK"),
        ("    SPINE_CDS_PORT=8080 ", "    SPINE_CDS_AUDIT_KEY=abc "),
        ("WORKDIR /src", "WORKDIR src"),
    ],
)
def test_a_planted_fault_is_reported(tmp_path, text, fault):
    assert problems(planted(tmp_path, "Dockerfile", text, fault)) != []


def test_what_builds_the_wheel_is_locked_as_it_is_at_the_desk():
    wanted = locked(DEPLOY / "build.lock")
    assert {"--hash" in line for line in wanted} == {True, False}
    assert wanted <= locked(ROOT / "requirements-dev.lock"), "make lock"


def locked(path):
    """The versions and hashes of a lock file, without where they are wanted."""
    lines = (line for line in path.read_text().splitlines() if "#" not in line)
    return {line.partition(" ;")[0].strip(" \\") for line in lines}


def test_what_runs_is_locked_with_the_versions_that_are_tested_extras_included():
    with_extras = locked(ROOT / "requirements-extras.lock")
    assert locked(ROOT / "requirements.lock") <= with_extras, "make lock"
    assert with_extras <= locked(ROOT / "requirements-dev.lock"), "make lock"
    names = {line.split("==")[0] for line in with_extras}
    assert names >= {"granian", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"}


def test_nothing_but_what_is_copied_gets_near_the_image():
    let_in = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = set()
    for line in (DEPLOY / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY") and "--from" not in line:
            copied |= set(line.split()[1:-1])
    assert let_in == copied
