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
    ("authored", "authoredon", "bodysite", "category", "class", "clinical-status", "code", "date",
     "effective", "encounter", "intent", "issued", "modality", "occurrence", "onset-date",
     "period", "recorded-date", "started", "status", "type", "verification-status")
)  # fmt: skip
_VOID = frozenset(("entered-in-error",))


def was_narrowed(query: str, link: str) -> bool:
    """Whether a search was for less than asked: fewer values of a parameter, or one more of them.

    One that leaves out what was entered in error hides nothing that counts.
    """
    try:
        used = parse_qs(urlsplit(link).query)
    except ValueError:
        return False
    asked = parse_qs(query.partition("?")[2])
    fewer = any(
        name in used and not _values(values) <= _values(used[name])
        for name, values in asked.items()
        if not name.startswith("_")
    )
    return fewer or any(_narrows(name, used[name]) for name in used.keys() - asked.keys())


def _narrows(name: str, texts: list[str]) -> bool:
    plain, _, modifier = name.partition(":")
    if modifier == "not" and _values(texts) <= _VOID:
        return False
    return plain in _NARROWING


def _values(texts: list[str]) -> frozenset[str]:
    """Return single values without their code system or resource type."""
    return frozenset(
        value.rpartition("|")[2].rpartition("/")[2] for text in texts for value in text.split(",")
    )
