"""Which neighbours of a fusion a statement is of: the level above, the level below, or both.

A statement that names no level is placed by the words of its own sentence.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from hooks.spine.chart_lexicon import chart_words
from hooks.spine.findings import Finding, Reach, Stance
from hooks.spine.governing import is_good
from hooks.spine.levels import Levels, interspaces_above, interspaces_below
from hooks.spine.words import words

_WORDS = chart_words("neighbour")
_ABOVE, _BELOW = _WORDS["above"], _WORDS["below"]
_KYPHOSIS, _DISEASE = _WORDS["kyphosis"], _WORDS["disease"]


def of_neighbours(findings: Iterable[Finding], fused: frozenset[str]) -> tuple[Finding, ...]:
    """Return the findings on adjacent disease, each of them at the neighbour that it speaks of.

    A good one is left out where its sentence denies kyphosis alone, or is of one side of the
    fusion where no neighbour is known, or which fusion of two is meant.
    """
    placed = (_placed(f, fused) for f in findings if not _denies_kyphosis_alone(f))
    return tuple([finding for finding in placed if finding is not None])


def _placed(finding: Finding, fused: frozenset[str]) -> Finding | None:
    said = words(finding.evidence.quote)
    is_above, is_below = bool(said & _ABOVE), bool(said & _BELOW)
    if finding.levels or is_above == is_below:
        return finding
    neighbours = interspaces_above(fused) if is_above else interspaces_below(fused)
    if len(neighbours) != 1:
        return None if is_good(finding) else finding
    return replace(finding, levels=Levels(neighbours), reach=Reach.NAMED)


def _denies_kyphosis_alone(finding: Finding) -> bool:
    """Whether a sentence denies junctional kyphosis, which says nothing of disc or canal."""
    if finding.stance is not Stance.DENIED:
        return False
    said = words(finding.evidence.quote)
    return bool(said & _KYPHOSIS) and not said & _DISEASE
