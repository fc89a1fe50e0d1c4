"""A site's own value sets held against ours: urls that nothing reads, and codes of two meanings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import combinations

from cds_service.engine.codes import Terminology, ValueSet

Group = Sequence[str]


def unknown_url(value_set: ValueSet, ours: Terminology) -> str | None:
    """Return that no value set has the url, and which one may be meant; None when one has it."""
    if value_set.id in ours and ours[value_set.id].url == value_set.url:
        return None
    close = get_close_matches(value_set.id, sorted(ours.ids), n=1, cutoff=0.5)
    hint = f"; {ours[close[0]].url} is meant?" if close else ""
    return f"url: no value set is called {value_set.url}, so nothing reads these codes{hint}"


def contradictions(terminology: Terminology, groups: Iterable[Group]) -> Iterator[str]:
    """Yield for each code with two meanings that exclude each other both value sets."""
    for group in groups:
        known = [terminology[name] for name in group if name in terminology]
        for one, other in combinations(known, 2):
            shared = {pair for pair in _written(one) if other.contains(*pair)}
            shared |= {pair for pair in _written(other) if one.contains(*pair)}
            for system, code in sorted(shared):
                yield f"{system}|{code} is in {one.id} and in {other.id}, which exclude each other"


def _written(value_set: ValueSet) -> Iterator[tuple[str, str]]:
    """Yield the codes and the stems of families that are surely in a value set."""
    for pair in (*value_set.codes, *value_set.families):
        if value_set.contains(*pair):
            yield pair
