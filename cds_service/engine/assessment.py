"""Everything that one service found for one patient and order, and its contract dump."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import msgspec

from cds_service.engine.criterion import Criterion
from cds_service.engine.judgement import Judgement, Status
from cds_service.engine.record import Search


class Judged(msgspec.Struct, frozen=True, gc=False):
    """One criterion or risk factor with its judgement."""

    criterion: Criterion[Any]
    judgement: Judgement

    def as_json(self) -> dict[str, Any]:
        """Return id, status, reason and evidence, without empty members."""
        judgement = self.judgement
        out: dict[str, Any] = {"id": self.criterion.id, "status": judgement.status}
        if judgement.reason is not None:
            out["reason"] = judgement.reason
        if judgement.evidence:
            out["evidence"] = [evidence.as_json() for evidence in judgement.evidence]
        return out


@dataclass(frozen=True)
class Assessment:
    """The judgement of every criterion and risk factor of a service, and what could not be read."""

    service: str
    version: str
    as_of: date
    orders: tuple[str, ...]
    criteria: tuple[Judged, ...]
    risk_factors: tuple[Judged, ...]
    unread: tuple[Search, ...]

    def __getitem__(self, criterion_id: str) -> Judgement:
        """Return the judgement of a criterion or risk factor by its id."""
        return self._by_id[criterion_id]

    @cached_property
    def _by_id(self) -> dict[str, Judgement]:
        return {each.criterion.id: each.judgement for each in self.criteria + self.risk_factors}

    @cached_property
    def statuses(self) -> tuple[Status, ...]:
        """The status of each criterion (not of the risk factors), in the contract's order."""
        return tuple([j.judgement.status for j in self.criteria])

    def tally(self) -> str:
        """Return how many source criteria were found, not found and contradicted."""
        own = [j.judgement.status for j in self.criteria if not j.criterion.is_our_addition]
        return (
            f"{own.count(Status.MET)} of {len(own)} source criteria found, "
            f"{own.count(Status.UNKNOWN)} not found, {own.count(Status.NOT_MET)} contradicted"
        )

    def as_json(self) -> dict[str, Any]:
        """Return the assessment extension of the contract; empty members are left out."""
        out: dict[str, Any] = {
            "service": self.service,
            "version": self.version,
            "asOf": self.as_of.isoformat(),
            "orders": list(self.orders),
            "criteria": [judged.as_json() for judged in self.criteria],
        }
        if self.risk_factors:
            out["riskFactors"] = [judged.as_json() for judged in self.risk_factors]
        if self.unread:
            out["unread"] = [
                {"key": search.key, "reason": search.unread}
                for search in self.unread
                if search.unread is not None
            ]
        return out
