"""``make mutation``: a seeded sample of mutants of the reader and the imaging logic, by mutmut.

It prints the survivors and fails when there are more than the gate allows. What is mutated, and
which tests run, stands in pyproject.toml; the survivors are looked at in docs/mutation.md.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SAMPLE, SEED, MOST_SURVIVING = 400, 20260301, 0.15
SURVIVED = frozenset((0, 5, 33))  # pytest's code of success, and mutmut's where no test is run
ROOT = Path(__file__).parent.parent


def _verdicts() -> Mapping[str, int | None]:
    """Return the exit code of every mutant that was made; None for those that did not run."""
    found: dict[str, int | None] = {}
    for path in sorted((ROOT / "mutants").rglob("*.meta")):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def _mutmut(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    return subprocess.run(  # noqa: S603 - our own tool, with names that it made itself
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )


def main() -> None:
    """Make all mutants, run a sample of them, print the survivors with their change."""
    _mutmut("run", "none of them")  # makes the mutants and learns which test runs which function
    made = sorted(_verdicts())
    chosen = random.Random(SEED).sample(made, SAMPLE)  # noqa: S311 - a sample, no secret
    done = _mutmut("run", *chosen)
    verdicts = _verdicts()
    missing = [name for name in chosen if verdicts[name] is None]
    survivors = [name for name in chosen if verdicts[name] in SURVIVED]
    for name in survivors:
        print(_mutmut("show", name).stdout)
    share = len(survivors) / SAMPLE
    print(f"{len(made)} mutants, {SAMPLE} run, {len(survivors)} survived ({share:.1%})")
    if missing:
        print(done.stdout[-2_000:], done.stderr[-2_000:])
    sys.exit(bool(missing) or share > MOST_SURVIVING)


if __name__ == "__main__":
    main()
