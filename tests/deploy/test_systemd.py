"""The systemd units (faults.md, N-05), judged by systemd itself; nginx as its unit starts it."""

import json
import os
import re
import shlex
import socket
import subprocess
import time
from contextlib import closing, contextmanager, suppress

import pytest

from cds_service.demo import free_port
from tests.deploy import DEPLOY, planted, required, run, said_by
from tests.deploy.proxy import connected, laid_out

EXPOSURE = 2.0
REQUIRED = (
    "DynamicUser=yes",
    "User=spine-cds",
    "ProtectSystem=strict",
    "PrivateTmp=yes",
    "NoNewPrivileges=yes",
    "MemoryDenyWriteExecute=yes",
    "SystemCallFilter=@system-service",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    "CapabilityBoundingSet=",
    "StateDirectory=spine-cds",
    "LoadCredential=audit-key:",
    "MemoryMax=1G",
    "TimeoutStopSec=30",
    "Restart=on-failure",
)


def problems(deploy):
    """Return what N-05 misses in the unit, and what systemd says of it."""
    analyze = required("systemd-analyze", "apt-get install systemd")
    lines = (deploy / "spine-cds.service").read_text().splitlines()
    found = [f"not said: {part}" for part in REQUIRED if not any(x.startswith(part) for x in lines)]
    found += ["a capability is left"] * ("CapabilityBoundingSet=" not in lines)
    found += ["what fails first stops all cards"] * any(x.startswith("ExecStartPre") for x in lines)
    return found + systemd_problems(analyze, deploy, "spine-cds.service")


def systemd_problems(analyze, deploy, name):
    """Return what systemd says of a unit."""
    checked = deploy / "checked.service"
    # It also looks for the program, which is not installed where this is checked.
    unit = (deploy / name).read_text()
    checked.write_text(re.sub("/opt/spine-cds/bin/spine-cds|/bin/bash", "/bin/true", unit))
    found = said_by(analyze, "verify", "--man=no", checked)  # an unknown line is only a warning
    threshold = f"--threshold={int(EXPOSURE * 10)}"
    return found + run(analyze, "security", "--offline=true", "--no-pager", threshold, checked)


def unchanged(folder):
    return planted(folder, "spine-cds.service", "DynamicUser=yes", "DynamicUser=yes")


def test_the_unit_is_as_required(tmp_path):
    assert problems(unchanged(tmp_path)) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("CapabilityBoundingSet=\n", "CapabilityBoundingSet=CAP_SYS_ADMIN\n"),
        ("DynamicUser=yes", "User=root"),
        ("ProtectSystem=strict", "ProtectSystem=no"),
        ("MemoryDenyWriteExecute=yes", ""),
        ("SystemCallFilter=@system-service", "SystemCallFilter="),
        ("TimeoutStopSec=30", "TimeoutStopSec=3"),
        ("Restart=on-failure", "Restart=sometimes"),
        ("Type=exec", "Typ=exec"),
        ("/bin/spine-cds serve", "/bin/spine-cds-is-not-there serve"),
        ("ExecStart=", "ExecStartPre=/opt/spine-cds/bin/spine-cds migrate\nExecStart="),
    ],
)
def test_a_planted_fault_is_reported(tmp_path, text, fault):
    assert problems(planted(tmp_path, "spine-cds.service", text, fault)) != []


NOT_ON_OUR_LIST = ("ProtectK", "ProtectP", "ProtectC", "PrivateU", "PrivateD", "RestrictN", "Lock")


def test_what_is_not_on_our_list_counts_too(tmp_path):
    unit = unchanged(tmp_path) / "spine-cds.service"
    lines = unit.read_text().splitlines()
    unit.write_text("\n".join(line for line in lines if not line.startswith(NOT_ON_OUR_LIST)))
    found = problems(unit.parent)
    assert any("Overall exposure" in line for line in found)
    assert not any(line.startswith("not said") for line in found)


NGINX = "spine-cds-nginx.service"


def test_the_unit_of_nginx_is_sound_and_as_little_exposed(tmp_path):
    analyze = required("systemd-analyze", "apt-get install systemd")
    deploy = planted(tmp_path, NGINX, "DynamicUser=yes", "DynamicUser=yes")
    assert systemd_problems(analyze, deploy, NGINX) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("CapabilityBoundingSet=CAP_NET_BIND_SERVICE", "CapabilityBoundingSet=~"),
        ("KillSignal=", "KilSignal="),
    ],
)
def test_a_fault_planted_there_is_reported(tmp_path, text, fault):
    analyze = required("systemd-analyze", "apt-get install systemd")
    assert systemd_problems(analyze, planted(tmp_path, NGINX, text, fault), NGINX) != []


@contextmanager
def started(unit, folder):
    """Start nginx by the line of a unit, with a socket as its output as under systemd.

    Yields its process, the port of its TLS and the other end of the socket.
    """
    file, port = laid_out(DEPLOY, folder, free_port())
    file.write_text(file.read_text().replace(f"{folder}/access.log", "/dev/stdout"))
    line = re.search("^ExecStart=(.*)$", unit, re.MULTILINE)[1]
    line = line.replace("/etc/spine-cds/nginx/nginx.conf", str(file))
    line = line.replace("/usr/sbin/nginx", required("nginx", "apt-get install nginx-light"))
    as_root = "daemon off; user root;"  # the folders of pytest are ours
    line = line.replace("daemon off;", as_root) if os.geteuid() == 0 else line
    journal, theirs = socket.socketpair()
    with closing(journal), subprocess.Popen(shlex.split(line), stdout=theirs) as nginx:  # noqa: S603
        theirs.close()
        try:
            yield nginx, port, journal.makefile()
        finally:
            nginx.terminate()


def test_nginx_starts_by_its_unit_and_its_log_arrives_at_the_journal(tmp_path):
    with started((DEPLOY / NGINX).read_text(), tmp_path) as (nginx, port, journal):
        while nginx.poll() is None:
            with suppress(OSError), closing(connected(tmp_path, port)) as connection:
                connection.request("GET", "/none")
                assert connection.getresponse().status == 404
                break
            time.sleep(0.02)
        assert json.loads(journal.readline())["path"] == "/none"


def test_a_log_that_does_not_arrive_would_be_noticed(tmp_path):
    unit = (DEPLOY / NGINX).read_text()
    assert " > >(exec cat)" in unit
    with started(unit.replace(" > >(exec cat)", ""), tmp_path) as (nginx, *_):
        assert nginx.wait(20) != 0
