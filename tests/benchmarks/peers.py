"""Peers from the package index, each in a throw-away environment that is made once."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build" / "bench"
HEALTH_CHAIN = "healthchain==0.16.1"
INSTALL_SECONDS = 300


class NotToBeHadError(RuntimeError):
    """Something cannot be measured here; the message says why."""


def health_chain() -> Path:
    """Return the interpreter of an environment with HealthChain; NotToBeHadError without one."""
    folder = BUILT / HEALTH_CHAIN
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        venv.create(folder, clear=True, with_pip=True)
        _install(python, HEALTH_CHAIN)
        (folder / ".ready").touch()
    return python


def _install(python: Path, package: str) -> None:
    pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package)
    print(f"installing {package} …", file=sys.stderr)
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            pip, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotToBeHadError(f"{package} was not installed in {INSTALL_SECONDS} s") from None
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["pip did not say why"]
        raise NotToBeHadError(f"{package} cannot be installed: {last[0]}")
