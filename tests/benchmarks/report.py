"""The report: tables for a person, JSON for a program."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.figures import Figure
from tests.benchmarks.goals import ELSEWHERE, GOALS
from tests.benchmarks.sections import Cell, Section


def print_section(section: Section, console: Console) -> None:
    """Print one table with its notes."""
    table = Table(title=section.title, title_justify="left", title_style="bold")
    for number, name in enumerate(_columns(section.rows)):
        table.add_column(name, justify="right" if number else "left")
    for row in section.rows:
        table.add_row(*(_shown(row.get(name, "")) for name in _columns(section.rows)))
    if section.rows:
        console.print(table)
    for note in section.notes:
        console.print(f"  {note}", markup=False, highlight=False)


def print_goals(figures: Mapping[str, Figure], console: Console) -> None:
    """Print every goal beside what was measured, by the name of the figure."""
    table = Table(title="Goals", title_justify="left", title_style="bold")
    for name in ("what", "measured", "goal", ""):
        table.add_column(name)
    for goal in GOALS:
        found = figures.get(goal.figure)
        if found is not None:
            met = "met" if goal.is_met(found.value) else "not met"
            table.add_row(goal.figure, str(found), str(goal), met)
    console.print(table)
    lacking = dict.fromkeys(goal.figure for goal in GOALS if goal.figure not in figures)
    for name in (*lacking, *ELSEWHERE):
        console.print(f"  not measured: {name}", markup=False, highlight=False)


def write_json(sections: Iterable[Section], effort: str, path: Path) -> None:
    """Write everything that was printed, and on what it was measured."""
    shown = [_jsonable(section) for section in sections]
    figures = {name: figure for section in shown for name, figure in section["figures"].items()}
    goals = [
        asdict(goal) | {"measured": figures.get(goal.figure, {}).get("value")} for goal in GOALS
    ]
    report = {"effort": effort, "machine": machine(), "sections": shown, "goals": goals}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def machine() -> dict[str, str | int | float]:
    """Return what figures are worth nothing without: interpreter, cores, and other work."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "compiler": platform.python_compiler(),
        "cores": len(os.sched_getaffinity(0)),
        "load average": round(os.getloadavg()[0], 2),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _jsonable(section: Section) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(asdict(section)))
    return found


def _columns(rows: Iterable[Mapping[str, Cell]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _shown(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
