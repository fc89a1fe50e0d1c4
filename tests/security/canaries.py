"""Strings that must turn up nowhere: one for each kind of thing that nobody may read later."""

from pathlib import Path

KINDS = (
    "access-token", "jwt", "patient-id", "name", "note", "order-id", "fhir-path", "query", "user",
    "encounter", "instance", "header", "answer", "defect", "path", "json", "password", "subject",
)  # fmt: skip
CANARY = {kind: f"canary-{kind}-7f3a9c" for kind in KINDS}


def hits(*places):
    """The kinds whose canary is found in texts, bytes, files, or all files below folders."""
    found = set()
    for place in places:
        octets = b"".join(_octets(place)).lower()
        found |= {kind for kind, canary in CANARY.items() if canary.encode() in octets}
    return sorted(found)


def _octets(place):
    if isinstance(place, Path):
        files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
        yield from (file.read_bytes() for file in files)
    else:
        yield place if isinstance(place, bytes) else str(place).encode("utf-8", "surrogatepass")
