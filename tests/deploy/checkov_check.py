"""checkov over manifests and Dockerfile, from an environment of its own: ``make deploy-check``."""

import json
import subprocess

import pytest

from tests.deploy import DEPLOY, TOOLS, planted, required

# The base is an argument without default, to be given with its digest; checkov sees no tag in it.
SKIPPED = "CKV_DOCKER_7"


def failures(framework, path):
    """Return the checks that failed; all of them must have been of something."""
    checkov = required(str(TOOLS / "checkov/bin/checkov"), "make deploy-check")
    command = [checkov, "--skip-download", "--output=json", f"--skip-check={SKIPPED}"]
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [*command, f"--framework={framework}", "--file", path], capture_output=True, text=True
    )
    report = json.loads(done.stdout)
    assert report["summary"]["passed"] > 20
    return [check["check_id"] for check in report["results"]["failed_checks"]]


def manifests(deploy, overlay, folder):
    kustomize = required("kustomize", "make deploy-tools, which needs Go")
    path = folder / "manifests.yaml"
    with path.open("wb") as out:
        subprocess.run(  # noqa: S603 - fixed arguments
            [kustomize, "build", deploy / "kubernetes" / overlay], stdout=out, check=True
        )
    return path


@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_checkov_finds_nothing_in_the_manifests(overlay, tmp_path):
    assert failures("kubernetes", manifests(DEPLOY, overlay, tmp_path)) == []


def test_checkov_finds_nothing_in_the_dockerfile():
    assert failures("dockerfile", DEPLOY / "Dockerfile") == []


def test_checkov_finds_a_planted_fault_in_the_manifests(tmp_path):
    deploy = planted(tmp_path, "kubernetes/base/deployment.yaml", "drop: [ALL]", "add: [SYS_ADMIN]")
    assert failures("kubernetes", manifests(deploy, "staging", tmp_path)) != []


def test_checkov_finds_a_planted_fault_in_the_dockerfile(tmp_path):
    deploy = planted(tmp_path, "Dockerfile", "USER 10001:10001\n", "USER root\n")
    assert failures("dockerfile", deploy / "Dockerfile") != []
