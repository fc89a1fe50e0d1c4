"""A CDS service: one object from which discovery, recognition, assessment and card all come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cds_service.engine.assessment import Assessment, Judged
from cds_service.engine.card import Card
from cds_service.engine.claim import SourceClaim
from cds_service.engine.codes import Terminology, spellings
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
    """Why a service answers for a signing: the orders that made it ours, among all ``drafted``.

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
    criterion) and ``scenarios``. ``load`` reads what the service keeps beside its content, so that
    the first invocation reads no file.
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
    load: Callable[[], None] = lambda: None

    def also_on(self, hook: str, service_id: str) -> CDSService:
        """Return the same service for another hook, under an id of its own."""
        return replace(self, hook=hook, id=service_id)

    def in_terms_of(self, terminology: Terminology) -> CDSService:
        """Return the service with ``{codes:ID,ID}`` in its templates replaced by lists of codes.

        A search is thus for all codes of the value sets, a site's own included.
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


_ESCAPED = {ord(sign): f"\\{sign}" for sign in "\\$,|"}  # FHIR R4, "Search", escaping


def _with_codes(template: str, terminology: Terminology) -> str:
    start = template.find("{codes:")
    if start < 0:
        return template
    end = template.index("}", start)
    names = template[start + len("{codes:") : end].split(",")
    codes = {pair for name in names for pair in terminology[name].codes}
    tokens = {_token(spelling) for pair in codes for spelling in spellings(*pair)}
    return template[:start] + ",".join(sorted(tokens)) + template[end + 1 :]


def _token(code: str) -> str:
    """Return a code as a search value of a URL, without its system.

    See FHIR R4, "Search", "token": alone it matches whatever the system, and so also the spellings
    of one (``urn:oid:…``) that a search for the canonical one misses. The criteria look at systems.
    """
    return quote(code.translate(_ESCAPED), safe="")
