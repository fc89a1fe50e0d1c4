"""Which findings govern at one level: those of the newest reports that speak of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import msgspec

from cds_service.engine.dates import DateInterval
from hooks.spine.findings import Finding, Reach, Stance, Target

EVERY_LEVEL = "every level"
UNKNOWN_LEVEL = "levels not known here"  # a statement that ends at S1 says nothing of them
UNNAMED = frozenset({EVERY_LEVEL, UNKNOWN_LEVEL})


class Governing(msgspec.Struct, frozen=True, gc=False):
    """What governs at one level: the findings of the newest reports that speak of it."""

    level: str
    when: DateInterval
    findings: tuple[Finding, ...]

    def has(self, target: Target, stance: Stance) -> bool:
        """Whether any governing finding takes this stance on the target."""
        return any(f.target is target and f.stance is stance for f in self.findings)


def is_adverse(finding: Finding) -> bool:
    """Whether a finding says something bad: fusion denied, or anything else affirmed."""
    bad = Stance.DENIED if finding.target is Target.SOLID_FUSION else Stance.AFFIRMED
    return finding.stance is bad


def is_good(finding: Finding) -> bool:
    """Whether a finding says something good: fusion affirmed, or anything else denied."""
    good = Stance.AFFIRMED if finding.target is Target.SOLID_FUSION else Stance.DENIED
    return finding.stance is good


class Matter(msgspec.Struct, frozen=True, dict=True):
    """What one report says about one matter, such as fusion."""

    when: DateInterval
    findings: tuple[Finding, ...]

    @cached_property
    def names_levels(self) -> bool:
        """Whether any of the findings names a level."""
        return any(f.levels for f in self.findings)

    @cached_property
    def named(self) -> frozenset[str]:
        """All levels that the findings name."""
        return frozenset().union(*[f.levels.named for f in self.findings])

    def about(self, level: str) -> tuple[Finding, ...]:
        """Return the findings that count for a level (rule 10).

        One that names no level counts for every level; a good one only if it speaks of all levels,
        or of those that the report does not name, or if the report names no level for the matter.
        """
        return tuple([f for f in self.findings if self._counts(f, level)])

    def _counts(self, finding: Finding, level: str) -> bool:
        if finding.levels:
            whole = level == EVERY_LEVEL and finding.reach is Reach.ALL
            return whole or level in finding.levels.named
        if finding.reach is Reach.SOME:
            return not is_good(finding)  # nobody can tell whether it is of this one
        if finding.reach is Reach.REMAINING:
            return bool(self.named) and level not in self.named  # else those left out were not read
        return not self.names_levels or finding.reach is Reach.ALL or not is_good(finding)


def govern(matters: Sequence[Matter], level: str, *, newest_only: bool = True) -> Governing | None:
    """Return the findings of the newest reports that speak of the level (same day: all of them).

    Without ``newest_only`` every report that speaks of it counts.
    """
    speaking = [(m.when, findings) for m in matters if (findings := m.about(level))]
    if not speaking:
        return None
    newest = max((when for when, _ in speaking), key=lambda when: (when.last, when.first))
    governing = [
        f for when, found in speaking if not newest_only or when.last >= newest.first for f in found
    ]
    return Governing(level, newest, tuple(governing))


def conflicts(statement: Governing) -> bool:
    """Whether the reports of one day contradict each other about one level."""
    if len(statement.findings) < 2:
        return False
    stances: dict[Target, set[Stance]] = {}
    for finding in statement.findings:
        stances.setdefault(finding.target, set()).add(finding.stance)
    opposed = any({Stance.AFFIRMED, Stance.DENIED} <= found for found in stances.values())
    solid = Stance.AFFIRMED in stances.get(Target.SOLID_FUSION, ())
    return opposed or (solid and Stance.AFFIRMED in stances.get(Target.NONUNION, ()))
