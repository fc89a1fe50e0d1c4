"""A draft order as evidence: what the surgeon signs says something of the patient, too."""

from __future__ import annotations

from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import DraftOrder


def order_evidence(
    record: PatientRecord, order: DraftOrder, *, says: str, quote: str = ""
) -> Evidence:
    """Return a draft order as evidence, of the day it was written."""
    when = record.dated(order.authored_on)
    return Evidence(Origin.ORDER, order.reference, when.text if when else "", quote, says=says)
