"""``make bench``: what everything costs, side by side in one run. It measures; it does not judge.

The exit code is 0 whatever was found, also when something could not be measured: the report says
so. Only ratios within one run mean anything.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from rich.console import Console

from tests.benchmarks.fhir_access import fhir_access
from tests.benchmarks.figures import Figure
from tests.benchmarks.footprint import footprint
from tests.benchmarks.growth import growth
from tests.benchmarks.in_process import in_process
from tests.benchmarks.irrelevant_orders import irrelevant_orders
from tests.benchmarks.load import load
from tests.benchmarks.over_http import over_http
from tests.benchmarks.peers import BUILT
from tests.benchmarks.product import log_to_a_sink
from tests.benchmarks.report import machine, print_goals, print_section, write_json
from tests.benchmarks.sections import FULL, QUICK, Effort, Section

Question: TypeAlias = Callable[[Effort], Iterator[Section]]

QUESTIONS: dict[str, Question] = {
    "in-process": in_process,
    "http": over_http,
    "irrelevant": irrelevant_orders,
    "fhir": fhir_access,
    "footprint": footprint,
    "growth": growth,
    "load": load,
}
WIDTH = 150  # of a table where no terminal says how wide it is


def main() -> None:
    """Print the tables and the goals, and write the JSON."""
    arguments = _arguments()
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(" · ".join(f"{name} {value}" for name, value in machine().items()))
    effort = QUICK if arguments.quick else FULL
    sections: list[Section] = []
    with log_to_a_sink():
        for name in arguments.only or QUESTIONS:
            start = time.monotonic()
            for section in _answers(name, effort):
                print_section(section, console)
                sections.append(section)
            console.print(f"[dim]{name}: {time.monotonic() - start:.0f} s[/dim]\n")
    figures: dict[str, Figure] = {n: f for section in sections for n, f in section.figures.items()}
    print_goals(figures, console)
    write_json(sections, "quick" if arguments.quick else "full", arguments.json)
    console.print(f"written: {arguments.json}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small part: shows that it runs")
    parser.add_argument("--json", type=Path, default=BUILT.with_suffix(".json"), metavar="FILE")
    parser.add_argument(
        "--only", action="append", choices=QUESTIONS, help="one question; may be repeated"
    )
    return parser.parse_args()


def _answers(name: str, effort: Effort) -> Iterator[Section]:
    """Yield the sections of one question; what cannot be measured is a section that says why."""
    try:
        yield from QUESTIONS[name](effort)
    except Exception as error:  # the other questions are still answered
        yield Section(name, notes=(f"{name}: not measured: {type(error).__name__}: {error}",))


if __name__ == "__main__":
    main()
