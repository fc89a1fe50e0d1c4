"""The context of each hook that we serve. See CDS Hooks, order-sign and order-select."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import ValidationError

from cds_service.fhir.identifiers import is_id, is_reference
from cds_service.protocol.schemas import Checked, JSONObject, LenientSchema, Text

_USERS = frozenset(("Practitioner", "PractitionerRole"))


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
    )
    patient_id = Text("a bare Patient id", is_id, required=True, data_key="patientId")
    encounter_id = Text("a bare Encounter id", is_id, data_key="encounterId")
    draft_orders = JSONObject(required=True, data_key="draftOrders")


class OrderSelectContext(OrderSignContext):
    """Context of order-select 1.0."""

    selections = Selections(required=True)


CONTEXTS: dict[str, LenientSchema] = {
    "order-sign": OrderSignContext(),
    "order-select": OrderSelectContext(),
}
