"""What we depend on is pinned by hash, listed and audited; tests reach no other machine."""

import json
import socket
import tomllib

import pytest
from pytest_socket import SocketConnectBlockedError

from tests.audit import DEVELOPMENT, ROOT, RUNTIME, known_holes, locked, not_audited, parts_list


@pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT])
def test_every_package_is_pinned_with_the_hashes_of_its_files(lock):
    packages = list(locked(lock))
    lines = [line for line in lock.read_text().splitlines() if line[:1].isalnum()]
    assert len(packages) == len(lines) > 20
    assert all(package.hashes for package in packages)


def test_every_dependency_of_the_product_is_in_its_lock_file():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {text.partition(">")[0].partition("[")[0].lower() for text in project["dependencies"]}
    assert {name.replace(".", "-") for name in named} <= {
        package.name for package in locked(RUNTIME)
    }


def test_the_lock_files_name_no_host():
    for lock in (RUNTIME, DEVELOPMENT):
        assert "://" not in lock.read_text()


def test_the_parts_list_holds_every_package_with_its_hashes():
    listed = json.loads(parts_list(locked(RUNTIME)))
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    assert {(c["name"], c["version"]) for c in listed["components"]} == {
        (package.name, package.version) for package in locked(RUNTIME)
    }
    assert all(c["hashes"] and c["purl"].startswith("pkg:pypi/") for c in listed["components"])


def test_a_known_hole_is_a_finding_and_an_unanswered_question_is_none():
    report = {
        "dependencies": [
            {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]},
            {"name": "b", "version": "1", "vulns": []},
            {"name": "c", "skip_reason": "not found"},
        ]
    }
    assert known_holes(report) == ["a 1: CVE-1, fixed in ['2']"]
    assert not_audited(report) == 1


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("10.0.0.1", 443), ("169.254.169.254", 80)])
def test_no_test_reaches_beyond_this_machine(address):
    with pytest.raises(SocketConnectBlockedError):
        socket.create_connection(address, timeout=0.1)
