"""The report as one page of HTML that needs nothing else: no script, no font, no other host."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from cds_service.report.figures import Figures
from cds_service.report.plots import plots
from cds_service.report.tables import Table, percent, tables
from cds_service.report.terminal import is_number

_STYLE = Path(__file__).with_name("page.css")
_HEAD = 'th scope="col"'
# What the page could load or run if something had slipped into it: nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(figures: Figures) -> str:
    """Return the page; every text in it is escaped."""
    drawn = plots(figures)
    period = figures.period
    whose = f"client {period.client}" if period.client else "all clients"
    title = f"spine-cds: {period.first} to {period.last}"
    sections = "\n".join(_section(t, drawn.get(t.id, "")) for t in tables(figures) if t.rows)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{_STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<header>
<h1>What the CDS services said, and what became of it</h1>
<p>{period.first} to {period.last} (UTC), {escape(whose)}</p>
<ul class="tiles">
{_tiles(figures)}
</ul>
</header>
<main>
{sections or "<p>Nothing happened.</p>"}
</main>
</body>
</html>
"""


def _tiles(figures: Figures) -> str:
    invocations = sum(s.invocations for s in figures.services)
    silent = sum(s.silent for s in figures.services)
    cards = sum(a.cards for a in figures.answers)
    accepted = sum(a.accepted for a in figures.answers)
    overridden = sum(a.overridden for a in figures.answers)
    slowest = max((t.p95 for t in figures.times if t.outcome == "card"), default=None)
    told = (
        ("invocations", f"{invocations:,}"),
        ("silent", f"{percent(silent, invocations)} %"),
        ("cards shown", f"{cards:,}"),
        ("accepted", f"{percent(accepted, cards)} %"),
        ("overridden", f"{percent(overridden, cards)} %"),
        ("p95 with a card, slowest service", "–" if slowest is None else f"{slowest:.0f} ms"),
    )
    return "\n".join(f"<li><b>{number}</b> {label}</li>" for label, number in told)


def _section(table: Table, plot: str) -> str:
    figure = f'<div class="plot">{plot}</div>' if plot else ""
    kind = "both" if plot else "alone"
    return f"""<section class="{kind}" aria-labelledby="{table.id}">
<h2 id="{table.id}">{escape(table.title)}</h2>
<p>{escape(table.says)}</p>
<div class="row">{figure}
<div class="table"><table aria-labelledby="{table.id}">
<thead><tr>{_cells(table.columns, table.rows[0], _HEAD)}</tr></thead>
<tbody>
{_rows(table)}
</tbody></table></div></div>
</section>"""


def _rows(table: Table) -> str:
    return "\n".join(f"<tr>{_cells(row, row, 'td')}</tr>" for row in table.rows)


def _cells(texts: Iterable[str], like: Iterable[str], tag: str) -> str:
    """Return cells; those of numbers stand to the right."""
    name, numbers = tag.split(maxsplit=1)[0], ("", ' class="n"')
    return "".join(
        f"<{tag}{numbers[is_number(each)]}>{escape(text)}</{name}>"
        for text, each in zip(texts, like, strict=True)
    )
