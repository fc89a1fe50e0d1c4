"""Words for fusion that state it only together: "solid" beside "fusion", and grades (R3, R4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hooks.spine.text.clauses import roles_of
from hooks.spine.text.lexicon import Cue, Stance
from hooks.spine.text.roles import KINDS, NOUNS, role
from hooks.spine.text.tags import Tag

SOLID, NONUNION = "solid-fusion", "nonunion"
_AFFIRMED, _POSSIBLE = Cue(SOLID, Stance.AFFIRMED), Cue(SOLID, Stance.POSSIBLE)
_DENIED = Cue(SOLID, Stance.DENIED)
_FUSED = frozenset(("fused", "unfused", "nonfused", "un", "non"))
_WINDOW = 4  # words between an adjective in front and its noun
_FUSION, _HARDWARE, _HEAD = NOUNS["fusion"], NOUNS["hardware"], NOUNS["fusion head"]
_NEIGHBOUR = NOUNS["neighbour"]
_ANY_NOUN = sum(NOUNS.values())
_SOLID, _UNION = KINDS["solid cue"], KINDS["union cue"]
_ADJECTIVE = role("solid adjectives")
_STRICT = role("strict adjectives")
_VERB = role("finite verbs")
_FORWARD = role("negation forward")
_DENIES_BEHIND = role("negation around", "negation back", "answers no")
_DENYING = _FORWARD | _DENIES_BEHIND
_DOUBTS = role("uncertain")
_PARTLY, _HARDLY = role("grading possible"), role("grading denied")
_REFERRING = role("referring")
_WARY = role("wary")
IN_UNION = _ADJECTIVE | _HEAD  # what may state fusion only together
GRADING = _PARTLY | _HARDLY | _WARY
_YES = role("answers yes")


def union_cues(tags: Sequence[Tag], roles: int, nouns: int) -> Iterator[tuple[int, Cue]]:
    """Yield what tags say of fusion together; ``nouns`` are those of the sentence and before."""
    found = False
    if roles & _ADJECTIVE:
        for index, tag in enumerate(tags):
            is_adjective = tag.roles & _ADJECTIVE and not tag.roles & _SOLID
            if is_adjective and _is_of_fusion(tags, index, nouns):
                found = True
                yield index, _AFFIRMED
    if not found and roles & _HEAD and not roles & _UNION:
        yield from _bare(tags)


def _is_of_fusion(tags: Sequence[Tag], index: int, nouns: int) -> bool:
    """Whether an adjective is of a noun of fusion: in front of it, or said of it."""
    is_said = _is_said(tags, index)
    if not is_said and (before := _noun_behind(tags, index)) is not None:
        return before
    if tags[index].roles & _STRICT and not is_said:
        return False
    return _noun_before(tags, index, nouns)


def _is_said(tags: Sequence[Tag], index: int) -> bool:
    return any(t.roles & _VERB or t.word == ":" for t in tags[max(index - 2, 0) : index])


def _noun_behind(tags: Sequence[Tag], index: int) -> bool | None:
    """Return whether the noun that follows is one of fusion; None when none follows closely."""
    for tag in tags[index + 1 :]:
        if tag.place - tags[index].place > _WINDOW or tag.word == ",":
            break
        if tag.roles & (_FUSION | _HARDWARE):
            return bool(tag.roles & _FUSION)
    return None


def _noun_before(tags: Sequence[Tag], index: int, nouns: int) -> bool:
    is_strict = bool(tags[index].roles & _STRICT)
    for tag in reversed(tags[:index]):
        if is_strict and tags[index].place - tag.place > _WINDOW + 2:
            return False
        if tag.roles & (_FUSION | _HARDWARE):
            return bool(tag.roles & _FUSION)
    if is_strict:
        return False
    return bool(nouns & _FUSION) or _stands_at_level(tags)


def _stands_at_level(tags: Sequence[Tag]) -> bool:
    """Whether nothing but levels stands beside an adjective: "Solid L4/5"."""
    roles = roles_of(tags)
    return bool(roles & KINDS["interspace"]) and not roles & (_ANY_NOUN | KINDS["cue"])


def _bare(tags: Sequence[Tag]) -> Iterator[tuple[int, Cue]]:
    """Yield "fusion" alone where it is denied or doubted: an operation is neither."""
    roles = roles_of(tags)
    for index, tag in enumerate(tags):
        if not tag.roles & _HEAD or roles_of(tags[index + 1 : index + 2]) & _HARDWARE:
            continue
        if (roles & _DENYING and _is_denied(tags, index)) or (
            roles & _YES and _is_confirmed(tags, index)
        ):
            yield index, _AFFIRMED
        elif roles & _HARDLY and any(_grades(tags, i, index, _HARDLY) for i in range(len(tags))):
            yield index, _DENIED
        elif roles & _DOUBTS or (
            roles & _PARTLY and any(_grades(tags, i, index, _PARTLY) for i in range(len(tags)))
        ):
            yield index, _POSSIBLE


def _grades(tags: Sequence[Tag], place: int, index: int, grade: int) -> bool:
    if not tags[place].roles & grade:
        return False
    near = abs(tags[place].place - tags[index].place) <= _WINDOW
    first, last = sorted((place, index))
    marks = {t.word for t in tags[first:last]} & {",", ":"}
    return near and (not marks or (marks == {":"} and _answers_alone(tags, place, index)))


def _answers_alone(tags: Sequence[Tag], place: int, index: int) -> bool:
    """Whether a grade is the whole answer to a label, but for levels: "Fusion: incomplete"."""
    rest = (*tags[index + 1 : place], *tags[place + 1 :])
    return place > index and not roles_of(rest) & (_ANY_NOUN | KINDS["cue"])


def _is_confirmed(tags: Sequence[Tag], index: int) -> bool:
    """Whether a label about fusion is answered with yes."""
    behind = tags[index + 1 :]
    colon = next((i for i, t in enumerate(behind) if t.word == ":"), None)
    return colon is not None and bool(roles_of(behind[colon : colon + 3]) & _YES)


def _is_denied(tags: Sequence[Tag], index: int) -> bool:
    """Whether a negation stands right before a noun, or behind it with nothing else to deny."""
    before = tags[max(index - 1, 0) : index]
    if any(t.roles & _FORWARD and tags[index].place - t.end <= 2 for t in before):
        return True
    rest = tags[index + 1 :]
    roles = roles_of(rest)
    return not roles & KINDS["cue"] and bool(roles & _DENIES_BEHIND)


def graded(tags: Sequence[Tag], index: int) -> Stance:
    """Return how far a fusion has come by the words beside its cue: affirmed, or less.

    Without a cue (index -1) any grade counts.
    """
    if roles_of(tags) & _WARY:
        return Stance.POSSIBLE
    for place, tag in enumerate(tags):
        if place == index or not tag.roles & (_PARTLY | _HARDLY):
            continue
        near = index < 0 or _is_beside(tags, place, index)
        if tag.roles & _HARDLY and near:
            return Stance.DENIED
        if tag.roles & _PARTLY and (near or tag.word in ("%", "percent")):
            return Stance.POSSIBLE
    return Stance.AFFIRMED


def _is_beside(tags: Sequence[Tag], place: int, index: int) -> bool:
    """Whether a grade stands in front of a cue, or is said of it."""
    if place < index:
        gap = tags[index].place - tags[place].end
        return gap < _WINDOW and not any(t.word == "," for t in tags[place:index])
    gap = tags[place].place - tags[index].end
    said = bool(roles_of(tags[index + 1 : place]) & _VERB)
    return gap <= _WINDOW + 2 and (said or gap == 0)


def refers(tags: Sequence[Tag], index: int) -> bool:
    """Whether "fused" or "unfused" only names a place: "above the fused levels"."""
    if tags[index].word not in _FUSED:
        return False
    end = tags[index].end
    following = (t for t in tags[index + 1 : index + 3] if t.place - end <= 1)
    return any(t.roles & (_REFERRING | _NEIGHBOUR) for t in following)
