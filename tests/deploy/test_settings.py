"""What the files of ``deploy/`` and the runbook say about settings and files is so."""

import re

import pytest
import yaml

from cds_service import settings
from cds_service.secret_settings import SECRETS
from cds_service.security.trusted_clients import load_trusted_clients
from tests.deploy import DEPLOY, ROOT

RUNBOOK = ROOT / "docs/operations.md"
OVERLAYS = ("staging", "production")


def known():
    files = {f"{name}_FILE" for name in SECRETS}
    return {f"SPINE_CDS_{name}" for name in files | set(settings._READERS)}


def told(path):
    return set(re.findall(r"SPINE_CDS_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8")))


TELLING = [
    path
    for path in [*DEPLOY.rglob("*"), RUNBOOK]
    if path.is_file() and path.suffix not in (".pyc", ".lock")
]


@pytest.mark.parametrize("path", TELLING, ids=lambda path: path.name)
def test_every_variable_that_is_named_is_a_setting(path):
    assert told(path) <= known()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_clients_of_an_overlay_are_read_and_are_in_shadow_mode(overlay):
    path = DEPLOY / "kubernetes" / overlay / "clients.yaml"
    clients = list(load_trusted_clients(path, unchecked_as_card=False))
    assert [client.client.shadow for client in clients] == [True]


def of_overlay(overlay):
    lines = (DEPLOY / "kubernetes" / overlay / "settings.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def of_compose():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return compose["services"]["app"]["environment"] | {
        "SPINE_CDS_PUBLIC_URL": "https://cds.example.org"
    }


@pytest.mark.parametrize(
    "environ", [of_compose(), *map(of_overlay, OVERLAYS)], ids=["compose", *OVERLAYS]
)
def test_a_deployment_starts_with_its_settings(environ, tmp_path):
    """With the secrets and clients where they are expected; what they point to is not there."""
    secrets = {
        "database-url": "postgresql://u:p@h/d",
        "redis-url": "redis://h",
        "audit-key": 64 * "0",
    }
    secrets["comment-key"] = 43 * "A" + "="
    clients = (DEPLOY / "kubernetes/staging/clients.yaml").read_text()
    for name, text in {**secrets, "clients.yaml": clients}.items():
        (tmp_path / name).write_text(text)
    here = {n: re.sub(r"^/(run|etc)/.*/", f"{tmp_path}/", text) for n, text in environ.items()}
    made = settings.Settings.from_environ(here | {"SPINE_CDS_HOST": "cds"})
    assert made.clients == tmp_path / "clients.yaml"
    assert made.workers == 2


def test_every_link_and_every_file_of_the_runbook_is_there():
    text = RUNBOOK.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert (RUNBOOK.parent / target).exists(), target
    for path in re.findall(r"`(deploy/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
    headings = {
        re.sub("[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("##")
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= headings
