"""Infection that an image shows and newer ones deny: it is possible, and both are shown (1.3-H)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from operator import itemgetter

import msgspec

from hooks.spine.examinations import Modality
from hooks.spine.findings import Finding, Reach, Stance, Target
from hooks.spine.imaging import Imaging
from hooks.spine.reports import ImagingReport

_DAY = itemgetter(0)


class Weighed(msgspec.Struct, frozen=True, gc=False):
    """Signs of infection that stand, and those denied later, each followed by what denies it."""

    standing: tuple[Finding, ...]
    denied: tuple[Finding, ...]


def weighed(imaging: Imaging, signs: Iterable[tuple[ImagingReport, Finding]]) -> Weighed:
    """Return the signs by whether newer CTs and MRs deny them; a denial is listed once a place."""
    denials = _denials(imaging)
    by_place: dict[frozenset[str], list[tuple[date, Finding]]] = {}
    listed_from: dict[frozenset[str], int] = {}
    standing: list[Finding] = []
    denied: list[Finding] = []
    for report, sign in signs:
        place = sign.levels.named
        if place not in by_place:
            by_place[place] = [(day, d) for day, d in denials if _covers(d, place)]
        known = by_place[place]
        start = bisect_right(known, report.when.last, key=_DAY) if report.when else len(known)
        if start == len(known):
            standing.append(sign)
        else:
            until = listed_from.get(place, len(known))
            denied += [sign, *(finding for _, finding in known[start:until])]
            listed_from[place] = min(start, until)
    return Weighed(tuple(standing), tuple(denied))


def _denials(imaging: Imaging) -> list[tuple[date, Finding]]:
    """Return what CTs and MRs that show no infection anywhere deny of it, oldest first."""
    denied: list[tuple[date, Finding]] = []
    for report in imaging.of(Modality.CT, Modality.MR):
        said = [f for f in report.findings if f.target is Target.INFECTION]
        is_clean = all(f.stance is Stance.DENIED for f in said)
        if is_clean and report.is_final and report.when:
            denied += [(report.when.first, finding) for finding in said]
    return sorted(denied, key=_DAY)


def denies_everywhere(report: ImagingReport) -> bool:
    """Whether a report denies infection at all levels, and tells of none."""
    said = [f for f in report.findings if f.target is Target.INFECTION]
    is_clean = all(f.stance is Stance.DENIED for f in said)
    return is_clean and any(_covers(f, frozenset()) for f in said)


def _covers(denial: Finding, place: frozenset[str]) -> bool:
    """Whether a denial is of the place of a sign: of the same levels, or of all of them."""
    if not denial.levels:
        return denial.reach in (Reach.ALL, Reach.UNSAID)
    return bool(place) and place <= denial.levels.named
