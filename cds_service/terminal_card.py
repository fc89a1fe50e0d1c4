"""An answer with its cards as text that reads well in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel

_COLOURS = {"info": "blue", "warning": "yellow"}


def print_answer(console: Console, answer: Mapping[str, Any]) -> None:
    """Print every card: summary, indicator, detail and what it suggests."""
    if not answer["cards"]:
        console.print("No card: nothing to say about this order.")
    for card in answer["cards"]:
        _print_card(console, card)


def _print_card(console: Console, card: Mapping[str, Any]) -> None:
    colour = _COLOURS.get(card["indicator"], "white")
    console.print(f"\n{_plain(card['summary'])}", style=f"bold {colour}")
    detail = Markdown(card["detail"], hyperlinks=False)
    console.print(Panel(detail, title=card["indicator"], border_style=colour))
    console.print(f"  source: {_plain(card['source']['label'])}", style="dim")
    for suggestion in card.get("suggestions", ()):
        console.print(f"  suggests: {_plain(suggestion['label'])}")
    for reason in card.get("overrideReasons", ()):
        console.print(f"  may be overridden: {_plain(reason['display'])}", style="dim")


def _plain(text: str) -> str:
    """Return text whose brackets are no markup of the terminal."""
    return text.replace("[", "\\[")
