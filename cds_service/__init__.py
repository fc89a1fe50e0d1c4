"""The CDS Hooks machinery: protocol, FHIR access and engine; it knows nothing of spines."""
