"""A sentence to clauses: how far a negation or a doubt reaches, and what a label adds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import takewhile
from operator import attrgetter, or_

import msgspec

from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.text.roles import KINDS, NOUNS, role
from hooks.spine.text.tags import Tag

COLON = Tag(0, 1, ":")  # between a label and its answer
_SOFT = frozenset((",", "(", ")", "[", "]"))
_ROLES = attrgetter("roles")
_LONGEST_LABEL = 7  # words
_ADJECTIVE = role("solid adjectives")
_NEGATES = role("negation forward", "negation around")
_FORWARD = role("negation forward")
_DOUBTS = role("uncertain")
_ASKS = role("uncertain", "hypothetical", "not assessed", "grading possible", "risks")
_LINKS = role("links")
_ENDS = role("ends a clause")
_RELATIVE = role("relative")
_WITH = role("with")
_EXCEPTION = role("exception")
_OF_HARDWARE = frozenset(("loosening", "breakage"))
_RISKS = role("risks")
_PRESENT = role("the present")
_VERB = role("finite verbs")
_SAID = role("stated of")
_TURNS = role(
    "stands behind", "uncertain", "negation around", "negation back",
    "grading possible", "grading denied",
)  # fmt: skip
_ANSWERS = role(
    "answers yes", "answers no", "not assessed", "uncertain", "negation forward",
    "negation around", "negation back", "all levels", "all levels unless named",
    "grading possible", "grading denied",
)  # fmt: skip
_CUE, _SOLID = KINDS["cue"], KINDS["solid cue"]
_LEVEL, _SIDE = KINDS["level"], KINDS["side"]
_STATES = _CUE | _ADJECTIVE
_SUBJECT = NOUNS["hardware"] | NOUNS["fusion"] | _LEVEL
_HEAD = NOUNS["fusion head"]


class Clause(msgspec.Struct, frozen=True, gc=False):
    """Tags that share their negations and doubts; ``roles`` are the bits of all of them.

    ``label`` are the tags before its colon, ``label_roles`` their bits. ``inherits`` says that
    levels and nouns of the clause before hold here, too ("…, where"). ``listed`` says that it may
    stand in a negated or doubted list: then nothing it says is more than possible. ``contrasts``
    says that it follows a "but", ``excepts`` an "except" with a finding of its own.
    """

    tags: tuple[Tag, ...]
    label: tuple[Tag, ...] = ()
    inherits: bool = False
    listed: bool = False
    contrasts: bool = False
    roles: int = 0
    label_roles: int = 0
    excepts: bool = False

    @property
    def levels(self) -> Levels:
        """All levels that the clause names."""
        return levels_of(self.tags) if self.roles & _LEVEL else NO_LEVELS


def levels_of(tags: Sequence[Tag]) -> Levels:
    """Return all levels that tags name."""
    named = [tag.levels for tag in tags if tag.roles & _LEVEL]
    if len(named) < 2:
        return named[0] if named else NO_LEVELS
    levels = NO_LEVELS
    for each in named:
        levels |= each
    return levels


def roles_of(tags: Sequence[Tag]) -> int:
    """Return the bits of all roles that tags play."""
    return reduce(or_, map(_ROLES, tags), 0) if tags else 0


def between_commas(tags: Sequence[Tag], index: int) -> list[Tag]:
    """Return the tags around one from comma to comma."""
    before = [*takewhile(lambda t: t.word != ",", reversed(tags[:index]))]
    return [*reversed(before), *takewhile(lambda t: t.word != ",", tags[index:])]


def clauses_of(
    tags: Sequence[Tag], roles: int, label: tuple[Tag, ...], of_label: int
) -> Iterator[Clause]:
    """Yield the clauses of a sentence; a label holds until another takes its place.

    ``roles`` are the bits of all its tags, ``of_label`` those of its label.
    """
    if not roles & _MAY_BREAK:
        yield Clause(tuple(tags), label, roles=roles, label_roles=of_label)
        return
    if not roles & KINDS["colon"]:
        yield from _split(tags, label, of_label)
        return
    for part in _parts(tags):
        colon = _colon(part)
        if colon >= 0:
            label = tuple(t for t in part[:colon] if t.word not in "()")
            part, of_label = part[colon + 1 :], roles_of(label)
            if not part:
                yield Clause((), label, label_roles=of_label)
        yield from _split(part, label, of_label)


def _parts(tags: Sequence[Tag]) -> Iterator[Sequence[Tag]]:
    begin = 0
    for index, tag in enumerate(tags):
        if tag.word == ";":
            yield tags[begin:index]
            begin = index + 1
    yield tags[begin:]


def _colon(tags: Sequence[Tag]) -> int:
    """Return where a label ends in front of its answer; -1 when there is none."""
    for index, tag in enumerate(tags):
        if tag.word == ":":
            is_short = tag.place - tags[0].place <= _LONGEST_LABEL
            return index if is_short and not roles_of(tags[:index]) & _VERB else -1
        if tag.roles & _CUE and any(cue.target == "expectations" for cue in tag.cues):
            return -1  # "we discussed realistic expectations: …"
    return -1


def _split(tags: Sequence[Tag], label: tuple[Tag, ...], of_label: int) -> Iterator[Clause]:
    begin, inherits, listed, contrasts, excepts = 0, False, False, False, False
    for index, tag in enumerate(tags):
        breaking = tag.roles & _MAY_BREAK
        if not breaking:
            continue
        left = tags[begin:index]
        before = roles_of(left)
        if breaking & _EXCEPTION and not _excepts_finding(before, tags[index + 1 :]):
            continue
        if before & _RISKS and not breaking & _ENDS:
            continue
        hard = bool(breaking & (_ENDS | _WITH | _EXCEPTION)) or tag.word == ":"
        following = _next_soft(tags, index + 1)
        right = () if hard else tags[index + 1 : following]
        hard = hard or _relates(tag, right)
        hard = hard or (following == len(tags) and _affirms(tag, before, right))
        if not hard and not _breaks(tag, before, right, label):
            continue
        if left:
            yield Clause(tuple(left), label, inherits, listed, contrasts, before, of_label, excepts)
        inherits = bool(breaking & (_RELATIVE | _WITH)) or tag.word in "()"
        contrasts, excepts = bool(breaking & _ENDS), bool(breaking & _EXCEPTION)
        answers = label and _answers(roles_of(right))
        listed = not hard and not answers and _may_be_listed(before, right)
        begin = index if tag.roles & _FORWARD else index + 1
    if rest := tags[begin:]:
        of_rest = roles_of(rest)
        yield Clause(tuple(rest), label, inherits, listed, contrasts, of_rest, of_label, excepts)


_MAY_BREAK = KINDS["mark"] | _LINKS | _ENDS | _RELATIVE | _WITH | _EXCEPTION


def _excepts_finding(before: int, behind: Sequence[Tag]) -> bool:
    """Whether a finding of hardware is excepted, and no level: "except for a broken screw".

    Of fusion it is the level that is excepted, whatever else is there: "except L5-S1 with a broken
    screw". Nor is it a finding of its own where its noun stands before it: "no loosening except
    for a halo at S1".
    """
    if before & (_SOLID | _ADJECTIVE):
        return False
    until_comma = behind[: _next_soft(behind, 0)]
    nouns = roles_of(until_comma)
    cues = (cue for tag in until_comma for cue in tag.cues if cue.target in _OF_HARDWARE)
    return any(not cue.near or cue.near & nouns for cue in cues)


def _relates(tag: Tag, right: Sequence[Tag]) -> bool:
    """Whether a relative clause begins that says something of its own, and not with a doubt."""
    if not tag.roles & _RELATIVE:
        return False
    return tag.word != "which" or not roles_of(right) & _DOUBTS


def _next_soft(tags: Sequence[Tag], start: int) -> int:
    for index in range(start + 1, len(tags)):
        tag = tags[index]
        if tag.word in _SOFT or tag.roles & (_LINKS | _ENDS):
            return index
    return len(tags)


def _breaks(tag: Tag, before: int, right: Sequence[Tag], label: Sequence[Tag]) -> bool:
    """Whether a comma, a bracket or "and" begins a statement of its own.

    ``before`` are the bits of what stands in front of it in its clause.
    """
    if not right:
        return False
    if right[0].word == "there" and roles_of(right[1:2]) & _VERB:
        return bool(roles_of(right) & _STATES)
    denies_union = before & _NEGATES and before & _HEAD
    if not (before & _STATES or denies_union or (label and _answers(before))):
        return False
    behind = roles_of(right)
    if not behind & _STATES:
        return _is_elliptical(behind) or (bool(label) and _answers(behind))
    if right[0].roles & (_FORWARD | _PRESENT):
        return True
    if behind & _SUBJECT and _has_predicate(right) and not _ends_list(before, right):
        return True
    if tag.word == "," and before & _SOLID and not behind & _SOLID:
        return True
    return bool(behind & _LEVEL and before & _LEVEL)


def _affirms(tag: Tag, before: int, right: Sequence[Tag]) -> bool:
    """Whether solid fusion behind a comma ends a sentence that denies something bad.

    "No loosening, solid fusion at L4-5": nobody denies both at once. What is asked, or cannot be
    seen, is not denied: "evaluate for loosening, solid fusion".
    """
    if tag.word != "," or not right or not before & _CUE or before & (_SOLID | _ASKS):
        return False
    if not before & _NEGATES:
        return False
    begins = right[0].roles & (_SOLID | _ADJECTIVE)
    return bool(begins and roles_of(right) & (_SOLID | _HEAD))


def _ends_list(before: int, right: Sequence[Tag]) -> bool:
    """Whether a verb is of all items denied before it: "no fracture or loosening is seen"."""
    if not before & _FORWARD or before & _VERB:
        return False
    verbs = [place for place, tag in enumerate(right) if tag.roles & _VERB]
    return bool(verbs) and not roles_of(right[verbs[0] + 1 :]) & (_STATES | _SAID)


def _is_elliptical(roles: int) -> bool:
    """Whether tags only deny or doubt, at a level, what was said before: "but not at L5-S1"."""
    return bool(roles & _TURNS and roles & (_LEVEL | _SIDE))


def _answers(roles: int) -> bool:
    """Whether tags answer a label once more, at another level."""
    return bool(roles & _ANSWERS and roles & _LEVEL)


def answers_label(clause: Clause) -> bool:
    """Whether a clause answers its label instead of telling something of its own."""
    return not clause.roles & _CUE and bool(clause.roles & (_ANSWERS | _LEVEL))


def _has_predicate(tags: Sequence[Tag]) -> bool:
    return bool(roles_of(tags) & _VERB or roles_of(tags[1:]) & _SAID)


def _may_be_listed(before: int, right: Sequence[Tag]) -> bool:
    """Whether what follows may stand under the negation or the doubt of what came before."""
    if not before & (_FORWARD | _DOUBTS):
        return False
    if _has_predicate(right) or (right and right[0].roles & (_FORWARD | _PRESENT)):
        return False
    return not (before & _SOLID and not roles_of(right) & _SOLID)
