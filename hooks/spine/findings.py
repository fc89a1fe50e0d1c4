"""Findings: what imaging states of one target, at which levels, with its evidence."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from cds_service.engine.evidence import Evidence
from hooks.spine.laterality import is_opposite
from hooks.spine.levels import Levels
from hooks.spine.text.lexicon import Stance
from hooks.spine.text.places import Reach

__all__ = ["Finding", "Reach", "Stance", "Target"]


class Target(StrEnum):
    """What a report may state."""

    SOLID_FUSION = "solid fusion"
    NONUNION = "nonunion"
    LOOSENING = "loosening or displacement of hardware"
    BREAKAGE = "breakage of hardware"
    PROMINENCE = "prominent hardware"
    INFECTION = "signs of infection"
    ADJACENT_SEGMENT = "adjacent segment disease"
    MALPOSITION = "malposition of hardware"

    @property
    def implies_fusion(self) -> bool:
        """Whether nobody can have it, or lack it, without an earlier fusion or implant."""
        return self not in (Target.INFECTION, Target.ADJACENT_SEGMENT)


FUSION_TARGETS = frozenset({Target.SOLID_FUSION, Target.NONUNION})
HARDWARE_TARGETS = frozenset({Target.LOOSENING, Target.BREAKAGE})
OF_HARDWARE = HARDWARE_TARGETS | {Target.PROMINENCE, Target.MALPOSITION}
PROMINENCE_TARGETS = frozenset({Target.PROMINENCE})


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One statement about one target; no levels means that it names none.

    ``reach`` says which levels are meant where none is named; ``side`` is left, right, bilateral
    or empty. ``section``, ``start`` and ``end`` say where in its text the sentence stands that the
    evidence quotes; they are empty for what is coded.
    """

    target: Target
    stance: Stance
    levels: Levels
    evidence: Evidence
    reach: Reach = Reach.UNSAID
    side: str = ""
    section: str = ""
    start: int = 0
    end: int = 0

    def may_be_where(self, other: Finding) -> bool:
        """Whether both may be of one place: none of them without levels or side is elsewhere."""
        levels = self.levels
        near = not levels or not other.levels or levels.overlaps(other.levels)
        return near and not is_opposite(self.side, other.side)
