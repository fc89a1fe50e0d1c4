"""What a clause says of one cue: affirmed, denied, possible, historical, or nothing (R3 to R8)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from hooks.spine.text.clauses import between_commas, roles_of
from hooks.spine.text.lexicon import IMAGED, Cue, Stance
from hooks.spine.text.roles import KINDS, role
from hooks.spine.text.tags import Tag

_OPPOSITE = {Stance.AFFIRMED: Stance.DENIED, Stance.DENIED: Stance.AFFIRMED}
_NEARBY = 3  # words between an adjective and the noun it is of
_DATED = 7  # words between an examination and its year: "CT dated 3 / 4 / 2022"
_HYPOTHETICAL = role("hypothetical")
_UNANSWERED = role("not assessed")
_FORWARD = role("negation forward")
_NEGATES = role("negation forward", "negation around")
_AROUND = role("negation around")
_BACK = role("negation back")
_NO = role("answers no")
_BEHIND = role("stands behind")
_DOUBTS = role("uncertain")
_SUGGESTS = role("suggesting")
_STILL = role("present still")
_WAS_FORWARD = role("historical forward")
_WAS_AROUND = role("historical around")
_PRIOR = role("historical adjective")
_REPORTED = role("historical reporting")
_EXAMINATION = role("historical examination")
_OUTSIDE = role("historical outside")
_HISTORICAL = _WAS_FORWARD | _WAS_AROUND | _PRIOR | _OUTSIDE
_PAST = role("past tense")
_VERB = role("finite verbs")
_LINKS = role("links")
_SOLID_CUE = KINDS["solid cue"]
_CUE, _LEVEL, _SIDE = KINDS["cue"], KINDS["level"], KINDS["side"]


def stance_of(
    tags: Sequence[Tag], roles: int, index: int, own: Stance, *, listed: bool, strict: bool
) -> Stance | None:
    """Return how a clause turns a cue that by itself says ``own``; None when it asks or warns.

    ``roles`` are the bits of all its tags. ``listed`` says that the clause may be part of a negated
    list. With ``strict`` a negation from behind a comma only makes the cue possible.
    """
    if roles & _HYPOTHETICAL and _is_hypothetical(tags, index):
        return None
    if roles & _UNANSWERED and roles_of(tags[index + 1 :]) & _UNANSWERED:
        return None
    if strict and roles & _REPORTED and _was_dated(tags[:index]):
        return Stance.HISTORICAL if own is not Stance.DENIED else None
    if _was_once(tags, index, roles, strict=strict):
        return Stance.HISTORICAL if own is not Stance.DENIED else None
    before, far = (
        _negations_before(tags, roles, index, own, strict) if roles & _NEGATES else (0, False)
    )
    behind = _negations_behind(tags, index) if roles & _TURNING else 0
    doubted = bool(roles & _DOUBTS) and _is_doubted(tags, index, before, behind)
    if own is Stance.POSSIBLE:
        return Stance.DENIED if before + behind == 1 and not doubted else Stance.POSSIBLE
    if doubted or listed or before + behind > 1 or (far and (strict or _stands_alone(tags, index))):
        return Stance.POSSIBLE
    return _OPPOSITE[own] if before + behind else own


_TURNING = _NEGATES | _BACK | _NO | _BEHIND


def _is_hypothetical(tags: Sequence[Tag], index: int) -> bool:
    following = tags[index + 1 : index + 2]
    if any(t.roles & _HYPOTHETICAL and t.place - tags[index].end <= 1 for t in following):
        return True
    return bool(roles_of(tags[:index]) & _HYPOTHETICAL)


def _was_once(tags: Sequence[Tag], index: int, roles: int, *, strict: bool) -> bool:
    """Whether the cue is of the past; what persists is of today, too (R5)."""
    if not roles & (_HISTORICAL | _PAST):
        return False
    if _was_reported(tags, index, strict=strict):
        return True
    if roles & _STILL:
        return False
    if roles & _PAST and _names_a_year(tags):
        return True
    if roles_of(tags[:index]) & _FORWARD:
        return any(t.roles & _WAS_AROUND and t.size > 1 for t in tags)
    return bool(roles & _WAS_AROUND) or _is_under_history(tags, index)


def _is_under_history(tags: Sequence[Tag], index: int) -> bool:
    """Whether a word of the past stands before the cue, up to a comma or another statement."""
    seen_verb = False
    for tag in reversed(tags[:index]):
        if tag.word == "," or (seen_verb and tag.roles & _CUE):
            return False
        seen_verb = seen_verb or bool(tag.roles & _VERB)
        if tag.roles & _WAS_FORWARD:
            return True
        if tag.roles & _PRIOR and tags[index].place - tag.end < _NEARBY:
            return True
    return False


def _names_a_year(tags: Sequence[Tag]) -> bool:
    return any(map(_is_year, tags))


def _is_year(tag: Tag) -> bool:
    return tag.word.isdigit() and len(tag.word) == 4 and tag.word[:2] in ("19", "20")


def _was_dated(before: Sequence[Tag]) -> bool:
    """Whether an examination of a year showed so: "the 2022 CT showed", "CT of 3/4/2022 showed"."""
    years = [place for place, tag in enumerate(before) if _is_year(tag)]
    for place in years:
        near = (t for t in before if abs(t.place - before[place].place) <= _DATED)
        if any(t.roles & _EXAMINATION for t in near) and roles_of(before[place:]) & _REPORTED:
            return True
    return False


def _was_reported(tags: Sequence[Tag], index: int, *, strict: bool) -> bool:
    """Whether an earlier examination said so: "prior CT reported …".

    What one made elsewhere found to be bad counts for today unless it names its year.
    """
    before = tags[:index]
    for place, tag in enumerate(before):
        if tag.roles & _PRIOR:
            rest = before[place + 1 :]
            examined = any(
                t.roles & _EXAMINATION and t.place - tag.end < _NEARBY for t in rest
            ) and any(t.roles & _REPORTED for t in rest)
            if examined:
                return True
        is_elsewhere = tag.roles & _OUTSIDE and _is_beside_examination(before, place)
        if is_elsewhere and (strict or _names_a_year(tags)):
            return True
    return False


def _is_beside_examination(tags: Sequence[Tag], place: int) -> bool:
    near = (t for t in tags if abs(t.place - tags[place].place) <= _NEARBY)
    return any(t.roles & _EXAMINATION for t in near)


def _negations_before(
    tags: Sequence[Tag], roles: int, index: int, own: Stance, strict: bool
) -> tuple[int, bool]:
    """Return how many negations reach the cue from before it, and whether from far.

    Of several groups the nearest counts: each item of "no X, no Y" has its own. A negation is far
    when a comma stands between without another cue that counts; with ``strict`` only one of solid
    fusion does. None reaches over a comma to a word that denies by itself, such as "intact".
    """
    count, far, crossed, seen_cue = 0, False, False, False
    for place, tag in zip(range(index - 1, -1, -1), reversed(tags[:index]), strict=True):
        if crossed and (tag.roles & _BEHIND or (tag.roles & _AROUND and _is_said(tags, place))):
            continue  # "does not cross, and this level is …"; "infection not seen, loosening …"
        if tag.roles & _NEGATES:
            count = max(count, 1) if tag.word in ("neither", "nor") else count + 1
            far = far or (crossed and not seen_cue)
        elif tag.roles & _CUE:
            if count:
                break
            counts = any(_is_listed(cue, roles) for cue in tag.cues)
            seen_cue = seen_cue or bool(tag.roles & _SOLID_CUE if strict else counts)
        elif tag.word == "," or tag.roles & _LINKS:
            crossed = True
            if own is Stance.DENIED or count:
                break
    return count, far


def _stands_alone(tags: Sequence[Tag], index: int) -> bool:
    """Whether a cue behind a comma tells more than an item of a list would: where, or that still.

    "No canal stenosis, lucency around the S1 screws" denies no lucency for sure.
    """
    return bool(roles_of(between_commas(tags, index)) & (_LEVEL | _STILL))


def _is_listed(cue: Cue, roles: int) -> bool:
    """Whether a cue counts here and is an item of a list of findings: symptoms are none."""
    return cue.target in IMAGED and (not cue.near or bool(cue.near & roles))


def _is_said(tags: Sequence[Tag], place: int) -> bool:
    """Whether a negation is said of a cue in front of it, with no comma between."""
    for tag in reversed(tags[:place]):
        if tag.roles & _CUE or tag.word == ",":
            return tag.word != ","
    return False


def _negations_behind(tags: Sequence[Tag], index: int) -> int:
    """Return how many negations behind the cue are said of it, up to a comma: "is not seen"."""
    rest, count = tags[index + 1 :], 0
    for place, tag in enumerate(rest):
        if tag.word == "," or tag.roles & _STILL:
            break
        answers = tag.roles & _NO and (place == 0 or _is_answer(rest[:place]))
        turns = tag.roles & (_AROUND | _BEHIND) and not _states_more(rest[place + 1 :])
        count += bool(tag.roles & _BACK or answers or turns)
    return count


def _states_more(tags: Sequence[Tag]) -> bool:
    """Whether a cue follows before the next comma, which a negation may be of instead."""
    until_comma = takewhile(lambda t: t.word != ",", tags)
    return any(t.roles & _CUE for t in until_comma)


def _is_answer(before: Sequence[Tag]) -> bool:
    """Whether nothing but levels and sides stands between a label and an answer."""
    for tag in reversed(before):
        if tag.word == ":":
            return True
        if not tag.roles & (_LEVEL | _SIDE):
            return False
    return False


def _is_doubted(tags: Sequence[Tag], index: int, before: int, behind: int) -> bool:
    """Whether a doubt reaches the cue; "no lucency to suggest loosening" holds none."""
    for place, tag in enumerate(tags):
        if not tag.roles & _DOUBTS:
            continue
        denied_first = bool(roles_of(tags[:place]) & _FORWARD)
        if tag.roles & _SUGGESTS and place < index and (behind or (before and denied_first)):
            continue
        if denied_first and place > index and roles_of(tags[place + 1 :]) & _CUE:
            continue
        return True
    return False
