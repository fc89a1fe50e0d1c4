"""The context of each hook that we serve. See CDS Hooks, order-sign and order-select."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import ValidationError

from cds_service.fhir.draft_orders import MAX_ENTRIES
from cds_service.fhir.identifiers import is_id, is_reference
from cds_service.protocol.schemas import Checked, JSONObject, LenientSchema, Text

_USERS = frozenset(("Practitioner", "PractitionerRole"))
_ID = r"(?!\.{1,2}$)[A-Za-z0-9\-.]{1,64}"  # and neither of the two that climb a path
_BARE = {"pattern": f"^{_ID}$"}
_REFERENCES = {
    "description": "the selected orders of draftOrders",
    "minItems": 1,
    "items": {"type": "string", "pattern": f"^[A-Z][A-Za-z]{{1,63}}/{_ID}$"},
}
_BUNDLE = {
    "description": "a FHIR Bundle of request resources",
    "required": ["resourceType"],
    "properties": {
        "resourceType": {"enum": ["Bundle"]},
        "entry": {"type": ["array", "null"], "maxItems": MAX_ENTRIES},
    },
}


class Selections(Checked):
    """``selections`` of order-select: references into ``draftOrders``, at least one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        references = value if isinstance(value, list) else []
        if not references or not all(isinstance(r, str) and is_reference(r) for r in references):
            raise ValidationError("must be a non-empty array of references (Type/id)")
        return references


class OrderSignContext(LenientSchema):
    """Context of order-sign 1.1."""

    user_id = Text(
        "Practitioner/id or PractitionerRole/id",
        partial(is_reference, types=_USERS),
        required=True,
        data_key="userId",
        metadata={"pattern": f"^Practitioner(Role)?/{_ID}$"},
    )
    patient_id = Text(
        "a bare Patient id", is_id, required=True, data_key="patientId", metadata=_BARE
    )
    encounter_id = Text("a bare Encounter id", is_id, data_key="encounterId", metadata=_BARE)
    draft_orders = JSONObject(required=True, data_key="draftOrders", metadata=_BUNDLE)


class OrderSelectContext(OrderSignContext):
    """Context of order-select 1.0."""

    selections = Selections(required=True, metadata=_REFERENCES)


CONTEXTS: dict[str, LenientSchema] = {
    "order-sign": OrderSignContext(),
    "order-select": OrderSelectContext(),
}
