"""The files of ``deploy/``: each is checked by what reads it, and each check by a planted fault.

A check is a function ``problems(folder)``: it returns what is wrong with the files of a folder that
is laid out as ``deploy/``, one line each, and nothing when all is well.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
TOOLS = ROOT / "build" / "tools"


def required(program, where):
    """Return the path of a program; without it the test is skipped, and fails in CI."""
    found = shutil.which(program, path=f"{TOOLS}:{os.environ['PATH']}:/usr/sbin")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"{program} is missing, and CI shows nothing without it: {where}")
    if found is None:
        pytest.skip(f"{program} is missing: {where}")
    return found


def our_tool(name):
    """Return the command of a tool that is installed with the project's tests."""
    return str(Path(sys.executable).with_name(name))


def run(*command):
    """Return what a command printed when it failed; else nothing."""
    done = _done(command)
    return [] if done.returncode == 0 else [*(done.stdout + done.stderr).splitlines(), "failed"]


def said_by(*command):
    """Return what a command printed, whether it failed or not."""
    done = _done(command)
    return (done.stdout + done.stderr).splitlines()


def _done(command):
    return subprocess.run(  # noqa: S603 - fixed programs
        [str(part) for part in command], capture_output=True, text=True, check=False
    )


def planted(folder, file, text, fault):
    """Return a copy of ``deploy/`` in a folder, with a text of one file replaced by a fault."""
    copy = folder / "deploy"
    shutil.copytree(DEPLOY, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = (copy / file).read_text(encoding="utf-8")
    assert text in before, f"{file} no longer says: {text}"
    (copy / file).write_text(before.replace(text, fault), encoding="utf-8")
    return copy
