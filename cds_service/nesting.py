"""How deep JSON is nested: nothing of a request is decoded beyond 64 levels."""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 64  # faults.md, section 1


def is_too_deep(written: str | bytes, value: Any, most: int = MAX_DEPTH) -> bool:
    """Whether a JSON value, as it was written and as it was decoded, has more levels than that."""
    # Brackets in strings count as well; the exact look is only taken when there are many.
    brackets = (b"[", b"{") if isinstance(written, bytes) else ("[", "{")
    return sum(map(written.count, brackets)) > most and _depth(value) > most  # type: ignore[arg-type]


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [child for item in level for child in _children(item)]
    return depth


def _children(value: Any) -> list[Any]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, dict | list)]
