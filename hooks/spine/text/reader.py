"""The reader: a text of a report or note to statements about targets, each with its sentence.

Rules R1 to R12 of clinical.md 4.2; words and sections are in lexicon.yaml and sections.yaml. What
the reader does not understand it leaves unsaid or calls possible. Linear in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.text.clauses import (
    COLON,
    Clause,
    answers_label,
    clauses_of,
    roles_of,
)
from hooks.spine.text.ellipsis import elliptical, taken_back
from hooks.spine.text.lexicon import CONSTRUCT, Cue, Lexicon, Stance, lexicon
from hooks.spine.text.nearness import is_beside, is_of_bone
from hooks.spine.text.operations import operated, spanned
from hooks.spine.text.passages import Passage, passages, punctuated
from hooks.spine.text.places import Found, Place, Reach, apart_from, excepting, place_of
from hooks.spine.text.roles import KINDS, NOUNS, role
from hooks.spine.text.sections import TALKED, counted
from hooks.spine.text.stances import stance_of
from hooks.spine.text.tags import Tag, tags_of, words_of_each
from hooks.spine.text.templates import Table, chosen
from hooks.spine.text.union import GRADING, IN_UNION, NONUNION, SOLID, graded, refers, union_cues

_OPPOSITE = {Stance.AFFIRMED: Stance.DENIED, Stance.DENIED: Stance.AFFIRMED}
# "No hardware complication" denies both; "hardware complication" says neither for sure.
_TROUBLE = {"hardware-trouble": ("loosening", "breakage")}
_UNION = frozenset({SOLID, NONUNION})
_AFFIRMED = Stance.AFFIRMED
_ELSEWHERE, _RETURNING = role("elsewhere"), role("the present") | KINDS["level"]
_HEALS = role("heals")
# A label with one of these makes a statement of whatever answers it.
_LABELLING = KINDS["cue"] | sum(NOUNS.values())
# What a clause states something by; a sentence also does so by the past, or by what implants span.
_STATING = KINDS["cue"] | NOUNS["fusion head"] | role("solid adjectives")
_TELLING = _STATING | role("historical forward", "historical adjective")
_LEVEL, _CONSTRUCT = KINDS["level"], KINDS["construct"]
_TELLING_OR_SPANNING, _TELLING_OR_CONSTRUCT = _TELLING | KINDS["interspace"], _TELLING | _CONSTRUCT
_SPANNING_OR_PAST = _CONSTRUCT | role("historical forward", "historical adjective")
_SAME, _EXCEPTION = role("same level"), role("exception")
_EVERYWHERE = role("all levels", "all levels unless named", "remaining levels")
_FORWARD = role("negation forward")


class Statement(msgspec.Struct, frozen=True, gc=False):
    """What one sentence states of one target, where, and where in the text it stands.

    ``reach`` says which levels are meant: those named, all, or the remaining ones; ``side`` is
    left, right, bilateral or empty. ``start`` and ``end`` are offsets of the sentence in the text
    that ``source`` numbers.
    """

    target: str
    stance: Stance
    levels: Levels
    reach: Reach
    side: str
    section: str
    start: int
    end: int
    source: int = 0


def read_text(text: str, section: str = "findings", source: int = 0) -> tuple[Statement, ...]:
    """Return what a text states, in its order; what of it governs is chosen by ``governing``.

    ``section`` is what the text is before any heading; ``source`` is carried to the statements.
    """
    reader = _Reader(lexicon(), source)
    found: list[Statement] = []
    said, text = text, punctuated(text)
    counting = [*passages(text, section, ignored=False)]
    if said is not text:  # a mark that was a word stands on the blank in front of it
        counting = [p.without_blank_end(said) for p in counting]
    sentences = words_of_each([text[p.start : p.end] for p in counting])
    for passage, words in zip(counting, sentences, strict=False):  # no sentence at all is one line
        found += reader.read(passage, words)
    return tuple(dict.fromkeys(found))


class _Reader:
    """Reads the sentences of one text in order; a label holds for the sentences of its line."""

    def __init__(self, words: Lexicon, source: int) -> None:
        self._lexicon = words
        self._source = source
        self._line = -1
        self._label: tuple[Tag, ...] = ()
        self._of_label = 0  # the bits of its roles
        self._nouns = 0
        self._table = Table()
        self._fused: list[Found] = []  # what the sentence before calls solid

    def read(self, passage: Passage, words: list[str]) -> list[Statement]:
        """Return the statements of one sentence."""
        if passage.line != self._line:
            self._line, self._label, self._of_label, self._nouns = passage.line, (), 0, 0
        said: list[Statement] = []
        for row in self._table.rows(words) if "|" in words else (words,):
            fused = self._fused
            # A label holds for what follows it, whatever its own sentence says.
            if self._of_label & _LABELLING or ":" in row or self._lexicon.may_state(row):
                stated = self._found(tags_of(chosen(row), self._lexicon))
                if fused:
                    stated = [*stated] or taken_back(row, fused, self._lexicon)
            elif fused:
                stated = taken_back(row, fused, self._lexicon)
            else:
                continue
            self._fused = []
            for found in stated:
                if found.stance is _AFFIRMED and found.target == SOLID:
                    self._fused.append(found)
                said += _statements(passage, found, self._source)
        return said

    def _found(self, tags: Sequence[Tag]) -> Iterable[Found]:
        of_tags = roles_of(tags)
        roles = of_tags | self._of_label
        own = _nouns(roles)
        self._nouns |= own
        if not (roles & _TELLING_OR_SPANNING or (roles & _LEVEL and roles & _CONSTRUCT)):
            return ()
        clauses = [*clauses_of(tags, of_tags, self._label, self._of_label)]
        if clauses:  # there may be none: marks that part nothing
            self._label, self._of_label = clauses[-1].label, clauses[-1].label_roles
        if not roles & _TELLING_OR_CONSTRUCT:  # an interspace alone is a label at most
            return ()
        told = _of_own_spine(clauses) if roles & _ELSEWHERE else clauses
        found = _of_clauses(told, self._nouns, own)
        return apart_from(found, clauses) if of_tags & _EXCEPTION else found


def _nouns(roles: int) -> int:
    """Return the bits of roles with the noun that a word of union implies."""
    return roles | NOUNS["fusion"] if roles & KINDS["union cue"] else roles


def _of_own_spine(clauses: Iterable[Clause]) -> Iterator[Clause]:
    """Yield the clauses that are not of another place, person or thing (R12)."""
    is_elsewhere = False
    for clause in clauses:
        if not clause.tags:
            continue
        stays = is_elsewhere and not clause.roles & _RETURNING
        is_elsewhere = stays or bool((clause.roles | clause.label_roles) & _ELSEWHERE)
        if not is_elsewhere:
            yield clause


def _of_clauses(clauses: Iterable[Clause], nouns: int, own: int) -> Iterator[Found]:
    """Yield what the clauses of one sentence state; each may go on with what was said before."""
    last: list[Found] = []
    levels, excepted = NO_LEVELS, NO_LEVELS
    for clause in clauses:
        roles = clause.roles
        if not clause.tags:
            continue
        states = (roles | clause.label_roles) & _STATING
        goes_on = clause.contrasts
        if last and not goes_on and not roles & _EVERYWHERE:
            goes_on = any(f.target in _UNION for f in last)
        found = _of_clause(clause, nouns, own, levels, goes_on) if states else []
        if last and not found:
            found = list(elliptical(clause, last))
        if excepted is not NO_LEVELS or roles & _EXCEPTION:
            found, excepted = excepting(found, excepted, clause)
        yield from found
        if roles & _SPANNING_OR_PAST:
            yield from spanned(clause)
            yield from operated(clause)
        last = found or last
        if roles & KINDS["level"]:
            levels = _last_levels(clause)


def _last_levels(clause: Clause) -> Levels:
    """Return the levels that a clause behind this one speaks of when it names none."""
    if not clause.roles & _EXCEPTION:
        return clause.levels
    tags = clause.tags
    excepted = [t for i, t in enumerate(tags) if i and tags[i - 1].roles & _EXCEPTION and t.levels]
    return excepted[-1].levels if excepted else clause.levels


def _of_clause(clause: Clause, nouns: int, own: int, before: Levels, goes_on: bool) -> list[Found]:
    """Return what one clause states; a label stands in front of it as if it were its beginning.

    ``nouns`` are those of the line, ``own`` those of the sentence. ``goes_on`` says that union is
    of the levels of the clause before: "no bridging at L4-5, in keeping with nonunion".
    """
    tags, roles = _labelled(clause)
    cues = _cues(clause, tags, roles, nouns)
    if not cues:
        return []
    indexes = sorted({index for index, _ in cues}) if len(cues) > 1 else (cues[0][0],)
    same = clause.inherits or bool(clause.roles & _SAME)
    found: list[tuple[Cue, Stance, Place]] = []
    for index, cue in cues:
        stance = _stance(clause, tags, roles, index, cue, own)
        if stance is not None:
            levels = before if same or (goes_on and cue.target in _UNION) else NO_LEVELS
            found.append((cue, stance, place_of(tags, roles, index, indexes, cue.target, levels)))
    if len(found) < 2:
        return [Found(cue.target, stance, place) for cue, stance, place in found]
    places: dict[tuple[str, Place], list[tuple[Cue, Stance]]] = {}
    for cue, stance, place in found:
        places.setdefault((cue.target, place), []).append((cue, stance))
    return [Found(target, _together(said), place) for (target, place), said in places.items()]


def _stance(
    clause: Clause, tags: Sequence[Tag], roles: int, index: int, cue: Cue, nouns: int
) -> Stance | None:
    if cue.target == TALKED:
        return cue.stance if not roles_of(tags[:index]) & _FORWARD else None
    if refers(tags, index) or (cue.target == NONUNION and is_of_bone(tags, index)):
        return None
    if cue.target == NONUNION and roles & _HEALS and roles_of(tags[index + 1 :]) & _HEALS:
        return Stance.HISTORICAL
    is_solid = cue.target == SOLID
    stance = stance_of(tags, roles, index, cue.stance, listed=clause.listed, strict=is_solid)
    if stance is None or (cue.near and not is_beside(cue, stance, tags, index, nouns)):
        return None
    is_graded = is_solid and stance is Stance.AFFIRMED and roles & GRADING
    return graded(tags, index) if is_graded else stance


def _labelled(clause: Clause) -> tuple[tuple[Tag, ...], int]:
    """Return the tags with the label in front, and their bits; levels of the clause come first."""
    label, roles = clause.label, clause.roles
    if not label:
        return clause.tags, roles
    if roles & clause.label_roles & KINDS["level"]:
        label = tuple(t for t in label if not t.levels or t.cues)
        return (*label, COLON, *clause.tags), roles | roles_of(label)
    return (*label, COLON, *clause.tags), roles | clause.label_roles


def _cues(clause: Clause, tags: Sequence[Tag], roles: int, nouns: int) -> list[tuple[int, Cue]]:
    """Return the cues of a clause; those of its label only where the clause answers it."""
    found: list[tuple[int, Cue]] = []
    if roles & KINDS["cue"]:
        own = 0 if not clause.label or answers_label(clause) else len(tags) - len(clause.tags)
        found = [
            (index, cue)
            for index, tag in enumerate(tags)
            if tag.cues and index >= own
            for cue in tag.cues
            if cue.target != CONSTRUCT
        ]
    if roles & IN_UNION:
        found += union_cues(tags, roles, nouns)
    return found


def _together(said: Sequence[tuple[Cue, Stance]]) -> Stance:
    """Return one stance for the words of one clause: what only hints yields to what states."""
    if len(said) == 1:
        return said[0][1]
    strong = {stance for cue, stance in said if cue.stance is not Stance.POSSIBLE}
    stances = strong or {stance for _, stance in said}
    now = stances - {Stance.HISTORICAL}
    if not now:
        return Stance.HISTORICAL
    return next(iter(now)) if len(now) == 1 else Stance.POSSIBLE


def _statements(passage: Passage, found: Found, source: int) -> Iterator[Statement]:
    """Yield a statement as its section lets it count, and the opposite of what it excepts."""
    stance = counted(found, passage.section)
    if stance is None:
        return
    place = found.place
    where = (passage.section, passage.start, passage.end, source)
    for target in _TROUBLE.get(found.target, (found.target,)):
        yield Statement(target, stance, place.levels, place.reach, place.side, *where)
        if place.excepted is not NO_LEVELS and place.excepted and stance in _OPPOSITE:
            opposite = _OPPOSITE[stance]
            side = place.excepted_side
            yield Statement(target, opposite, place.excepted, Reach.NAMED, side, *where)
