"""Whether a server searched for what it was asked for, as its ``self`` link tells.

See FHIR R4, "Search", "Server Conformance": a server may ignore a parameter, and the self link
says what it used. Of one that it ignored there are more rows than asked for, which the criteria
sort out by code and status, and the gate by patient. One that it used in part hides rows.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit


def was_narrowed(query: str, link: str) -> bool:
    """Whether a parameter of the query was used with fewer values than asked for."""
    try:
        used = parse_qs(urlsplit(link).query)
    except ValueError:
        return False
    asked = parse_qs(query.partition("?")[2])
    return any(
        name in used and not _values(values) <= _values(used[name])
        for name, values in asked.items()
        if not name.startswith("_")
    )


def _values(texts: list[str]) -> frozenset[str]:
    """Return single values without their code system or resource type."""
    return frozenset(
        value.rpartition("|")[2].rpartition("/")[2] for text in texts for value in text.split(",")
    )
