"""Problems that carry no code known here and say in words what they are: a hint, and no more.

A problem list without codes is searched completely, too: what its words name is not absent.
"""

from __future__ import annotations

from collections.abc import Mapping

from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Condition
from cds_service.engine.vocabulary import Vocabulary
from hooks.spine.chart_lexicon import chart_words
from hooks.spine.levels import Levels, parse_levels
from hooks.spine.order_words import Region, region_of_text
from hooks.spine.problems import is_active
from hooks.spine.words import words

NamedProblems = Mapping[str, tuple[Evidence, ...]]  # by what they are
INFECTION, NONUNION, RADICULAR = "infection", "nonunion", "radicular"
_MATTER = {
    INFECTION: chart_words("infection problem"),
    NONUNION: chart_words("nonunion problem"),
    RADICULAR: chart_words("radicular problem"),
}
_PLACES, _NOT_THERE = chart_words("problems")["places"], chart_words("problems")["not there"]


def named_problems(record: PatientRecord) -> NamedProblems:
    """Return the active problems without a known code whose words name one of the matters."""
    found: dict[str, tuple[Evidence, ...]] = dict.fromkeys(_MATTER, ())
    for condition in record.all(Condition):
        if concept := condition.code:
            for name in (concept.text, *[coding.display for coding in concept.coding]):
                if name and _MATTERS[name] and _is_open(record, condition):
                    _note(found, record, condition, name)
    return found


def _is_open(record: PatientRecord, condition: Condition) -> bool:
    return not record.memberships(condition.code) and is_active(record, condition)


def _note(
    found: dict[str, tuple[Evidence, ...]], record: PatientRecord, condition: Condition, name: str
) -> None:
    """Add a problem to the matters that a name of it names, unless another name did so."""
    when = record.dated(condition.recorded_date, condition.onset_date_time)
    day, says = when.text if when else "", "Problem in words:"
    evidence = Evidence(Origin.CODED, condition.reference, day, quote=name, says=says)
    for what in _MATTERS[name]:
        if not found[what] or found[what][-1].resource != condition.reference:
            found[what] += (evidence,)


def _matters(name: str) -> frozenset[str]:
    """Return what a name says of the lower spine, by the words above."""
    lowered = name.lower()
    return frozenset(
        what
        for what, named in _MATTER.items()
        if any(stem in lowered for stem in named["stems"]) and _is_named(name, what)
    )


_MATTERS = Vocabulary(_matters)  # names of problems recur


def matters_named(said: str) -> frozenset[str]:
    """Return what words that are no problem's name of the lower spine: an order's reason."""
    named: frozenset[str] = _MATTERS[said]
    return named


def _is_named(name: str, what: str) -> bool:
    said, matter = words(name), _MATTER[what]
    if said & _NOT_THERE or region_of_text(name) is Region.ELSEWHERE:
        return False
    named = parse_levels(name)
    levels = Levels(named.interspaces, named.vertebrae)  # the pelvis has other parts than bones
    if levels and not levels.reaches_lumbar:
        return False
    if said & matter["of another part"] and not (levels or said & matter["surely"]):
        return False
    at_spine = bool(said & _PLACES) or bool(levels)
    return bool(said & matter["anywhere"]) or (at_spine and bool(said & matter["beside a place"]))
