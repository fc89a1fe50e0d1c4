"""Problems that carry no code known here and say in words what they are: a hint, and no more.

A problem list without codes is searched completely, too: what its words name is not absent.
"""

from __future__ import annotations

from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Condition
from cds_service.engine.vocabulary import Vocabulary
from hooks.spine.chart_lexicon import chart_words
from hooks.spine.levels import Levels, parse_levels
from hooks.spine.order_words import Region, region_of_text
from hooks.spine.problems import is_active
from hooks.spine.words import words

INFECTION, NONUNION, RADICULAR = "infection", "nonunion", "radicular"
_MATTER = {
    INFECTION: chart_words("infection problem"),
    NONUNION: chart_words("nonunion problem"),
    RADICULAR: chart_words("radicular problem"),
}
_PLACES, _NOT_THERE = chart_words("problems")["places"], chart_words("problems")["not there"]


def named_problems(record: PatientRecord, what: str) -> tuple[Evidence, ...]:
    """Return the active problems without a known code whose words name the matter."""
    found = []
    for c in record.all(Condition):
        quote = _naming(c, what)
        if quote and not record.memberships(c.code) and is_active(record, c):
            day = _day(record, c)
            found.append(Evidence(Origin.CODED, c.reference, day, quote, says="Problem in words:"))
    return tuple(found)


def _day(record: PatientRecord, condition: Condition) -> str:
    when = record.dated(condition.recorded_date, condition.onset_date_time)
    return when.text if when else ""


def _naming(condition: Condition, what: str) -> str:
    """Return the name of a problem that is the matter at the lower spine; empty without any."""
    if (concept := condition.code) is None:
        return ""
    if concept.text and what in _MATTERS[concept.text]:
        return concept.text
    for coding in concept.coding:
        if coding.display and what in _MATTERS[coding.display]:
            return coding.display
    return ""


def _matters(name: str) -> frozenset[str]:
    """Return what a name says of the lower spine, by the words above."""
    lowered = name.lower()
    return frozenset(
        what
        for what, named in _MATTER.items()
        if any(stem in lowered for stem in named["stems"]) and _is_named(name, what)
    )


_MATTERS = Vocabulary(_matters)  # names of problems recur


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
