"""What one invocation brought for reading: prefetched bytes, a server to ask, and the right to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from cds_service.security.access_token import AccessToken


@dataclass(frozen=True, slots=True, repr=False)  # it would show ids of the patient
class Access:
    """The sources of one patient's data, and the context that prefetch tokens are filled from.

    ``token_patient`` is ``fhirAuthorization.patient``: the only patient that the token is good for.
    """

    patient_id: str
    context: Mapping[str, str | None]
    prefetch: msgspec.Raw | None = None
    fhir_server: str | None = None
    token: AccessToken | None = None
    token_patient: str | None = None

    @property
    def is_for_another_patient(self) -> bool:
        """Whether the token was issued for somebody else, so that nothing may be read."""
        return self.token_patient is not None and self.token_patient != self.patient_id
