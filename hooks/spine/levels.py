"""Spinal levels: vertebrae, interspaces, the pelvis, and how orders and reports write them."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import msgspec
import re2

_VERTEBRAE = tuple(
    [f"C{n}" for n in range(1, 8)]
    + [f"T{n}" for n in range(1, 13)]
    + [f"L{n}" for n in range(1, 6)]
    + ["S1"]
)
_PLACE = {name: place for place, name in enumerate(_VERTEBRAE)}
_FIRST_LUMBAR = _PLACE["L1"]
PELVIS = "pelvis"
SACRUM = "S1"
_LUMBOSACRAL = "L5-S1"

# SNOMED CT body sites of the DICOM concept dictionary, as shipped in pydicom 3.0.2.
_VERTEBRA_SITES = {
    "66794005": "L1",
    "14293000": "L2",
    "36470004": "L3",
    "11994002": "L4",
    "49668003": "L5",
    "54735007": SACRUM,
}
_INTERSPACE_SITES = {
    "243920003": "L1-L2",
    "243921004": "L2-L3",
    "243922006": "L3-L4",
    "243923001": "L4-L5",
    "243927000": "L5-S1",
}
_PELVIS_SITES = frozenset({"22356005", "29850006", "39723000", "816092008"})

# L4-S1, L4-5, L4/5, L4-L5-S1, L5S1, L45, L2-pelvis, S1; dashes and words are unified before.
_BASES = "PELVIS|ILIUM|ILIAC|SACRUM|S2AI"
_WRITTEN = re2.compile(
    rf"\b[CTLS]\d{{1,2}}(?:\s?[-/]\s?\d{{1,2}})?"
    rf"(?:(?:\s?[-/]\s?)?[CTLS]\s?\d{{1,2}}|\s?[-/]\s?(?:{_BASES})|[-/]\d{{1,2}})*\b"
)
# "L3-4 & 4-5", "L4-5, 5-1": the region is carried over a comma to the next interspace.
_CARRIED = re2.compile(r"(?:\s?,\s?(?:AND\s)?|\s?[&+]\s?|\s?AND\s)(\d)\s?[-/]\s?(S?\d)\b")
_COUNTED = re2.compile(r"(?:[-/]|\s?(?:MM|CM|DAYS?|WEEKS?|MONTHS?|YEARS?|TIMES|VIEWS?)\b)")
_STOP = re2.compile(rf"([CTLS]?)\s?(\d{{1,2}})|({_BASES})")
_PELVIS_WORDS = re2.compile(r"\b(PELVIS|PELVIC|ILIUM|ILIAC|S2AI|S2-ALAR)\b")
_DASHES = str.maketrans({"–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-"})
_MAX_TEXT = 65_536
_NEAR = 60  # characters behind a level in which others share its region
_TITLE = 120  # characters; what is longer is a note, and is not kept


class Levels(msgspec.Struct, frozen=True, gc=False):
    """What a text or a body site names: interspaces, single vertebrae, and the pelvis."""

    interspaces: frozenset[str] = frozenset()
    vertebrae: frozenset[str] = frozenset()
    pelvis: bool = False

    def __or__(self, other: Levels) -> Levels:
        """Return everything that either names."""
        return Levels(
            self.interspaces | other.interspaces,
            self.vertebrae | other.vertebrae,
            self.pelvis or other.pelvis,
        )

    def __bool__(self) -> bool:
        return bool(self.interspaces or self.vertebrae or self.pelvis)

    @property
    def named(self) -> frozenset[str]:
        """All names, interspaces and vertebrae and the pelvis alike."""
        return self.interspaces | self.vertebrae | ({PELVIS} if self.pelvis else frozenset())

    @property
    def touched_vertebrae(self) -> frozenset[str]:
        """Every vertebra that is named or borders a named interspace."""
        return self.vertebrae | {end for space in self.interspaces for end in space.split("-")}

    @property
    def reaches_lumbar(self) -> bool:
        """Whether anything named lies at L1 or below (clinical.md, 9.10)."""
        touched = self.touched_vertebrae
        return self.pelvis or any(_PLACE[name] >= _FIRST_LUMBAR for name in touched)

    @property
    def parts(self) -> frozenset[str]:
        """Which parts of the lower spine it names: lumbar, lumbosacral, sacrum, pelvis."""
        upper = Levels(self.interspaces - {_LUMBOSACRAL}, self.vertebrae - {SACRUM})
        reached = {
            "lumbar": upper.reaches_lumbar,
            "lumbosacral": _LUMBOSACRAL in self.interspaces,
            "sacrum": SACRUM in self.vertebrae,
            PELVIS: self.pelvis,
        }
        return frozenset(part for part, is_reached in reached.items() if is_reached)

    def overlaps(self, other: Levels) -> bool:
        """Whether both name a common vertebra, or both the pelvis."""
        if self.pelvis and other.pelvis:
            return True
        return bool(self.touched_vertebrae & other.touched_vertebrae)

    def borders(self, other: Levels) -> bool:
        """Whether they overlap, or name vertebrae next to each other; the pelvis is beside S1."""
        ends = self.touched_vertebrae | ({SACRUM} if self.pelvis else frozenset())
        beside = other.touched_vertebrae | ({SACRUM} if other.pelvis else frozenset())
        return bool(
            ends & beside or consecutive(ends | beside) - consecutive(ends) - consecutive(beside)
        )

    def __str__(self) -> str:
        return _in_words(self)


NO_LEVELS = Levels()


@lru_cache(maxsize=1024)
def _in_words(levels: Levels) -> str:
    """Return levels as they are written, from head to pelvis; the same ones recur."""
    names = frozenset(_stretches(levels.interspaces)) | (levels.named - levels.interspaces)
    return ", ".join(in_order(names))


def _stretches(interspaces: frozenset[str]) -> list[str]:
    """Return interspaces that follow each other as one: L3-L4 and L4-L5 are L3-L5."""
    found: list[list[str]] = []
    for space in in_order(interspaces):
        upper, lower = space.split("-")
        if found and found[-1][1] == upper:
            found[-1][1] = lower
        else:
            found.append([upper, lower])
    return ["-".join(ends) for ends in found]


def in_order(names: frozenset[str]) -> list[str]:
    """Return level names from head to pelvis."""
    return sorted(names, key=lambda n: (_PLACE.get(n.split("-")[0], len(_PLACE)), n))


def interspaces_between(upper: str, lower: str) -> frozenset[str]:
    """Return the interspaces from one vertebra to another: L4 to S1 is L4-L5 and L5-S1."""
    start, end = sorted((_PLACE[upper], _PLACE[lower]))
    return frozenset(f"{_VERTEBRAE[i]}-{_VERTEBRAE[i + 1]}" for i in range(start, end))


def consecutive(vertebrae: frozenset[str]) -> frozenset[str]:
    """Return the interspaces between vertebrae that follow each other: L4 and L5 are L4-L5."""
    places = {_PLACE[name] for name in vertebrae if name in _PLACE}
    return frozenset(
        f"{_VERTEBRAE[place]}-{_VERTEBRAE[place + 1]}" for place in places if place + 1 in places
    )


def adjacent_interspaces(fused: frozenset[str]) -> frozenset[str]:
    """Return the interspaces right above and below each fused stretch; none below S1."""
    return interspaces_above(fused) | interspaces_below(fused)


def interspaces_above(fused: frozenset[str]) -> frozenset[str]:
    """Return the interspace right above each fused stretch; nothing when there is none."""
    tops = {_PLACE[space.split("-")[0]] for space in fused}
    return frozenset(f"{_VERTEBRAE[top - 1]}-{_VERTEBRAE[top]}" for top in tops if top) - fused


def interspaces_below(fused: frozenset[str]) -> frozenset[str]:
    """Return the interspace right below each fused stretch; nothing when there is none."""
    ends = {_PLACE[space.split("-")[1]] for space in fused}
    below = (_VERTEBRAE[end : end + 2] for end in ends if end + 1 < len(_VERTEBRAE))
    return frozenset(map("-".join, below)) - fused


def level_of_site(code: str | None) -> Levels:
    """Return the level that a SNOMED CT body site names; nothing when it names none."""
    if code in _VERTEBRA_SITES:
        return Levels(vertebrae=frozenset({_VERTEBRA_SITES[code]}))
    if code in _INTERSPACE_SITES:
        return Levels(interspaces=frozenset({_INTERSPACE_SITES[code]}))
    return Levels(pelvis=code in _PELVIS_SITES)


def parse_levels(text: str) -> Levels:
    """Return the levels that a text names; a range names every interspace in it.

    Linear in the text, of which the first 64 KiB are read.
    """
    return _titles(text) if len(text) <= _TITLE else _parse(text)


@lru_cache(maxsize=1024)
def _titles(text: str) -> Levels:
    """Return the levels of a short text: the names of orders and procedures recur."""
    return _parse(text)


def _parse(text: str) -> Levels:
    unified = text[:_MAX_TEXT].upper().translate(_DASHES)
    for word in (" THROUGH ", " THRU ", " TO "):
        unified = unified.replace(f"{word}THE ", "-").replace(word, "-")
    found = Levels(pelvis=_PELVIS_WORDS.search(unified) is not None)
    for match in _WRITTEN.finditer(unified):
        found |= _written(match.group())
        found |= _carried(match.group(), unified[match.end() : match.end() + _NEAR])
    return found


def _carried(chain: str, behind: str) -> Levels:
    """Return the interspaces that follow a chain without their region: L3-4 & 4-5.

    Only neighbours make an interspace; a date or a number of weeks does not.
    """
    region = next(c for c in reversed(chain) if c in "CTLS")
    region = "L" if region == "S" else region
    found, place = NO_LEVELS, 0
    while (match := _CARRIED.match(behind[place:])) is not None:
        place += match.end()
        spaces = _written(f"{region}{match.group(1)}-{match.group(2)}").interspaces
        if len(spaces) != 1 or _COUNTED.match(behind[place:]) is not None:
            break
        found |= Levels(spaces)
    return found


def _written(chain: str) -> Levels:
    """Return the levels from the first to the last vertebra of a chain such as L4-5-S1."""
    stops: list[str] = []
    for region, number, base in _STOP.findall(chain):
        stops += [SACRUM] if base else _vertebrae(region, number, stops)
    spaces = [interspaces_between(upper, lower) for upper, lower in pairwise(stops)]
    if any(spaces):
        return Levels(frozenset().union(*spaces))
    return Levels(vertebrae=frozenset(stops[:1]))


def _vertebrae(region: str, number: str, before: list[str]) -> list[str]:
    """Return the vertebra that a part of a chain names; L45 names two, and L9 none.

    A bare number is of the region before it, or the first of the next: L5-1 ends at S1. After a
    range it can only be the next vertebra; any other number there is no level.
    """
    if region and not before and len(number) > 1 and region + number not in _PLACE:
        return _run_together(region, number)
    if not region and not before:
        return []
    name = (region or before[-1][0]) + number
    if not region:
        following = _VERTEBRAE[min(_PLACE[before[-1]] + 1, len(_VERTEBRAE) - 1)]
        if number == "1" and following[1:] == "1":
            return [following]
        if len(before) > 1 and name != following:
            return []
    name = SACRUM if name == "S2" else name
    return [name] if name in _PLACE else []


def _run_together(region: str, number: str) -> list[str]:
    upper, lower = region + number[0], region + number[1]
    return [upper, lower] if upper in _PLACE and _PLACE.get(lower) == _PLACE[upper] + 1 else []
