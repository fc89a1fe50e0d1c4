"""Levels that were never fused: a report that calls them unfused shows no nonunion there.

By R3 "not fused" is a nonunion word, and only one who knows the operation can tell.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from hooks.spine.chart_lexicon import chart_words
from hooks.spine.findings import Finding, Stance, Target
from hooks.spine.levels import Levels
from hooks.spine.words import in_order

_WORDS = chart_words("unfused level")
_UNFUSED = tuple(f" {phrase} " for phrase in sorted(_WORDS["unfused"]))
_OPERATED = _WORDS["operated"]  # or of a nonunion: then the finding stands
_PSEUDARTHROSIS = tuple(sorted(_WORDS["pseudarthrosis"]))


def on_construct(findings: Sequence[Finding], known: Levels) -> tuple[Finding, ...]:
    """Return findings without those that merely call unfused what lies apart from known levels.

    All of them where no level is known.
    """
    if not known or not any(map(_calls_unfused, findings)):
        return tuple(findings)
    placed = (_placed(f, known) for f in findings)
    return tuple([finding for finding in placed if finding is not None])


def _placed(finding: Finding, known: Levels) -> Finding | None:
    if not finding.levels.interspaces or not _calls_unfused(finding):
        return finding
    spaces = finding.levels.interspaces
    near = frozenset(s for s in spaces if Levels(frozenset({s})).overlaps(known))
    if near == spaces:
        return finding
    return replace(finding, levels=Levels(near)) if near else None


def _calls_unfused(finding: Finding) -> bool:
    fused = finding.target is Target.SOLID_FUSION and finding.stance is Stance.DENIED
    if not fused and finding.target is not Target.NONUNION:
        return False
    said = [part for word in in_order(finding.evidence.quote) for part in word.split("-")]
    is_named = any(phrase in f" {' '.join(said)} " for phrase in _UNFUSED)
    is_nonunion = any(word.startswith(_PSEUDARTHROSIS) for word in said)
    return is_named and not is_nonunion and _OPERATED.isdisjoint(said)
