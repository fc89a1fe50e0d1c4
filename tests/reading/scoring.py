"""How many labelled cells the reader gets right: a cell is a text and one of seven targets.

Right: every stance read is allowed by the labels, and each label is among what was read. False:
read as affirmed where no label allows it. Found: what the labels affirm, read as affirmed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from hooks.spine.levels import PELVIS
from hooks.spine.text.governing import governing
from hooks.spine.text.lexicon import Stance
from hooks.spine.text.reader import Statement, read_text

HERE = Path(__file__).parent
SETS = ("development", "before", "after", "fresh", "independent")
TARGETS = {
    "solid_fusion": "solid-fusion",
    "nonunion": "nonunion",
    "loosening": "loosening",
    "hardware_fracture": "breakage",
    "prominence": "prominence",
    "infection_signs": "infection",
    "adjacent_segment_degeneration": "adjacent-segment",
}
NOT_MENTIONED, NEGATED, AFFIRMED = "not_mentioned", "negated", "affirmed"
STATUSES = {
    Stance.AFFIRMED: AFFIRMED,
    Stance.DENIED: NEGATED,
    Stance.POSSIBLE: "possible",
    Stance.HISTORICAL: "historical",
}


class Site(TypedDict):
    """A level as the labels name it, and its side."""

    level: str
    side: str | None


class _Label(TypedDict):
    status: str
    levels: list[Site]


class Label(_Label, total=False):
    """One label of a target: its status, where, and what is accepted for it, too."""

    also_accept: list[str]


class Case(TypedDict):
    """One labelled text."""

    id: str
    text: str
    labels: dict[str, list[Label]]


@dataclass
class Score:
    """Counts over one set; ``false``, ``affirmed`` (labels) and ``found`` are by target."""

    cells: int = 0
    right: int = 0
    informative: int = 0
    informative_right: int = 0
    sited: int = 0
    levels_right: int = 0
    sided: int = 0
    sides_right: int = 0
    false: dict[str, list[str]] = field(default_factory=dict)
    affirmed: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def cases(name: str) -> list[Case]:
    """Return the labelled texts of one set."""
    lines = (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def score(labelled: Iterable[Case]) -> Score:
    """Return how the reader does on labelled texts."""
    total = Score()
    for case in labelled:
        statements = governing(read_text(case["text"]))
        for target, name in TARGETS.items():
            _count(total, case, target, [s for s in statements if s.target == name])
    return total


def _count(total: Score, case: Case, target: str, read: list[Statement]) -> None:
    labels = case["labels"][target]
    said = {STATUSES[s.stance] for s in read} or {NOT_MENTIONED}
    labelled = {label["status"] for label in labels}
    allowed = _allowed(case, target)
    is_right = said <= allowed and all(_is_met(label, said) for label in labels)
    total.cells += 1
    total.right += is_right
    if labelled | said != {NOT_MENTIONED}:
        total.informative += 1
        total.informative_right += is_right
    if not is_right:
        total.wrong.append(f"{case['id']} {target}: {sorted(labelled)}, read {sorted(said)}")
    if AFFIRMED in said - allowed:
        total.false.setdefault(target, []).append(case["id"])
    if AFFIRMED in labelled:
        total.affirmed[target] += 1
        total.found[target] += AFFIRMED in said
        _count_places(total, labels, [s for s in read if s.stance is Stance.AFFIRMED])


def _allowed(case: Case, target: str) -> set[str]:
    """Return the statuses that may be read; an affirmed nonunion always denies fusion (4.2)."""
    found = {s for label in case["labels"][target] for s in _accepted(label)}
    nonunion = {label["status"] for label in case["labels"]["nonunion"]}
    return found | ({NEGATED} if target == "solid_fusion" and AFFIRMED in nonunion else set())


def _accepted(label: Label) -> set[str]:
    return {label["status"], *label.get("also_accept", ())}


def _is_met(label: Label, said: set[str]) -> bool:
    accepted = _accepted(label)
    return NOT_MENTIONED in accepted or not accepted.isdisjoint(said)


def _count_places(total: Score, labels: list[Label], read: list[Statement]) -> None:
    """Count whether what is affirmed is read at exactly its levels, and on its sides."""
    sites = [site for label in labels if label["status"] == AFFIRMED for site in label["levels"]]
    total.sited += 1
    total.levels_right += {site["level"] for site in sites} == _levels(read)
    if sides := {site["side"] for site in sites if site["side"]}:
        total.sided += 1
        total.sides_right += sides == {s.side for s in read if s.side}


def _levels(read: Iterable[Statement]) -> set[str]:
    named = {level for s in read for level in s.levels.named}
    return {"ilium" if level == PELVIS else level for level in named}
