"""A FHIR read that brought nothing."""

from __future__ import annotations

from cds_service.engine.record import UnreadReason


class FhirReadError(Exception):
    """A FHIR read that brought nothing, with the reason as the contract names it."""

    def __init__(self, reason: UnreadReason) -> None:
        super().__init__(reason.value)
        self.reason = reason
