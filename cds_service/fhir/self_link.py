"""Whether a server searched for what it was asked for, as its ``self`` link tells.

See FHIR R4, "Search", "Server Conformance": a server may ignore a parameter, and the self link
says what it used. Of one that it ignored there are more rows than asked for, which the criteria
sort out by code and status, and the gate by patient. One that it used in part hides rows, and so
does one that it added.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

# Of the types that we search. Any other name may be the server's own, and say nothing of rows.
_NARROWING = frozenset(
    ("_content", "_elements", "_filter", "_has", "_id", "_lastUpdated", "_list", "_profile",
     "_security", "_source", "_summary", "_tag", "_text", "author", "authored", "authoredon",
     "bodysite", "category", "class", "clinical-status", "code", "date", "effective",
     "encounter", "facility", "intent", "issued", "location", "modality", "occurrence",
     "onset-date", "performer", "period", "recorded-date", "security-label", "setting",
     "severity", "started", "status", "type", "verification-status")
)  # fmt: skip
# Where a status is required: those of the rows that count, and others that do not (admission.py).
_STATUSES = {
    "Coverage": ("active", "draft cancelled"),
    "DiagnosticReport": (
        "registered partial preliminary final amended corrected appended unknown",
        "cancelled",
    ),
    "DocumentReference": ("current", "superseded"),
    "ImagingStudy": ("registered available unknown", "cancelled"),
    "MedicationRequest": ("active on-hold stopped completed unknown", "draft cancelled"),
    "MedicationStatement": ("active on-hold stopped completed unknown", "intended not-taken"),
    "Observation": ("registered preliminary final amended corrected unknown", "cancelled"),
    "Procedure": ("completed stopped unknown", "preparation in-progress not-done on-hold"),
}
_VOID = frozenset(("entered-in-error",))


def was_narrowed(query: str, link: str) -> bool:
    """Whether a search was for less than asked: fewer values of a parameter, or one more of them.

    One more that leaves out what was entered in error, or is void by its status, hides nothing
    that counts.
    """
    try:
        used = parse_qs(urlsplit(link).query)
    except ValueError:
        return False
    kind, _, parameters = query.partition("?")
    asked = parse_qs(parameters)
    fewer = any(
        name in used and not _values(values) <= _values(used[name])
        for name, values in asked.items()
        if not name.startswith("_")
    )
    return fewer or any(_narrows(kind, name, used[name]) for name in used.keys() - asked.keys())


def _narrows(kind: str, name: str, texts: list[str]) -> bool:
    plain, _, modifier = name.partition(":")
    if modifier == "not" and _values(texts) <= _VOID:
        return False
    if plain == "_summary" and texts == ["false"]:
        return False
    if plain == "status" and kind in _STATUSES:
        return _hides(kind, modifier, texts)
    return plain in _NARROWING


def _hides(kind: str, modifier: str, texts: list[str]) -> bool:
    """Whether a search by status hides rows that count; a row satisfies each of the texts."""
    counting, void = (statuses.split() for statuses in _STATUSES[kind])
    match modifier:
        case "":
            return any(not _values([text]).issuperset(counting) for text in texts)
        case "not":
            return not _values(texts) <= _VOID.union(void)
        case _:
            return True


def _values(texts: list[str]) -> frozenset[str]:
    """Return single values without their code system or resource type."""
    return frozenset(
        value.rpartition("|")[2].rpartition("/")[2] for text in texts for value in text.split(",")
    )
