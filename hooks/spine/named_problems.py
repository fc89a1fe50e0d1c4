"""Problems that carry no code known here and say in words what they are: a hint, and no more.

A problem list without codes is searched completely, too: what its words name is not absent. An
earlier fusion may be named by any problem, coded or not (clinical.md, RV-C4).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import dropwhile, islice

from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Condition
from cds_service.engine.vocabulary import Vocabulary
from hooks.spine.chart_lexicon import chart_words
from hooks.spine.earlier_fusion import is_earlier, is_of_a_year, is_over
from hooks.spine.levels import Levels, parse_levels
from hooks.spine.order_words import Region, region_of_text
from hooks.spine.problem_words import WORDS, Place, places
from hooks.spine.problems import is_active, is_confirmed
from hooks.spine.words import words

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
_Matter = Mapping[str, frozenset[str]]  # the words of one by their group
_MATTER = _AT_THE_SPINE | _OF_THE_PATIENT
_DATED_FUSION = "fusion of a year"  # which is an earlier one when the year is over
_PAST = {FUSION: _DATED_FUSION, SMOKING: FORMER_SMOKING}  # what else may be said of a matter
_NONE = frozenset[str]()
_LIMIT = 2_000  # characters; a name is never longer
_MOST = 32  # places where a name says the same; never more


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
    for said in _MATTERS[name]:
        is_earlier_one = said == _DATED_FUSION and is_over(name, record.as_of.year)
        what = FUSION if is_earlier_one else said
        noted = found.get(what)  # a fusion of a year to come is none of the matters
        is_new = noted is not None and (not noted or noted[-1].resource != condition.reference)
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


def _said(name: str, what: str) -> str | None:
    """Return what a name says of a matter: that there is, or was, any; None when it does not.

    What is so now counts before what was.
    """
    found = {
        _said_at(place, what)
        for place in islice(places(name, _terms(name, what)), _MOST)
        if what == PREGNANCY or not place.is_bare  # a list, or the kind of the one before
    }
    return next((said for said in (what, _PAST.get(what)) if said in found), None)


def _said_at(place: Place, what: str) -> str | None:
    """Return what a name says of a matter at one place."""
    matter = _MATTER[what]
    if _is_denied(place, matter) or _is_else(place, matter):
        return None
    if what == FUSION:
        dated = _DATED_FUSION if is_of_a_year(place) else None
        return FUSION if is_earlier(place) else dated
    return _PAST.get(what) if _is_over(place, matter) else what


def _is_denied(place: Place, matter: _Matter) -> bool:
    """Whether a name says that there is none, or no more than that one looks for it."""
    before = _cut(place.before, matter.get("begins anew", _NONE))
    said, near = words(" ".join(before)), words(" ".join(place.near))
    if said & WORDS["denied before"] or near & WORDS["denied behind"]:
        return True
    left = [word for word in place.near if word not in WORDS["saying"]]
    if before[-1:] == ["non"] or (len(left) == 1 and left[0] in WORDS["denied at the end"]):
        return True
    if said & WORDS["negative"] and near & WORDS["search"]:
        return True
    is_last = not left and place.near == place.behind and not place.later
    is_search = is_last and bool(WORDS["search"].intersection(place.near[-1:]))
    return is_search and not said & WORDS["found"]


def _cut(before: list[str], at: frozenset[str]) -> list[str]:
    """Return what stands behind the last of these words."""
    last = max((place for place, word in enumerate(before) if word in at), default=-1)
    return before[last + 1 :]


def _is_else(place: Place, matter: _Matter) -> bool:
    """Whether the word is one for something else: by what touches it, or single words near it."""
    other = matter.get("something else")
    if not other:
        return False
    before = [word for word in place.before if word not in WORDS["small"]]
    behind = [word for word in place.behind if word not in WORDS["small"]]
    touching = words(" ".join([*before[-2:], place.word, *behind[:1]]))
    return bool(other & touching.union(before[-4:], behind[:3]))


def _is_over(place: Place, matter: _Matter) -> bool:
    """Whether what is named is of the past; what is called present before is not."""
    before, over = place.before, matter["over"]
    said = words(" ".join(_cut(before, WORDS["begins anew"] | WORDS["now"])))
    if said & (WORDS["past before"] | matter.get("over before", _NONE) | over):
        return True
    if WORDS["now"].intersection(before):
        return False
    near, at_end = words(" ".join(place.near)), matter.get("over at the end", _NONE)
    if near & WORDS["past behind"] or near & (over - at_end):
        return True
    if _ends(place, WORDS["past at the end"] | at_end):
        return True
    starts = [[*dropwhile(WORDS["leading"].__contains__, part)] for part in place.later]
    return any(over.intersection([*part[:1], " ".join(part[:2])]) for part in starts)


def _ends(place: Place, with_words: frozenset[str]) -> bool:
    """Whether a name ends near behind the word, with one of these: "history of" is one, too."""
    last = [word for word in place.near if not word.isdigit() and word != "of"][-1:]
    is_whole = place.near[: len(place.behind)] == place.behind
    return is_whole and bool(with_words.intersection(last))


def _terms(name: str, what: str) -> frozenset[str]:
    """Return the words that name the matter in such a name; none where it is of another part."""
    if what in _AT_THE_SPINE:
        return _terms_at_the_spine(name, _AT_THE_SPINE[what])
    return _OF_THE_PATIENT[what]["anywhere"]


def _terms_at_the_spine(name: str, matter: dict[str, frozenset[str]]) -> frozenset[str]:
    said, none = words(name), _NONE
    if region_of_text(name) is Region.ELSEWHERE:
        return none
    named = parse_levels(name)
    levels = Levels(named.interspaces, named.vertebrae)  # the pelvis has other parts than bones
    if levels and not levels.reaches_lumbar:
        return none
    if said & matter["of another part"] and not (levels or said & matter["surely"]):
        return none
    at_spine = bool(said & WORDS["places"]) or bool(levels)
    return matter["anywhere"] | (matter["beside a place"] if at_spine else none)
