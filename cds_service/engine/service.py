"""A CDS service: one object from which discovery, recognition, assessment and card all come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cds_service.engine.assessment import Assessment, Judged
from cds_service.engine.card import Card
from cds_service.engine.claim import SourceClaim
from cds_service.engine.codes import Terminology
from cds_service.engine.content import ClinicalContent
from cds_service.engine.criterion import Criterion, RiskFactor
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import DraftOrder


@dataclass(frozen=True)
class DraftOrders:
    """The orders to be judged and the others of the same session, which are context.

    On order-sign all orders are judged; on order-select only the selected ones.
    """

    judged: tuple[DraftOrder, ...]
    context: tuple[DraftOrder, ...] = ()

    @property
    def everything(self) -> tuple[DraftOrder, ...]:
        """All orders of the session."""
        return self.judged + self.context


@dataclass(frozen=True)
class OrderIntent:
    """Why a service answers for a signing: the orders that made it ours.

    ``certain`` is False for an order that only the record can make ours (contract, rule 7).
    """

    orders: tuple[DraftOrder, ...]
    drafted: tuple[DraftOrder, ...]
    certain: bool


@dataclass(frozen=True)
class CDSService:
    """One CDS service.

    ``prefetch`` maps keys to templates; ``minimal`` names those that discovery lists in the minimal
    mode. ``recognise`` looks at the draft orders alone and returns None for an order that is not
    ours. ``read`` makes the criteria inputs, or None when the record shows that there is nothing to
    say. ``advise`` makes the card, or None. ``claims`` is what its source says beside the criteria.
    ``folder`` holds what a reviewer reads with them: ``terms.yaml`` (the value sets of each
    criterion) and ``scenarios``.
    """

    id: str
    hook: str
    title: str
    description: str
    version: str
    prefetch: Mapping[str, str]
    minimal: frozenset[str]
    content: tuple[Path, ...]
    recognise: Callable[[DraftOrders, ClinicalContent], OrderIntent | None]
    read: Callable[[PatientRecord, Any, ClinicalContent], Any | None]
    criteria: tuple[Criterion[Any], ...]
    risk_factors: tuple[RiskFactor[Any], ...]
    advise: Callable[[Assessment, Any], Card | None]
    usage_requirements: str = ""
    claims: tuple[SourceClaim, ...] = ()
    folder: Path | None = None

    def also_on(self, hook: str, service_id: str) -> CDSService:
        """Return the same service for another hook, under an id of its own."""
        return replace(self, hook=hook, id=service_id)

    def in_terms_of(self, terminology: Terminology) -> CDSService:
        """Return the service with ``{codes:ID,ID}`` in its templates replaced by token lists.

        A search is thus for exactly the codes of the value sets, a site's own included.
        """
        return replace(
            self,
            prefetch={key: _with_codes(t, terminology) for key, t in self.prefetch.items()},
        )

    def assess(
        self, record: PatientRecord, inputs: Any, orders: Sequence[DraftOrder]
    ) -> Assessment:
        """Return the judgement of every criterion and risk factor from the inputs."""
        return Assessment(
            service=self.id,
            version=self.version,
            as_of=record.as_of,
            orders=tuple(order.reference for order in orders),
            criteria=tuple([Judged(c, c.judge(inputs)) for c in self.criteria]),
            risk_factors=tuple([Judged(c, c.judge(inputs)) for c in self.risk_factors]),
            unread=record.unread,
        )

    def answer(
        self, record: PatientRecord, intent: OrderIntent, content: ClinicalContent
    ) -> Card | None:
        """Return the card for a recognised order, or None when there is nothing to say."""
        inputs = self.read(record, intent, content)
        if inputs is None:
            return None
        return self.advise(self.assess(record, inputs, intent.orders), inputs)


def _with_codes(template: str, terminology: Terminology) -> str:
    start = template.find("{codes:")
    if start < 0:
        return template
    end = template.index("}", start)
    names = template[start + len("{codes:") : end].split(",")
    tokens = {f"{system}|{code}" for name in names for system, code in terminology[name].codes}
    return template[:start] + ",".join(sorted(tokens)) + template[end + 1 :]
