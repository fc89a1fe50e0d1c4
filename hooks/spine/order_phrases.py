"""What the verbs of an order are about, and which of its fusions are asked for.

"Removal of fusion hardware" asks for no fusion, "removal of hardware and fusion L4-S1" does.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from hooks.spine.levels import Levels, parse_levels
from hooks.spine.order_lexicon import act_verbs, order_lexicon
from hooks.spine.order_parts import Part, is_plain, unnumbered


def is_revised(parts: list[Part], asked: frozenset[str], said: frozenset[str]) -> bool:
    """Whether a fusion or hardware is revised, exchanged or repaired.

    The reason names it where nothing else does: "revision for nonunion of lumbar fusion".
    """
    objects = order_lexicon()["revision objects"]
    for part, place in _verbs(parts, "revision verbs"):
        about = _about(part.asked, place, "revision")
        lacks_one = bool(said & objects) and _lacks_an_object(part.asked, place)
        if about or (about is None and (asked & objects or lacks_one)):
            return True
    if any(_about(part.asked, place, "repair") for part, place in _verbs(parts, "repair verbs")):
        return True
    if any(_is_extended(part.asked, place) for part, place in _verbs(parts, "fusion verbs")):
        return True
    return any(_is_replaced(parts, *verb) for verb in _verbs(parts, "replacing verbs"))


def is_removed(parts: list[Part]) -> bool:
    """Whether a verb of removal is about hardware, where some is named, or about nothing else."""
    abouts = (_about(part.asked, p, "removal") for part, p in _verbs(parts, "removal verbs"))
    return any(about is not False for about in abouts)


def is_new_fixation(what: list[str]) -> bool:
    """Whether a removal for this, or before or during it, is a part of a revision."""
    lexicon = order_lexicon()
    again = lexicon["revision verbs"] | lexicon["replacing verbs"]
    verbs = again | lexicon["fusion verbs"]
    place = next((place for place, word in enumerate(what) if word in verbs), None)
    if place is None or not is_plain(what[:place], "hardware"):
        return False
    if again.isdisjoint(what):
        return lexicon["of an old fusion"].isdisjoint(what)
    if not lexicon["revision objects"].isdisjoint(what):
        return True
    return (lexicon["revision besides"] | lexicon["replacing besides"]).isdisjoint(what)


def is_explored(parts: list[Part]) -> bool:
    """Whether a fusion is explored, so that it is an earlier one."""
    verbs = _verbs(parts, "exploration verbs")
    return any(_about(part.asked, place, "exploration") for part, place in verbs)


def is_placed(parts: list[Part]) -> bool:
    """Whether hardware is placed, or new: beside a removal that is a part of a revision."""
    verbs = _verbs(parts, "placing verbs")
    return any(
        _about(part.asked, place, "placing") and not _is_placed_before(part.asked, place)
        for part, place in verbs
    )


def new_fusions(asked: list[str]) -> list[list[str]]:
    """Return the fusions that a part of an order asks for, each in its words.

    That is a fusion joined to what is asked ("and fusion"), and at its beginning one that has
    levels or is a named procedure; neither an old one nor what hardware or bone is of.
    """
    return [asked[start : place + 1] for start, place in _new_fusions(asked)]


def fusions_beside_a_removal(parts: list[Part]) -> list[list[str]]:
    """Return the fusions that are asked for beside a removal, each in its words.

    One at the beginning of a part is new behind or with the removal, and not in brackets of its
    own; before it only where the removal names other levels: else it is that of the hardware.
    """
    removals = {place: _levels(part) for place, part in enumerate(parts) if is_removed([part])}
    return [
        part.asked[start : end + 1]
        for place, part in enumerate(parts)
        for start, end in _new_fusions(part.asked)
        if start or any(_is_beside(parts, place, *removal) for removal in removals.items())
    ]


def _is_beside(parts: list[Part], fusion: int, removal: int, removed: Levels) -> bool:
    """Whether a fusion at the beginning of its part is new beside a removal at some levels."""
    following = [word for part in parts[fusion + 1 : fusion + 2] for word in part.asked]
    if following and order_lexicon()["found"].issuperset(following):
        return False
    if parts[fusion].bracket not in (0, parts[removal].bracket):
        return False
    if removal <= fusion or (removed and removed != _levels(parts[fusion])):
        return True
    decompressions = order_lexicon()["decompressions"]
    return any(not decompressions.isdisjoint(part.asked) for part in parts[fusion:removal])


def _levels(part: Part) -> Levels:
    return parse_levels(" ".join(part.asked))


def _new_fusions(asked: list[str]) -> Iterator[tuple[int, int]]:
    verbs = order_lexicon()["fusion verbs"]
    for place, word in enumerate(asked):
        if word in verbs and (start := _start_of_new(asked, place)) is not None:
            yield start, place


def _is_placed_before(asked: list[str], place: int) -> bool:
    """Whether hardware was placed earlier and is what is removed, or is put away."""
    lexicon, ahead, before = order_lexicon(), _ahead(asked, place), asked[:place]
    if any(_is_year(w) or w in lexicon["of an old fusion"] for w in ahead):
        return True
    if not lexicon["placing besides"].isdisjoint(ahead):
        return True
    if "from" in takewhile(lambda word: word not in lexicon["joining"], reversed(before)):
        return True
    while before and (before[-1] == "of" or before[-1] in lexicon["kinds"]):
        before.pop()
    removes = not lexicon["removal verbs"].isdisjoint(before[-1:])
    return removes and lexicon["hardware"].isdisjoint(before)


def _verbs(parts: list[Part], group: str) -> Iterator[tuple[Part, int]]:
    """Yield the places of the verbs of a group, parts of hyphenated words and pairs included."""
    verbs = order_lexicon()[group]
    has_pairs = any(" " in verb for verb in verbs)
    for part in parts:
        for place, word in enumerate(part.asked):
            is_one = word in verbs or ("-" in word and not verbs.isdisjoint(word.split("-")))
            if is_one or (has_pairs and " ".join(part.asked[place : place + 2]) in verbs):
                yield part, place


def _about(asked: list[str], place: int, act: str) -> bool | None:
    """Return whether a verb is about objects of its act; None where nothing near it tells.

    Hardware may stand anywhere behind it, of other things the first counts: "revision laminectomy
    and fusion" revises a laminectomy.
    """
    lexicon = order_lexicon()
    objects, besides = lexicon[f"{act} objects"], lexicon[f"{act} besides"]
    ahead = _ahead(asked, place, objects)
    if not lexicon["hardware"].isdisjoint(ahead) and objects & lexicon["hardware"]:
        return True
    near = (word for word in (*ahead, *asked[max(0, place - 1) : place]))
    first = next((word for word in near if word in objects or word in besides), None)
    return None if first is None else first in objects


def _ahead(asked: list[str], place: int, objects: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the words behind a verb, up to the next verb or "with"."""
    verbs, accompanied = act_verbs(), order_lexicon()["accompanied"]
    return tuple(
        takewhile(
            lambda word: word in objects or not (word in verbs or word in accompanied),
            asked[place + 1 :],
        )
    )


