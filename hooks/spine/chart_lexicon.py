"""The words by which names and short texts of a chart are told apart (``chart_lexicon.yaml``)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cds_service.engine.codes import load_yaml

_FILE = Path(__file__).with_name("chart_lexicon.yaml")


@cache
def _content() -> dict[str, dict[str, list[str]]]:
    content: dict[str, dict[str, list[str]]] = load_yaml(_FILE)
    return content


def chart_words(reading: str) -> dict[str, frozenset[str]]:
    """Return the words of one reading by their group."""
    return {group: frozenset(listed) for group, listed in _content()[reading].items()}
