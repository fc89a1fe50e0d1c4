"""What a value of the clinical configuration may be, as its own entry says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# Counted in whole numbers; everything else may have a fraction.
_WHOLE = frozenset({"years", "months", "days", "characters", "cards"})

Entry = Mapping[str, Any]


def refusals(values: Mapping[str, Any], entries: Mapping[str, Entry]) -> Iterator[str]:
    """Yield for each value that cannot be honoured what is wrong with it, with its key."""
    for key, entry in entries.items():
        wrong = _refusal(values[key], entry) or _above(key, values, entry)
        if wrong is not None:
            yield f"{key} {wrong}, not {values[key]!r}"


def _refusal(value: Any, entry: Entry) -> str | None:
    if "choices" in entry:
        return _not_one_of(value, entry["choices"])
    if "parts" in entry:
        return _not_a_list_of(value, entry["parts"])
    if "ratio" in entry:
        return None if ratio_of(value) else "must be two whole numbers of days, as 90/180"
    if _is_number(entry["value"]):
        return _out_of_range(value, entry)
    return None if isinstance(value, type(entry["value"])) else f"must be like {entry['value']!r}"


def _not_one_of(value: Any, choices: list[Any]) -> str | None:
    if any(value == choice and type(value) is type(choice) for choice in choices):
        return None
    return f"must be {' or '.join(map(_written, choices))}"


def _written(choice: Any) -> str:
    return str(choice).lower() if isinstance(choice, bool) else str(choice)


def _not_a_list_of(value: Any, parts: list[str]) -> str | None:
    given = [part.strip() for part in value.split(",")] if isinstance(value, str) else []
    if given and set(given) <= set(parts):
        return None
    return f"must be a comma list of {', '.join(parts)}"


def _out_of_range(value: Any, entry: Entry) -> str | None:
    if not _is_number(value):
        return f"must be like {entry['value']!r}"
    if entry.get("unit") in _WHOLE and not isinstance(value, int):
        return f"must be a whole number of {entry['unit']}"
    least, most = entry.get("least", 0), entry.get("most")
    if value < least:
        return f"must be at least {least}"
    return f"must be at most {most}" if most is not None and value > most else None


def _above(key: str, values: Mapping[str, Any], entry: Entry) -> str | None:
    other = entry.get("not above")
    if other is None or not _is_number(values[other]) or values[key] <= values[other]:
        return None
    return f"must not be above {other} ({values[other]!r})"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def ratio_of(value: Any) -> tuple[int, int] | None:
    """Return the two numbers of ``90/180``; None when it is not a part of a whole."""
    part, _, whole = value.partition("/") if isinstance(value, str) else ("", "", "")
    if not (part.isascii() and part.isdigit() and whole.isascii() and whole.isdigit()):
        return None
    return (int(part), int(whole)) if 0 < int(part) <= int(whole) else None
