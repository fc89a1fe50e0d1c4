"""FHIR ids and references of a request, checked before they come near a URL."""

from __future__ import annotations

import re
from collections.abc import Callable

from cds_service.engine.resources import id_here

# FHIR R4, "Primitive Types", id: letters, digits, "-" and ".", at most 64 characters.
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}\Z")


def is_id(text: str) -> bool:
    """Whether a text is a bare FHIR id that cannot climb a path."""
    return bool(_ID.match(text)) and text not in (".", "..")


def is_reference(text: str, types: frozenset[str] | None = None) -> bool:
    """Whether a text is ``Type/id``, of one of the types if any are named."""
    kind, _, resource_id = text.partition("/")
    known = bool(_TYPE.match(kind)) if types is None else kind in types
    return known and is_id(resource_id)


def id_to_read(reference: str | None, kind: str, is_here: Callable[[str], bool]) -> str | None:
    """Return what ``id_here`` does where it may stand in a URL."""
    found = id_here(reference, kind, is_here)
    return found if found and is_id(found) else None
