"""The report in a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table as Drawn
from rich.text import Text
from sqlalchemy import Row

from cds_service.report.figures import Figures
from cds_service.report.one_line import one_line
from cds_service.report.tables import Table, tables
from cds_service.store.comments import Comments


def print_report(console: Console, figures: Figures) -> None:
    """Print every table that has rows."""
    period = figures.period
    whose = f", client {period.client}" if period.client else ""
    console.print(Text(f"{period.first} to {period.last} (UTC){whose}", style="bold"))
    shown = [table for table in tables(figures) if table.rows]
    if not shown:
        console.print("Nothing happened.")
    for table in shown:
        console.print()
        console.print(_drawn(table))
        console.print(Text(table.says, style="dim"))


def print_comments(console: Console, rows: Iterable[Row[Any]], comments: Comments) -> None:
    """Print what clinicians wrote, which may name patients, with when and about which service."""
    for row in rows:
        text = comments.read(row.comment, row.comment_form) or "(no key opens it)"
        moment = row.outcome_at.isoformat(timespec="minutes")
        console.print(Text(f"{moment}  {row.service}  {row.outcome}: {one_line(text)}"))


def _drawn(table: Table) -> Drawn:
    drawn = Drawn(title=Text(table.title), title_justify="left", box=box.SIMPLE_HEAD)
    numbers = _number_columns(table)
    for place, column in enumerate(table.columns):
        drawn.add_column(column, justify="right" if place in numbers else "left", overflow="fold")
    for row in table.rows:
        drawn.add_row(*(Text(cell) for cell in row))  # as text: no markup of what clients sent
    return drawn


def _number_columns(table: Table) -> frozenset[int]:
    return frozenset(
        place for place in range(len(table.columns)) if is_number(table.rows[0][place])
    )


def is_number(cell: str) -> bool:
    """Whether a cell holds a number or stands for a missing one."""
    return cell == "–" or cell.replace(",", "").replace(".", "", 1).isdigit()
