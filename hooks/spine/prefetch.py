"""The prefetch templates of both guidelines: one search a key, newest first where that decides.

``{codes:…}`` stands for the codes of the named value sets, filled in at start with a site's own.
See CDS Hooks, "Prefetch Template"; one parameter of each name: the sandbox keeps only one.
"""

from __future__ import annotations

_PATIENT = "patient={{context.patientId}}"

# What both guidelines read; the minimal mode asks the client for no more than MINIMAL of it.
CHART = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": f"Condition?{_PATIENT}&_count=200",
    "procedures": f"Procedure?{_PATIENT}&_sort=-date&_count=200",
    "diagnostic_reports": f"DiagnosticReport?{_PATIENT}&_sort=-date&_count=100",
    "imaging_studies": f"ImagingStudy?{_PATIENT}&_sort=-started&_count=100",
    "document_references": f"DocumentReference?{_PATIENT}&_sort=-date&_count=50",
    "devices": f"Device?{_PATIENT}&_count=50",
    "service_requests": f"ServiceRequest?{_PATIENT}&status=active,on-hold&_count=100",
}
MINIMAL = frozenset({"patient", "conditions", "procedures"})
MEDICATION_REQUESTS = f"MedicationRequest?{_PATIENT}&_sort=-authoredon&_count=200"
MEDICATION_STATEMENTS = f"MedicationStatement?{_PATIENT}&_sort=-effective&_count=200"
COVERAGES = f"Coverage?{_PATIENT}&_count=50"


def observations(*value_sets: str) -> str:
    """Return the search for the observations of the named value sets, newest first."""
    codes = "{codes:" + ",".join(value_sets) + "}"
    return f"Observation?{_PATIENT}&code={codes}&_sort=-date&_count=200"


FINDINGS = (
    "finding-solid-fusion",
    "finding-nonunion",
    "finding-hardware-failure",
    "hardware-breakage",
    "hardware-displacement",
    "hardware-other-mechanical",
    "finding-hardware-prominence",
    "finding-infection",
    "finding-adjacent-segment-disease",
)
INFECTION = ("esr", "crp", "crp-high-sensitivity", "tissue-culture")
FUNCTION = ("odi-score", "pain-score")
PREGNANCY = ("pregnancy-status",)
