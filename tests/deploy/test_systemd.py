"""The systemd unit (faults.md, N-05), judged by systemd itself."""

import pytest

from tests.deploy import planted, required, run, said_by

EXPOSURE = 2.0
REQUIRED = (
    "DynamicUser=yes",
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
    checked = deploy / "checked.service"
    # systemd also looks for the program, which is not installed where this is checked.
    unit = (deploy / "spine-cds.service").read_text()
    checked.write_text(unit.replace("/opt/spine-cds/bin/spine-cds", "/bin/true"))
    found += said_by(analyze, "verify", "--man=no", checked)  # an unknown line is only a warning
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
