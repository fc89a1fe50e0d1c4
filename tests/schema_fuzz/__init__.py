"""Schemathesis with our OpenAPI document (faults.md, T4), in an environment of its own."""
