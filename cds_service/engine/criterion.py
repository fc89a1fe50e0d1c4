"""A criterion or a risk factor: one clinical statement, its source, and its check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from cds_service.engine.evidence import Citation, Verification
from cds_service.engine.judgement import Judgement

Inputs = TypeVar("Inputs")


@dataclass(frozen=True)
class Criterion(Generic[Inputs]):
    """One clinical statement to be judged from the criteria inputs of a service.

    ``reads`` names the prefetch keys that the judgement depends on, ``if_unknown`` is what the card
    says when the statement cannot be judged, ``if_not_met`` when the chart contradicts it. A
    criterion without a citation cannot be made.
    """

    id: str
    claim: str
    statement: str
    reads: tuple[str, ...]
    judge: Callable[[Inputs], Judgement]
    citations: tuple[Citation, ...]
    if_unknown: str
    settings: tuple[str, ...] = ()
    if_not_met: str = ""

    def __post_init__(self) -> None:
        """Refuse a statement without source or without data."""
        if not self.citations:
            raise ValueError(f"{self.id}: no citation, no criterion")
        if not self.reads:
            raise ValueError(f"{self.id}: names no prefetch key")

    @cached_property
    def is_our_addition(self) -> bool:
        """Whether no passage of the source article stands behind it."""
        return self.verification is Verification.OUR_ADDITION

    @cached_property
    def verification(self) -> Verification:
        """How far its sources were verified: contradicted, verified, in part, or the seed only."""
        found = {citation.verification for citation in self.citations}
        if found == {Verification.OUR_ADDITION}:
            return Verification.OUR_ADDITION
        ranked = (Verification.CONTRADICTED, Verification.VERIFIED, Verification.PARTLY)
        return next((rank for rank in ranked if rank in found), Verification.SEED_ONLY)


class RiskFactor(Criterion[Inputs]):
    """A statement that only counsels: present, absent or unknown, never a reason for a warning."""
