"""The plots of the page: SVG by pygal, without scripts; the tables beside them say the same."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from html import escape
from itertools import cycle
from typing import Any

import pygal
from pygal.style import Style

from cds_service.report.figures import Counted, Figures

# pygal leaves an import hook of Python 2 behind, of which every later import would warn.
sys.meta_path[:] = [hook for hook in sys.meta_path if type(hook).__module__ != pygal.__name__]

BARS = 12  # of a ranking
# Okabe and Ito: told apart with every kind of colour vision.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#F0E442")
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#3c4043",
    foreground_strong="#202124",
    foreground_subtle="#5f6368",
    guide_stroke_color="#dadce0",
    major_guide_stroke_color="#dadce0",
    opacity="1",
    opacity_hover="1",
    colors=COLOURS,
    font_family=_FONT,
    label_font_size=13,
    major_label_font_size=13,
    legend_font_size=14,
    value_font_size=12,
    no_data_font_size=18,
)
Series = dict[str, list[float]]


def plots(figures: Figures) -> dict[str, str]:
    """Return the plots with their legends, by the id of the table that each goes with."""
    return {name: make(figures) for name, make in _PLOTS.items()}


def _weeks(figures: Figures) -> str:
    mondays = sorted({week.monday for week in figures.weeks})
    series: Series = defaultdict(lambda: [0] * len(mondays))
    for week in figures.weeks:
        series[week.service][mondays.index(week.monday)] += week.cards
    labels = [monday.isoformat() for monday in mondays]
    return _drawn(pygal.StackedBar, "weeks", "Cards by week and service", labels, series)


def _answers(figures: Figures) -> str:
    answers = figures.answers[::-1]
    shares = {
        "accepted": [100 * a.accepted / a.cards for a in answers],
        "overridden": [100 * a.overridden / a.cards for a in answers],
        "neither": [100 * a.unanswered / a.cards for a in answers],
    }
    title = "Per cent of cards accepted, overridden and neither, by service"
    labels = [a.service for a in answers]
    return _drawn(pygal.HorizontalStackedBar, "answers", title, labels, shares)


def _reasons(figures: Figures) -> str:
    return _by_kind("reasons", "Reasons of overridden cards, by service", figures.reasons, _service)


def _unknown(figures: Figures) -> str:
    title = "Criteria and risk factors most often unknown, by reason"
    return _by_kind("unknown", title, figures.unknown, _reason)


def _missing(figures: Figures) -> str:
    title = "Prefetch keys most often missing, by reason"
    return _by_kind("missing", title, figures.missing, _reason)


def _times(figures: Figures) -> str:
    shown = [t for t in figures.times if t.outcome in ("card", "shadow")][::-1]
    percentiles = {
        "p50": [t.p50 for t in shown],
        "p95": [t.p95 for t in shown],
        "p99": [t.p99 for t in shown],
    }
    labels = [t.service if t.outcome == "card" else f"{t.service} (shadow)" for t in shown]
    title = "Milliseconds to an answer with a card, by service"
    return _drawn(pygal.HorizontalBar, "times", title, labels, percentiles)


_PLOTS: dict[str, Callable[[Figures], str]] = {
    "weeks": _weeks,
    "answers": _answers,
    "reasons": _reasons,
    "unknown": _unknown,
    "missing": _missing,
    "times": _times,
}


def _reason(counted: Counted) -> str:
    return counted.how


def _service(counted: Counted) -> str:
    return counted.service


def _by_kind(
    name: str, title: str, ranking: Iterable[Counted], kind: Callable[[Counted], str]
) -> str:
    """Draw the most frequent of a ranking as bars, each of parts of one kind."""
    parts: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for counted in ranking:
        parts[counted.what or "(none given)"][kind(counted)] += counted.count
    top = sorted(parts, key=lambda what: (-sum(parts[what].values()), what))[:BARS][::-1]
    kinds = sorted({each for what in top for each in parts[what]})
    series: Series = {each: [parts[what][each] for what in top] for each in kinds}
    return _drawn(pygal.HorizontalStackedBar, name, title, top, series)


def _drawn(kind: Any, name: str, title: str, labels: list[str], series: Series) -> str:
    """Return a chart as SVG, or nothing when there is nothing to draw."""
    if not labels:
        return ""
    lies = kind in (pygal.HorizontalStackedBar, pygal.HorizontalBar)
    bar = 68 if kind is pygal.HorizontalBar else 34
    chart = kind(
        style=_STYLE,
        js=(),
        width=760,
        height=60 + bar * len(labels) if lies else 380,
        show_legend=False,
        truncate_label=-1,
        x_label_rotation=0 if lies or len(labels) < 9 else 35,
        show_y_guides=not lies,
        show_x_guides=lies,
        margin=8,
        spacing=12,
    )
    chart.uuid = f"plot-{name}"
    chart.x_labels = labels
    for label, values in series.items():
        chart.add(label, values)
    chart.add_xml_filter(_bare)
    svg: str = chart.render(is_unicode=True, disable_xml_declaration=True)
    said = f'<svg role="img" aria-label="{escape(title)}" '
    return svg.replace("<svg ", said, 1) + _legend(series)


def _legend(names: Iterable[str]) -> str:
    """Return what each colour stands for."""
    keys = (
        f'<li><i style="background:{colour}"></i>{escape(name)}</li>'
        for name, colour in zip(names, cycle(COLOURS), strict=False)
    )
    return f'<ul class="legend">{"".join(keys)}</ul>'


def _bare(root: Any) -> Any:
    """Take out pygal's scripts and comments: the page runs nothing and names no other place."""
    for parent in list(root.iter()):
        for child in list(parent):
            is_comment = not isinstance(child.tag, str)
            if is_comment or child.tag.endswith("script"):
                parent.remove(child)
    return root
