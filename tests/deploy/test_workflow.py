"""The CI workflow (faults.md, N-06) runs what the desk runs."""

import re

import pytest
import yaml

from tests.deploy import ROOT, our_tool, run

WORKFLOW = ROOT / ".github/workflows/ci.yml"


def problems(path):
    """Return what N-06 misses in a workflow, and what the schema of workflows says of it."""
    found = run(our_tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", path)
    workflow = yaml.safe_load(path.read_text())
    job = workflow["jobs"]["ci"]
    if job["steps"][-1].get("run") != "bash .ci/run":
        found.append("runs something else than .ci/run")
    if job["steps"][-1].get("env") != {"CI": "true"}:
        found.append("skips what is missing")
    if workflow.get("permissions") != {"contents": "read"}:
        found.append("may write")
    if job.get("timeout-minutes") != 90:
        found.append("may run for ever")
    return found


def test_the_workflow_is_as_required():
    assert problems(WORKFLOW) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("bash .ci/run", "make test"),
        ('env: {CI: "true"}', "env: {}"),
        ("contents: read", "contents: write"),
        ("runs-on:", "runs_on:"),
    ],
)
def test_a_planted_fault_is_reported(tmp_path, text, fault):
    copy = tmp_path / "ci.yml"
    before = WORKFLOW.read_text()
    assert text in before
    copy.write_text(before.replace(text, fault))
    assert problems(copy) != []


def test_everything_that_ci_makes_can_be_made():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    lines = (ROOT / ".ci/run").read_text().splitlines()
    made = [line.split(">")[0].split()[1:] for line in lines if line.startswith("make ")]
    assert {word for words in made for word in words if "=" not in word} <= targets
    assert ["packages"] in made