def _lacks_an_object(asked: list[str], place: int) -> bool:
    is_besides = not order_lexicon()["revision besides"].isdisjoint(asked)
    return not is_besides and is_plain(asked[place + 1 : place + 2])


def _is_replaced(parts: list[Part], part: Part, place: int) -> bool:
    """Whether hardware is replaced, named with the verb or removed just before it."""
    about = _about(part.asked, place, "replacing")
    if about is not None:
        return about
    lexicon, before, behind = order_lexicon(), part.asked[:place], part.asked[place + 1 :]
    by_hardware = not lexicon["joining"].isdisjoint(behind[:1]) and bool(
        _about(behind, 0, "replacing")
    )
    if not (by_hardware or is_plain(behind)):
        return False
    if not before:
        return any(_removes_hardware(earlier.asked) for earlier in parts[: parts.index(part)])
    is_joined = not lexicon["joining"].isdisjoint(before[-1:])
    removes = not lexicon["removal verbs"].isdisjoint(before)
    return is_joined and removes and (by_hardware or _removes_hardware(before))


def _removes_hardware(said: list[str]) -> bool:
    lexicon = order_lexicon()
    removes = not lexicon["removal verbs"].isdisjoint(said)
    return removes and not lexicon["hardware"].isdisjoint(said)


