"""Environments of peers: made once, and their lack is said and not tried again."""

import pytest

from tests.benchmarks import peers
from tests.benchmarks.peers import NotToBeHadError, environment, health_chain


@pytest.fixture(autouse=True)
def nothing_is_remembered():
    environment.cache_clear()
    yield
    environment.cache_clear()


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """The packages that pip is asked for, and what it answers."""
    asked = {"packages": [], "problem": ""}

    def installed(python, package):
        asked["packages"].append(package)
        return asked["problem"]

    monkeypatch.setattr(peers, "_installed", installed)
    monkeypatch.setattr(peers, "BUILT", tmp_path)
    monkeypatch.setattr(peers.venv, "create", lambda folder, **_: folder.mkdir(exist_ok=True))
    return asked


def test_an_environment_is_made_once_for_all_runs(asked):
    python = health_chain()
    environment.cache_clear()  # as another run would find it
    assert health_chain() == python
    assert len(asked["packages"]) == 1


def test_what_cannot_be_installed_is_not_to_be_had_and_not_tried_again_in_this_run(asked):
    asked["problem"] = "no such package"
    for _ in range(2):
        with pytest.raises(NotToBeHadError, match="no such package"):
            health_chain()
    assert len(asked["packages"]) == 1


def test_another_run_tries_again(asked):
    asked["problem"] = "no such package"
    with pytest.raises(NotToBeHadError):
        health_chain()
    environment.cache_clear()
    asked["problem"] = ""
    assert health_chain().name == "python"
