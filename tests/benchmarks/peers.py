"""Peers from the package index, each in a throw-away environment that is made once."""

from __future__ import annotations

import subprocess
import sys
import venv
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build" / "bench"
HEALTH_CHAIN = "healthchain==0.16.1"
INSTALL_SECONDS = 300


class NotToBeHadError(RuntimeError):
    """Something cannot be measured here; the message says why."""


def health_chain() -> Path:
    """Return the interpreter of an environment with HealthChain; NotToBeHadError without one."""
    python, problem = environment(HEALTH_CHAIN, BUILT)
    if problem:
        raise NotToBeHadError(problem)
    return python


@cache  # what could not be installed is not tried again in the same run
def environment(package: str, folder: Path) -> tuple[Path, str]:
    """Return the interpreter of the package's own environment, and why it cannot be used or ""."""
    own = folder / package
    python, marker = own / "bin" / "python", own / ".ready"
    if marker.exists():
        return python, ""
    venv.create(own, clear=True, with_pip=True)
    problem = _installed(python, package)
    if not problem:
        marker.touch()
    return python, problem


def _installed(python: Path, package: str) -> str:
    pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package)
    print(f"installing {package} …", file=sys.stderr)
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            pip, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"{package} was not installed in {INSTALL_SECONDS} s"
    if not done.returncode:
        return ""
    return f"{package} cannot be installed: {(done.stderr.strip().splitlines() or ['?'])[-1]}"