def _start_of_new(asked: list[str], place: int) -> int | None:
    """Return where the words of a new fusion begin; None when it is none."""
    lexicon = order_lexicon()
    if _is_of_an_old_one(asked[place + 1 :]):
        return None
    start = place
    while start and (asked[start - 1] in lexicon["kinds"] or _is_where(asked[start - 1])):
        start -= 1
    before = asked[:start]
    if not before:
        is_new = _is_named(asked, place) and not _tells_by_whom(asked[place + 1 :])
        return start if is_new else None
    if before[-1] in lexicon["extending"] or _is_of_an_extension(before):
        return start
    return start if before[-1] in lexicon["joining"] and _joins_an_act(before) else None


def _is_extended(asked: list[str], place: int) -> bool:
    """Whether a fusion is extended, and so is an earlier one: "extension of fusion L2-L4"."""
    lexicon, before = order_lexicon(), asked[:place]
    between: list[str] = []
    while before and before[-1] not in lexicon["extending"]:
        between.insert(0, before.pop())
    if not before or not (between[:1] == ["of"] or before[-1] in lexicon["extend"]):
        return False
    return is_plain(between, "earlier") and not _is_of_an_old_one(asked[place + 1 :])


def _is_of_an_extension(before: list[str]) -> bool:
    """Whether words before a fusion extend it: "extension of", "extension of prior"."""
    return "of" in before[-2:] and not order_lexicon()["extending"].isdisjoint(before[-3:])


def _joins_an_act(before: list[str]) -> bool:
    """Whether "with fusion" is joined to an act, and not to a patient or to hardware."""
    lexicon = order_lexicon()
    if before[-1] not in lexicon["accompanied"]:
        return True
    if any(unnumbered(word) in lexicon["patients"] for word in before[-3:-1]):
        return False
    return lexicon["hardware"].isdisjoint(before) or not act_verbs().isdisjoint(before)


def _is_named(asked: list[str], place: int) -> bool:
    """Whether a fusion is a named procedure, or has levels before or behind it."""
    lexicon = order_lexicon()
    if asked[place] in lexicon["procedures"] or not lexicon["named kinds"].isdisjoint(
        asked[:place]
    ):
        return True
    near = asked[:place] + list(takewhile(_is_where, asked[place + 1 :]))
    return any(parse_levels(word) for word in near)


def _is_of_an_old_one(behind: list[str]) -> bool:
    """Whether words behind a fusion tell of what is there: its mass, hardware, pain or year."""
    lexicon = order_lexicon()
    had, old = lexicon["of a fusion"], lexicon["of an old fusion"]
    for place, word in enumerate(behind):
        if word in had or word in old or _is_year(word):
            return True
        if word in lexicon["found"] and lexicon["needed"].isdisjoint(behind[place + 1 :]):
            return True
        if word in lexicon["accompanied"]:
            rest = behind[place + 1 :]
            is_old = not old.isdisjoint(rest[:1])
            return is_old and act_verbs().isdisjoint(rest)
        if word in lexicon["joining"] or word in act_verbs():
            return False
    return False


def _tells_by_whom(behind: list[str]) -> bool:
    """Whether "by" behind a fusion tells who did it, and not by which approach or operation."""
    lexicon = order_lexicon()
    if "by" not in behind:
        return False
    whom = behind[behind.index("by") + 1 :][:1]
    return lexicon["kinds"].isdisjoint(whom) and act_verbs().isdisjoint(whom)


def _is_where(word: str) -> bool:
    return word in order_lexicon()["spine"] or word.isdigit() or bool(parse_levels(word))


def _is_year(word: str) -> bool:
    return len(word) == 4 and word.isdigit() and word[:2] in ("19", "20")
