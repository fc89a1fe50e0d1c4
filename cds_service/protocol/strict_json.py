"""RFC 8259 without its liberties: no duplicate names, no overflow, nothing nested beyond reason."""

from __future__ import annotations

import json
from typing import Any

from cds_service.nesting import MAX_DEPTH, is_too_deep


class JSONError(ValueError):
    """Text that we do not take as JSON; the message holds nothing of it."""


def strict_loads(text: str) -> Any:
    """Return the value of a JSON text; JSONError when two parsers could read it differently."""
    try:
        value = _DECODER.decode(text)
    except JSONError:
        raise
    except (ValueError, RecursionError) as error:
        raise JSONError("is not valid JSON") from error
    if is_too_deep(text, value):
        raise JSONError(f"is nested more than {MAX_DEPTH} deep")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JSONError("names a member twice")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise JSONError("holds a number out of range")
    return number


def _no_constant(_: str) -> Any:
    raise JSONError("holds NaN or Infinity")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_constant
)
