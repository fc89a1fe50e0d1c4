"""``context.draftOrders`` to draft orders, read leniently: clients send what is not valid FHIR.

See CDS Hooks, order-sign and order-select, "Context": a Bundle of FHIR request resources. The
sandbox sends it without ``type``, ``category`` as an object, and ``coding: [{}]``. Orders of STU3
and DSTU2 (ProcedureRequest, MedicationOrder) are taken by the names that they give their members.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from cds_service.engine.datatypes import CodeableConcept, Coding
from cds_service.engine.resources import DraftOrder
from cds_service.engine.service import DraftOrders
from cds_service.fhir.admission import Gate
from cds_service.nesting import MAX_DEPTH, is_too_deep

MAX_ENTRIES = 500
_MAX_DEPTH = MAX_DEPTH - 2  # the request and its context are around it
# The last three are what R4 calls revoked in STU3 and DSTU2.
_VOID_STATUSES = ("entered-in-error", "revoked", "cancelled", "rejected", "aborted")
_CODES = ("code", "codeCodeableConcept", "medicationCodeableConcept", "medication")
_AUTHORED = ("authoredOn", "orderedOn", "dateWritten")  # the last two are of DSTU2
_REASONS = ("reasonCode", "reasonCodeableConcept", "reason")
_ENCODER = msgspec.json.Encoder()


class DraftOrdersError(ValueError):
    """A ``draftOrders`` or ``selections`` that cannot be taken; ``path`` says where."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Drafted:
    """The orders of a session, and how many were ignored for which cause."""

    orders: DraftOrders
    ignored: Mapping[str, int]


def read_draft_orders(
    bundle: msgspec.Raw, gate: Gate, selections: Sequence[str] | None = None
) -> Drafted:
    """Return the orders to be judged and their context.

    With ``selections`` (order-select) the selected orders are judged and the others are context.
    Orders of another patient, entered in error or revoked are ignored and counted (contract, rule
    9), and so are those that forbid what they name. An order that came twice is one.
    """
    orders: dict[bytes, DraftOrder] = {}  # by what they say
    present: set[str] = set()
    ignored: dict[str, int] = {}
    for resource in _resources(bundle):
        order = _draft_order(resource)
        present.add(order.reference)
        cause = _cause_to_ignore(resource, gate)
        if cause:
            ignored[cause] = ignored.get(cause, 0) + 1
        else:
            orders.setdefault(_ENCODER.encode(order), order)
    if selections is None:
        return Drafted(DraftOrders(tuple(orders.values())), ignored)
    if any(selection not in present for selection in selections):
        raise DraftOrdersError("context.selections", "names an order that is not in draftOrders")
    selected = frozenset(selections)
    judged = tuple(order for order in orders.values() if order.reference in selected)
    others = tuple(order for order in orders.values() if order.reference not in selected)
    return Drafted(DraftOrders(judged, others), ignored)


def _resources(raw: msgspec.Raw) -> Iterator[dict[str, Any]]:
    """Yield the resources of the Bundle; what is none is passed over."""
    for entry in _entries(raw):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and isinstance(resource.get("resourceType"), str):
            yield resource


def _entries(raw: msgspec.Raw) -> list[Any]:
    try:
        bundle = orjson.loads(memoryview(raw))
    except orjson.JSONDecodeError as error:
        raise DraftOrdersError("context.draftOrders", "is not readable JSON") from error
    if is_too_deep(bytes(raw), bundle, _MAX_DEPTH):
        raise DraftOrdersError("context.draftOrders", "is nested too deep")
    if bundle.get("resourceType") != "Bundle":
        raise DraftOrdersError("context.draftOrders.resourceType", "must be Bundle")
    entries = bundle.get("entry")
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise DraftOrdersError("context.draftOrders.entry", "must be an array")
    if len(entries) > MAX_ENTRIES:
        raise DraftOrdersError("context.draftOrders.entry", f"has more than {MAX_ENTRIES} entries")
    return entries


def _cause_to_ignore(resource: dict[str, Any], gate: Gate) -> str | None:
    # DSTU2 and some R4 requests (NutritionOrder, VisionPrescription) have a patient, no subject.
    subject = resource.get("subject")
    if subject is None:
        subject = resource.get("patient")
    if subject is not None:
        reference = subject.get("reference") if isinstance(subject, dict) else None
        if not isinstance(reference, str) or not gate.is_this_patient(reference):
            return "other-patient"
    if resource.get("status") in _VOID_STATUSES:
        return str(resource["status"])
    return "do-not-perform" if resource.get("doNotPerform") is True else None


def _draft_order(resource: dict[str, Any]) -> DraftOrder:
    kind = resource["resourceType"]
    concepts = _under(resource, _CODES)
    return DraftOrder(
        reference=f"{kind}/{_text(resource.get('id'))}".rstrip("/"),
        resource_type=kind,
        status=_text(resource.get("status")),
        codings=tuple([coding for concept in concepts for coding in concept.coding]),
        text=_spoken(concepts),
        body_sites=tuple(_under(resource, ("bodySite",))),
        reasons=tuple(_under(resource, _REASONS)),
        notes=tuple(_notes(resource)),
        authored_on=_text(next((resource[name] for name in _AUTHORED if name in resource), "")),
    )


def _under(resource: dict[str, Any], names: tuple[str, ...]) -> list[CodeableConcept]:
    """Return the concepts under every name that releases have for a member."""
    found: list[CodeableConcept] = []
    for name in names:
        if name in resource:
            found += _concepts(resource[name])
    return found


def _concepts(value: Any) -> list[CodeableConcept]:
    """Return CodeableConcepts from an object or a list of them; R5's ``concept`` is unwrapped."""
    found = []
    for item in _listed(value):
        if not isinstance(item, dict):
            continue
        concept = item["concept"] if isinstance(item.get("concept"), dict) else item
        codings = [c for c in map(_coding, _listed(concept.get("coding"))) if c is not None]
        text = _text(concept.get("text"))
        if codings or text:
            found.append(CodeableConcept(codings, text or None))
    return found


def _coding(value: Any) -> Coding | None:
    if not isinstance(value, dict):
        return None
    code, display = _text(value.get("code")) or None, _text(value.get("display")) or None
    if code is None and display is None:
        return None
    return Coding(_text(value.get("system")) or None, code, display)


def _spoken(concepts: Sequence[CodeableConcept]) -> str:
    said = dict.fromkeys([w for c in concepts for w in (c.text, *[x.display for x in c.coding])])
    return "; ".join(filter(None, said))


def _notes(resource: dict[str, Any]) -> Iterator[str]:
    for note in (*_listed(resource.get("note")), *_listed(resource.get("notes"))):  # DSTU2: notes
        text = note.get("text") if isinstance(note, dict) else note
        if isinstance(text, str) and text:
            yield text


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
