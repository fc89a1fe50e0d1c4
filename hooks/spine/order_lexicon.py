"""The words by which an order in words says what it is (``order_lexicon.yaml``)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cds_service.engine.codes import load_yaml

_LEXICON = Path(__file__).with_name("order_lexicon.yaml")
_ACTS = ("removal verbs", "revision verbs", "replacing verbs", "repair verbs", "fusion verbs")

_PLAIN_TOO = ("surgery", "spine", "asking", "kinds", "patients")


@cache
def order_lexicon() -> dict[str, frozenset[str]]:
    """Return the words of orders by their group, read once."""
    flat: dict[str, frozenset[str]] = {}
    for name, entry in load_yaml(_LEXICON).items():
        if isinstance(entry, dict):
            for group, listed in entry.items():
                flat[f"{name} {group}"] = frozenset(listed)
        else:
            flat[name] = frozenset(entry)
    flat["plain"] = flat["plain"].union(*(flat[group] for group in _PLAIN_TOO))
    return flat


@cache
def act_verbs() -> frozenset[str]:
    """Return the words of which an order for one of the acts has at least one."""
    return frozenset[str]().union(*(order_lexicon()[group] for group in _ACTS))
