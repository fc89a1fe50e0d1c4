"""FHIR in and out: decoding, prefetch, guarded reads, and the patient record they make."""
