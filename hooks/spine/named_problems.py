"""Problems that carry no code known here and say in words what they are: a hint, and no more.

A problem list without codes is searched completely, too: what its words name is not absent. An
earlier fusion may be named by any problem, coded or not (clinical.md, RV-C4).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import NamedTuple

from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Condition
from cds_service.engine.vocabulary import Vocabulary
from hooks.spine.chart_lexicon import chart_words
from hooks.spine.levels import Levels, parse_levels
from hooks.spine.order_words import Region, region_of_text
from hooks.spine.problems import is_active, is_confirmed
from hooks.spine.words import in_order, words

NamedProblems = Mapping[str, tuple[Evidence, ...]]  # by what they are
INFECTION, NONUNION, RADICULAR, FUSION = "infection", "nonunion", "radicular", "earlier fusion"
DIABETES, PREGNANCY, BONE, NUTRITION = "diabetes", "pregnancy", "bone", "nutrition"
SMOKING, FORMER_SMOKING, OPIOIDS = "smoking", "former smoking", "opioids"
SCOLIOSIS, CAUDA_EQUINA = "scoliosis", "cauda equina"
_AT_THE_SPINE = {
    INFECTION: chart_words("infection problem"),
    NONUNION: chart_words("nonunion problem"),
    RADICULAR: chart_words("radicular problem"),
    FUSION: chart_words("earlier fusion problem"),
}
_OF_THE_PATIENT = {
    DIABETES: chart_words("diabetes problem"),
    PREGNANCY: chart_words("pregnancy problem"),
    BONE: chart_words("bone problem"),
    NUTRITION: chart_words("nutrition problem"),
    SMOKING: chart_words("smoking problem"),
    OPIOIDS: chart_words("opioid problem"),
    SCOLIOSIS: chart_words("scoliosis problem"),
    CAUDA_EQUINA: chart_words("cauda equina problem"),
}
_MATTER = _AT_THE_SPINE | _OF_THE_PATIENT
_WORDS = chart_words("problems")
_NOW = {FUSION: None}  # what each matter is, where it is none of the past: itself
_PAST = {FUSION: FUSION, SMOKING: FORMER_SMOKING}  # and where it is: nothing
_PARTS = str.maketrans(",;", "\n\n")
_LIMIT = 2_000  # characters; a name is never longer


def named_problems(record: PatientRecord) -> NamedProblems:
    """Return the active problems without a known code whose words name one of the matters."""
    found: dict[str, list[Evidence]] = {what: [] for what in (*_MATTER, FORMER_SMOKING)}
    for condition in record.all(Condition):
        if concept := condition.code:
            for name in (concept.text, *[coding.display for coding in concept.coding]):
                if name and _MATTERS[name]:
                    _note(found, record, condition, name)
    return {what: tuple(evidence) for what, evidence in found.items()}


def _counts(record: PatientRecord, condition: Condition, what: str) -> bool:
    if what == FUSION:  # which has never ended
        return is_confirmed(condition)
    return not record.memberships(condition.code) and is_active(record, condition)


def _note(
    found: dict[str, list[Evidence]], record: PatientRecord, condition: Condition, name: str
) -> None:
    """Add a problem to the matters that a name of it names, unless another name did so."""
    when = record.dated(condition.recorded_date, condition.onset_date_time)
    day, says = when.text if when else "", "Problem in words:"
    evidence = Evidence(Origin.CODED, condition.reference, day, quote=name, says=says)
    for what in _MATTERS[name]:
        is_new = not found[what] or found[what][-1].resource != condition.reference
        if is_new and _counts(record, condition, what):
            found[what].append(evidence)


def _matters(name: str) -> frozenset[str]:
    """Return what a name says of the patient and of the lower spine, by the words above."""
    name = name[:_LIMIT]
    lowered = name.lower()
    stemmed = (w for w, matter in _MATTER.items() if any(s in lowered for s in matter["stems"]))
    return frozenset(said for what in stemmed if (said := _said(name, what)) is not None)


_MATTERS = Vocabulary(_matters)  # names of problems recur


def matters_named(said: str) -> frozenset[str]:
    """Return what words that are no problem's name of the lower spine: an order's reason."""
    named: frozenset[str] = _MATTERS[said]
    return named


class _Around(NamedTuple):
    """The words around the one that names a matter: of its part before it, near and far behind."""

    before: frozenset[str]
    near: frozenset[str]
    last: frozenset[str]  # two of those near
    behind: frozenset[str]


def _said(name: str, what: str) -> str | None:
    """Return what a name says of a matter: that there is, or was, any; None when it does not."""
    matter = _MATTER[what]
    around = _around(name, _terms(name, what))
    if around is None:
        return None
    before, near, last, behind = around
    if before & _WORDS["denied before"] or near & _WORDS["denied behind"]:
        return None
    is_past = before & _WORDS["past before"] or near & _WORDS["past behind"]
    if is_past or last & _WORDS["past at the end"] or (before | behind) & matter["over"]:
        return _PAST.get(what)
    return _NOW.get(what, what)


def _around(name: str, terms: frozenset[str]) -> _Around | None:
    """Return what stands around the first of the terms in a name; None without any."""
    parts = [_spaced(part) for part in name.translate(_PARTS).split("\n")]
    for number, part in enumerate(parts):
        places = [(part.find(f" {term} "), -len(term)) for term in terms]
        at, length = min((p for p in places if p[0] >= 0), default=(-1, 0))
        if at >= 0:
            rest, others = part[at - length + 1 :], parts[number + 1 :]
            near = [
                *takewhile(_goes_on, rest.split()),
                *" ".join(takewhile(_is_of_it, others)).split(),
            ]
            of_near, last = words(" ".join(near)), words(" ".join(near[-2:]))
            return _Around(words(part[:at]), of_near, last, words(rest + "".join(others)))
    return None


def _goes_on(word: str) -> bool:
    return word not in _WORDS["ends it"]


def _is_of_it(part: str) -> bool:
    """Whether a part says no more than what became of the one before: ", resolved 2021"."""
    return all(word.isdigit() or word in _WORDS["alone"] for word in part.split())


def _spaced(part: str) -> str:
    return f" {' '.join(in_order(part.replace('-', ' ')))} "


def _terms(name: str, what: str) -> frozenset[str]:
    """Return the words that name the matter in such a name; none where it is of something else."""
    if what in _AT_THE_SPINE:
        return _terms_at_the_spine(name, _AT_THE_SPINE[what])
    matter = _OF_THE_PATIENT[what]
    is_else = words(_spaced(name)) & matter["something else"]
    return frozenset() if is_else else matter["anywhere"]


def _terms_at_the_spine(name: str, matter: dict[str, frozenset[str]]) -> frozenset[str]:
    said, none = words(name), frozenset[str]()
    if region_of_text(name) is Region.ELSEWHERE:
        return none
    named = parse_levels(name)
    levels = Levels(named.interspaces, named.vertebrae)  # the pelvis has other parts than bones
    if levels and not levels.reaches_lumbar:
        return none
    if said & matter["of another part"] and not (levels or said & matter["surely"]):
        return none
    at_spine = bool(said & _WORDS["places"]) or bool(levels)
    return matter["anywhere"] | (matter["beside a place"] if at_spine else none)
