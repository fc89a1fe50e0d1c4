"""Order intent: removal of posterior instrumentation, revision of a lumbar fusion, or neither."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import msgspec

from cds_service.engine.codes import Terminology
from cds_service.engine.content import ClinicalContent
from cds_service.engine.datatypes import CodeableConcept
from cds_service.engine.resources import DraftOrder
from cds_service.engine.service import DraftOrders, OrderIntent
from hooks.spine.examinations import region_of_title
from hooks.spine.laterality import side_of_orders
from hooks.spine.levels import NO_LEVELS, Levels, level_of_site, parse_levels
from hooks.spine.order_words import (
    Act,
    Region,
    acts_of_text,
    first_of,
    region_of_code,
    region_of_text,
)
from hooks.spine.other_codes import as_cpt, names_something_else

_SURGICAL = frozenset({"ServiceRequest", "ProcedureRequest", "DeviceRequest"})
_ANTERIOR = "anterior-instrumentation"
_ACT_OF_VALUE_SET = {
    "removal-of-posterior-instrumentation": Act.REMOVAL,
    "reinsertion-of-spinal-fixation": Act.REINSERTION,
    "exploration-of-fusion": Act.EXPLORATION,
    "lumbar-fusion": Act.FUSION,
    "spinal-fusion-any-region": Act.FUSION,
    "posterior-instrumentation": Act.INSTRUMENTATION,
    _ANTERIOR: Act.INSTRUMENTATION,
}
_OPEN_REGION = frozenset({"spinal-fusion-any-region", "posterior-instrumentation", _ANTERIOR})
_SENTENCES = str.maketrans(dict.fromkeys(".\n", ";"))
_GENERIC_REMOVAL = "generic-implant-removal"
_FUSION_ELSEWHERE = "fusion-out-of-scope"
_LOWER_SPINE = frozenset({"lower-spine-reason", "adjacent-segment-surrogates"})


class SpineOrder(msgspec.Struct, frozen=True, gc=False):
    """One order that asks for one of the acts, with the levels it names."""

    order: DraftOrder
    act: Act
    levels: Levels
    region: Region
    by_text: bool
    region_is_open: bool
    may_be_of_the_neck: bool = False
    also_removes: bool = False
    explores: bool = False


@dataclass(frozen=True)
class SpineOrderIntent(OrderIntent):
    """Removal or revision: the orders that say so, their levels, and how they were read."""

    levels: Levels = NO_LEVELS
    combined: bool = False
    by_text: bool = False
    region_said: bool = True

    @cached_property
    def side(self) -> str:
        """The side that the orders are for: left, right, bilateral, or empty."""
        return side_of_orders(self.orders)


def recognise_removal(orders: DraftOrders, content: ClinicalContent) -> SpineOrderIntent | None:
    """Return the intent of the removal orders; None without any that stands for itself.

    Removal together with reinsertion or fusion is a revision, unless both name their levels and
    these do not meet (contract; clinical.md 3.2 and scenario V28).
    """
    judged, everything = _read(orders, content)
    if not judged:
        return None
    replacing = [o for o in everything if _replaces(o)]
    removals = [
        o for o in judged if o.act is Act.REMOVAL and not any(_same_site(o, r) for r in replacing)
    ]
    return _intent(removals, orders, combined=False, certain=True) if removals else None


def recognise_revision(orders: DraftOrders, content: ClinicalContent) -> SpineOrderIntent | None:
    """Return the intent of the revision orders; ``certain`` is False for fusion codes alone.

    Reinsertion and exploration of a fusion are a revision by their meaning, removal with new fusion
    or instrumentation by the combination, of selected orders or beside them at the same site. A
    fusion or instrumentation code alone may be a first operation (contract, rule 7).
    """
    judged, everything = _read(orders, content)
    if not judged:
        return None
    removals = [o for o in everything if o.act is Act.REMOVAL]
    replacing = [o for o in everything if _replaces(o)]
    combined = [o for o in removals if any(_same_site(o, r) for r in replacing)]
    combined += [o for o in everything if o.also_removes and _replaces(o)]
    explored = [o for o in everything if o.explores and (replacing or not removals)]
    ours = [o for o in judged if _replaces(o) or o in combined or o in explored]
    if not ours:
        return None
    reinserted = [o for o in everything if o.act is Act.REINSERTION]
    certain = _any_at_site(combined + explored + reinserted, ours)
    return _intent(ours, orders, combined=_any_at_site(combined, ours), certain=certain)


def _intent(
    ours: list[SpineOrder], orders: DraftOrders, *, combined: bool, certain: bool
) -> SpineOrderIntent:
    levels = NO_LEVELS
    for order in ours:
        levels |= order.levels
    return SpineOrderIntent(
        orders=tuple(o.order for o in ours),
        drafted=orders.everything,
        certain=certain,
        levels=levels,
        combined=combined,
        by_text=any(o.by_text for o in ours),
        region_said=any(o.region is Region.IN_SCOPE for o in ours),
    )


def _replaces(order: SpineOrder) -> bool:
    return order.act in (Act.REINSERTION, Act.FUSION, Act.INSTRUMENTATION)


def _any_at_site(found: list[SpineOrder], ours: list[SpineOrder]) -> bool:
    return any(_same_site(one, other) for one in found for other in ours)


def _same_site(removal: SpineOrder, other: SpineOrder) -> bool:
    if not removal.levels or not other.levels:
        return True
    return removal.levels.overlaps(other.levels)


def _read(
    orders: DraftOrders, content: ClinicalContent
) -> tuple[list[SpineOrder], list[SpineOrder]]:
    """Return the orders to judge that are ours, and these with those of the context."""
    terms, scope = content.terminology, content.configuration.parts("scope.levels")
    everything = spine_orders(orders.everything, terms, scope)
    judged = {id(order) for order in orders.judged}
    return [o for o in everything if id(o.order) in judged], everything


def spine_orders(
    orders: tuple[DraftOrder, ...], terms: Terminology, scope: frozenset[str]
) -> list[SpineOrder]:
    """Return the orders that ask for one of the acts and are not about another part of the body.

    ``scope`` names the parts of the lower spine that an order which names levels must reach.
    """
    candidates = [o for o in orders if o.resource_type in _SURGICAL]
    if not candidates:
        return []
    found = [spine for o in candidates if (spine := _spine_order(o, terms)) is not None]
    found = [o for o in found if not o.levels or o.levels.parts & scope]
    if any(_FUSION_ELSEWHERE in _memberships(o, terms) for o in candidates):
        # Some codes know no region: beside a cervical fusion they belong to it.
        found = [o for o in found if o.region is Region.IN_SCOPE or not o.region_is_open]
    return found if any(not o.may_be_of_the_neck for o in found) else []


def _spine_order(order: DraftOrder, terms: Terminology) -> SpineOrder | None:
    memberships = _memberships(order, terms)
    acts, by_text = _acts(order, memberships)
    act = first_of(acts)
    if act is None:
        return None
    is_anterior = act is Act.INSTRUMENTATION and _is_anterior(memberships)
    levels, region = _where(order, terms, memberships)
    if region is Region.ELSEWHERE:
        return None
    if _GENERIC_REMOVAL in memberships and region is not Region.IN_SCOPE:
        return None
    return SpineOrder(
        order=order,
        act=act,
        levels=levels,
        region=region,
        by_text=by_text,
        region_is_open=bool(memberships & _OPEN_REGION),
        may_be_of_the_neck=is_anterior and region is Region.NOT_SAID,
        also_removes=act is not Act.REMOVAL and Act.REMOVAL in acts,
        explores=Act.EXPLORATION in acts,
    )


def _memberships(order: DraftOrder, terms: Terminology) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for coding in order.codings:
        found |= terms.memberships(*as_cpt(coding.system or "", coding.code or ""))
    return found


def _acts(order: DraftOrder, memberships: frozenset[str]) -> tuple[frozenset[Act], bool]:
    """Return what an order asks for by its codes, else by its words; True when by its words."""
    acts = {act for value_set, act in _ACT_OF_VALUE_SET.items() if value_set in memberships}
    if _GENERIC_REMOVAL in memberships:
        acts.add(Act.REMOVAL)
    if acts or memberships - {"other-lumbar-surgery"}:  # that may stand for a part of the order
        return frozenset(acts), False
    if not memberships and names_something_else(order.codings):
        return frozenset(), False
    return acts_of_text(order.text), True


def _where(
    order: DraftOrder, terms: Terminology, memberships: frozenset[str]
) -> tuple[Levels, Region]:
    """Return the levels an order names, and its region by body site first, then by its words.

    Levels come from code text, notes and body site (rule 10). Notes and reasons may say that the
    spine is meant; other parts of the body and other levels in them are the patient's other
    troubles ("prior ACDF C5-6"), or none at all ("T2-weighted").
    """
    levels, regions = NO_LEVELS, set()
    for site in order.body_sites:
        site_levels, site_region = _site(site, terms)
        levels |= site_levels
        regions.add(site_region)
    levels |= parse_levels(order.text)
    is_elsewhere = bool(levels) and not levels.reaches_lumbar
    for note in order.notes:
        levels |= _lower_levels(note)
    if Region.IN_SCOPE in regions or levels.reaches_lumbar:
        return levels, Region.IN_SCOPE
    if Region.ELSEWHERE in regions or is_elsewhere:
        return levels, Region.ELSEWHERE
    titled = _region(order.text, memberships)
    if titled is Region.NOT_SAID and _is_said_beside(order, terms, memberships):
        return levels, Region.IN_SCOPE
    return levels, titled


def _is_said_beside(order: DraftOrder, terms: Terminology, memberships: frozenset[str]) -> bool:
    """Whether notes or reasons say that the lower spine is meant: in words, or by a code.

    What a code is called may name the pelvis, which has other parts than the spine.
    """
    said = (*order.notes, *(reason.text for reason in order.reasons if reason.text))
    if any(_region(text, memberships) is Region.IN_SCOPE for text in said):
        return True
    codings = [coding for reason in order.reasons for coding in reason.coding]
    named = [c.display for c in codings if c.display]
    return any(_LOWER_SPINE & terms.memberships(c.system, c.code) for c in codings) or any(
        _region(name, memberships) is region_of_title(name) is Region.IN_SCOPE for name in named
    )


def _region(text: str, memberships: frozenset[str]) -> Region:
    if memberships & _OPEN_REGION and "lumbar-fusion" not in memberships:
        return region_of_code(text, is_anterior=_is_anterior(memberships))
    return region_of_text(text)


def _is_anterior(memberships: frozenset[str]) -> bool:
    return memberships & _OPEN_REGION == {_ANTERIOR}


def _lower_levels(note: str) -> Levels:
    """Return the levels that a note names in sentences that reach the lumbar spine or below."""
    levels = NO_LEVELS
    for sentence in note.translate(_SENTENCES).split(";"):
        named = parse_levels(sentence)
        levels |= named if named.reaches_lumbar else NO_LEVELS
    return levels


def _site(site: CodeableConcept, terms: Terminology) -> tuple[Levels, Region]:
    """Return the levels and the region of a body site; a code that is not known says nothing."""
    said = " ; ".join(t for t in (site.text, *(c.display for c in site.coding)) if t)
    levels = parse_levels(said) if said else NO_LEVELS
    region = region_of_text(said) if said else Region.NOT_SAID
    for coding in site.coding:
        memberships = terms.memberships(coding.system, coding.code)
        levels |= level_of_site(coding.code)
        if "site-lumbar-to-pelvis" in memberships:
            region = Region.IN_SCOPE
        elif "site-out-of-scope" in memberships and region is Region.NOT_SAID:
            region = Region.ELSEWHERE
    return levels, region
