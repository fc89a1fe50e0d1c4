"""FHIR ids and references of a request, checked before they come near a URL."""

from __future__ import annotations

import re
from collections.abc import Callable

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


def id_here(reference: str | None, kind: str, is_here: Callable[[str], bool]) -> str | None:
    """Return the id of a resource of a type that a reference names here; None elsewhere.

    ``is_here`` tells whether a base URL is that of the server that is read.
    """
    owner, _, resource_id = (reference or "").partition("/_history/")[0].rpartition("/")
    base, is_absolute, named = owner.rpartition("/")
    known = named == kind and is_id(resource_id)
    return resource_id if known and (not is_absolute or is_here(base)) else None
