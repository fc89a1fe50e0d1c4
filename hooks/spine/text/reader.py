"""The reader: a text of a report or note to statements about targets, each with its sentence.

Rules R1 to R12 of clinical.md 4.2; words and sections are in lexicon.yaml and sections.yaml. What
the reader does not understand it leaves unsaid or calls possible. Linear in the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.text.clauses import (
    COLON,
    CONSTRUCT,
    Clause,
    answers_label,
    clauses_of,
    levels_of,
    roles_of,
)
from hooks.spine.text.lexicon import Cue, Lexicon, Stance, lexicon
from hooks.spine.text.nearness import is_beside, is_of_bone
from hooks.spine.text.passages import Passage, passages
from hooks.spine.text.places import Place, Reach, place_of
from hooks.spine.text.roles import NOUNS, role
from hooks.spine.text.stances import stance_of
from hooks.spine.text.tags import Tag, tags_of, words_of
from hooks.spine.text.templates import Table, chosen
from hooks.spine.text.union import NONUNION, SOLID, graded, refers, union_cues

_LONG = 8  # letters from which a typo is forgiven
_CONSTRUCT_WITHIN = 4  # words between an implant and what it spans
_OPPOSITE = {Stance.AFFIRMED: Stance.DENIED, Stance.DENIED: Stance.AFFIRMED}
# "No hardware complication" denies both; "hardware complication" says neither for sure.
_TROUBLE = {"hardware-trouble": ("loosening", "breakage")}
_UNION = frozenset({SOLID, NONUNION})
_ELSEWHERE, _PRESENT = role("elsewhere"), role("the present")
_SAME, _EXCEPTION = role("same level"), role("exception")
_BEHIND, _AROUND, _DOUBTS = role("stands behind"), role("negation around"), role("uncertain")
_ASKS = role("hypothetical")


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


class _Found(msgspec.Struct, frozen=True, gc=False):
    """A statement before its section and its offsets are known."""

    target: str
    stance: Stance
    place: Place


def read_text(text: str, section: str = "findings", source: int = 0) -> tuple[Statement, ...]:
    """Return what a text states, in its order; what of it governs is chosen by ``governing``.

    ``section`` is what the text is before any heading; ``source`` is carried to the statements.
    """
    reader = _Reader(lexicon(), source)
    found: list[Statement] = []
    for passage in passages(text, section):
        found += reader.read(passage, text[passage.start : passage.end])
    return tuple(dict.fromkeys(found))


class _Reader:
    """Reads the sentences of one text in order; a label holds for the sentences of its line."""

    def __init__(self, words: Lexicon, source: int) -> None:
        self._lexicon = words
        self._source = source
        self._line = -1
        self._label: tuple[Tag, ...] = ()
        self._nouns = 0
        self._table = Table()

    def read(self, passage: Passage, sentence: str) -> Iterator[Statement]:
        """Yield the statements of one sentence."""
        if passage.section == "ignored":
            return
        if passage.line != self._line:
            self._line, self._label, self._nouns = passage.line, (), 0
        words = words_of(sentence)
        for row in self._table.rows(words) if "|" in words else (words,):
            if self._may_state(row):
                for found in self._found(tags_of(chosen(row), self._lexicon)):
                    yield from _statements(passage, found, self._source)

    def _may_state(self, words: Sequence[str]) -> bool:
        if self._label or not self._lexicon.triggers.isdisjoint(words):
            return True
        respelled = self._lexicon.respelled
        return any(len(word) >= _LONG and respelled(word) is not word for word in words)

    def _found(self, tags: Sequence[Tag]) -> Iterator[_Found]:
        nouns = _nouns(tags) | self._nouns
        last: list[_Found] = []
        levels, is_elsewhere = NO_LEVELS, False
        for clause in clauses_of(tags, self._label):
            self._label = clause.label
            if not clause.tags:
                continue
            is_elsewhere = _is_elsewhere(clause) or (is_elsewhere and not _returns(clause))
            if is_elsewhere:
                continue
            found = list(_of_clause(clause, nouns, levels)) or list(_elliptical(clause, last))
            yield from found
            yield from _spanned(clause)
            last, levels = found or last, _last_levels(clause) or levels
        self._nouns = nouns


def _nouns(tags: Sequence[Tag]) -> int:
    bits = 0
    for tag in tags:
        bits |= tag.nouns
        if any(cue.target in _UNION for cue in tag.cues):
            bits |= NOUNS["fusion"]
    return bits


def _is_elsewhere(clause: Clause) -> bool:
    """Whether a clause is of another place, person or thing (R12)."""
    return bool((roles_of(clause.tags) | roles_of(clause.label)) & _ELSEWHERE)


def _returns(clause: Clause) -> bool:
    """Whether a clause comes back to the patient's own spine."""
    return bool(roles_of(clause.tags) & _PRESENT) or any(t.levels for t in clause.tags)


def _last_levels(clause: Clause) -> Levels:
    """Return the levels that a clause behind this one speaks of when it names none."""
    tags = clause.tags
    excepted = [t for i, t in enumerate(tags) if i and tags[i - 1].roles & _EXCEPTION and t.levels]
    return excepted[-1].levels if excepted else clause.levels


