"""Three-valued judgements: met, not met or unknown; present, absent or unknown."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from cds_service.engine.evidence import Evidence


class Status(StrEnum):
    """The status of a criterion (the first three) or of a risk factor (the last three)."""

    MET = "met"
    NOT_MET = "not-met"
    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a status is unknown."""

    NO_DATA = "no-data"
    NOT_SEARCHED = "not-searched"
    CONFLICTING = "conflicting"
    STALE = "stale"
    UNCERTAIN_TEXT = "uncertain-text"
    WRONG_MODALITY = "wrong-modality"
    BEFORE_SURGERY = "before-surgery"
    BETWEEN_THRESHOLDS = "between-thresholds"
    IMPRECISE_DATE = "imprecise-date"
    LEVEL_GAP = "level-gap"
    PRELIMINARY = "preliminary"
    POSSIBLE = "possible"
    UNREADABLE = "unreadable"
    NOT_COMPUTABLE = "not-computable"
    EARLY = "early"


class Judgement(msgspec.Struct, frozen=True, gc=False):
    """Status, reason and evidence of one criterion; ``remark`` is our own words for the card."""

    status: Status
    evidence: tuple[Evidence, ...] = ()
    reason: Reason | None = None
    remark: str = ""

    def __post_init__(self) -> None:
        """Refuse an answer without evidence, and an unknown without a reason."""
        if self.status is Status.UNKNOWN:
            if self.reason is None:
                raise ValueError("unknown needs a reason")
        elif not self.evidence:
            raise ValueError(f"{self.status} needs evidence")

    @property
    def is_unknown(self) -> bool:
        """Whether nothing could be decided."""
        return self.status is Status.UNKNOWN

    @property
    def is_met(self) -> bool:
        """Whether the criterion is met."""
        return self.status is Status.MET

    @property
    def is_not_met(self) -> bool:
        """Whether the criterion is contradicted."""
        return self.status is Status.NOT_MET

    @property
    def is_present(self) -> bool:
        """Whether the risk factor is present."""
        return self.status is Status.PRESENT


def met(*evidence: Evidence, remark: str = "") -> Judgement:
    """Return ``met``; evidence is required."""
    return Judgement(Status.MET, evidence, None, remark)


def not_met(*evidence: Evidence, reason: Reason | None = None, remark: str = "") -> Judgement:
    """Return ``not-met``; evidence is required."""
    return Judgement(Status.NOT_MET, evidence, reason, remark)


def present(*evidence: Evidence, remark: str = "") -> Judgement:
    """Return ``present``; evidence is required."""
    return Judgement(Status.PRESENT, evidence, None, remark)


def absent(*evidence: Evidence, remark: str = "") -> Judgement:
    """Return ``absent``; evidence is required."""
    return Judgement(Status.ABSENT, evidence, None, remark)


def unknown(reason: Reason, *evidence: Evidence, remark: str = "") -> Judgement:
    """Return ``unknown`` for the given reason, with what was seen, if anything."""
    return Judgement(Status.UNKNOWN, evidence, reason, remark)