def _of_clause(clause: Clause, nouns: int, before: Levels) -> Iterator[_Found]:
    """Yield what one clause states; a label stands in front of it as if it were its beginning."""
    tags = _labelled(clause)
    cues = list(_cues(clause, tags, nouns))
    if not cues:
        return
    indexes = sorted({index for index, _ in cues})
    same = clause.inherits or bool(roles_of(clause.tags) & _SAME)
    found: dict[tuple[str, Place], list[tuple[Cue, Stance]]] = {}
    for index, cue in cues:
        stance = _stance(clause, tags, index, cue, nouns)
        if stance is not None:
            inherits = same or (clause.contrasts and cue.target in _UNION)
            levels = before if inherits else NO_LEVELS
            place = place_of(tags, index, indexes, cue.target, levels)
            found.setdefault((cue.target, place), []).append((cue, stance))
    for (target, place), said in found.items():
        yield _Found(target, _together(said), place)


def _stance(clause: Clause, tags: Sequence[Tag], index: int, cue: Cue, nouns: int) -> Stance | None:
    if refers(tags, index) or (cue.target == NONUNION and is_of_bone(tags, index)):
        return None
    is_solid = cue.target == SOLID
    stance = stance_of(tags, index, cue.stance, listed=clause.listed, strict=is_solid)
    if stance is None or (cue.near and not is_beside(cue, stance, tags, index, nouns)):
        return None
    return graded(tags, index) if is_solid and stance is Stance.AFFIRMED else stance


def _labelled(clause: Clause) -> tuple[Tag, ...]:
    """Return the tags with the label in front; its levels count where the clause has none."""
    label = clause.label
    if label and clause.levels:
        label = tuple(t for t in label if not t.levels or t.cues)
    return (*label, COLON, *clause.tags) if label else clause.tags


def _cues(clause: Clause, tags: Sequence[Tag], nouns: int) -> Iterator[tuple[int, Cue]]:
    """Yield the cues of a clause; those of its label only where the clause answers it."""
    own = 0 if not clause.label or answers_label(clause) else len(tags) - len(clause.tags)
    for index, tag in enumerate(tags):
        if index >= own:
            for cue in tag.cues:
                if cue.target != CONSTRUCT:
                    yield index, cue
    yield from union_cues(tags, nouns)


def _together(said: Sequence[tuple[Cue, Stance]]) -> Stance:
    """Return one stance for the words of one clause: what only hints yields to what states."""
    strong = {stance for cue, stance in said if cue.stance is not Stance.POSSIBLE}
    stances = strong or {stance for _, stance in said}
    now = stances - {Stance.HISTORICAL}
    if not now:
        return Stance.HISTORICAL
    return next(iter(now)) if len(now) == 1 else Stance.POSSIBLE


def _elliptical(clause: Clause, last: Sequence[_Found]) -> Iterator[_Found]:
    """Yield what a clause without a cue says of the one before: "but not at L5-S1"."""
    roles = roles_of(clause.tags)
    denies, doubts = roles & (_BEHIND | _AROUND), roles & _DOUBTS
    if not (denies or doubts) or not any(t.levels or t.side for t in clause.tags):
        return
    for found in last:
        place = place_of(clause.tags, 0, (0,), found.target, NO_LEVELS)
        if doubts:
            yield _Found(found.target, Stance.POSSIBLE, place)
        elif found.stance in (Stance.AFFIRMED, Stance.POSSIBLE):
            yield _Found(found.target, Stance.DENIED, place)


def _spanned(clause: Clause) -> Iterator[_Found]:
    """Yield what an implant or an operation spans: a range right beside its name (rule 10)."""
    if roles_of(clause.tags) & _ASKS:
        return
    named = [t for t in clause.tags if any(cue.target == CONSTRUCT for cue in t.cues)]
    for tag in clause.tags if named else ():
        beside = (max(tag.place - n.end, n.place - tag.end) for n in named)
        if tag.levels.interspaces and min(beside) < _CONSTRUCT_WITHIN:
            yield _Found(CONSTRUCT, Stance.AFFIRMED, Place(tag.levels, reach=Reach.NAMED))


def _statements(passage: Passage, found: _Found, source: int) -> Iterator[Statement]:
    """Yield a statement as its section lets it count, and the opposite of what it excepts."""
    stance = _in_section(found, passage.section)
    if stance is None:
        return
    place = found.place
    where = (passage.section, passage.start, passage.end, source)
    for target in _TROUBLE.get(found.target, (found.target,)):
        yield Statement(target, stance, place.levels, place.reach, place.side, *where)
        if place.excepted and stance in _OPPOSITE:
            opposite = _OPPOSITE[stance]
            yield Statement(target, opposite, place.excepted, Reach.NAMED, place.side, *where)


def _in_section(found: _Found, section: str) -> Stance | None:
    """Return the stance that counts in a section: what a history asserts there was (R1)."""
    if section != "history" or found.target == CONSTRUCT:
        return found.stance
    asserted = found.stance in (Stance.AFFIRMED, Stance.HISTORICAL) and found.target != SOLID
    return Stance.HISTORICAL if asserted else None


def levels_named(text: str) -> Levels:
    """Return all levels that a sentence names."""
    return levels_of(tags_of(words_of(text), lexicon()))
