"""The ``prefetch`` member of a request, split into its keys only for an order that is ours."""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeAlias

import msgspec

from cds_service.fhir.decode import FAILURES, UnreadableError, Value, read_value


class Damage(Enum):
    """Stands for a prefetched value that is no FHIR resource of a kind we know."""

    UNREADABLE = "unreadable"


Prefetched: TypeAlias = dict[str, Value | Damage | None]

_AT_ONCE: Any = msgspec.json.Decoder(dict[str, Value | None])
_BY_KEY = msgspec.json.Decoder(dict[str, msgspec.Raw])


def prefetched_values(prefetch: msgspec.Raw | None) -> Prefetched:
    """Return what the client sent for each key.

    See CDS Hooks, "Prefetch Template": a client may honour none, some or all of the templates. One
    that is nested too deep to be taken apart is as good as none.
    """
    if prefetch is None:
        return {}
    try:
        values: Prefetched = _AT_ONCE.decode(prefetch)
    except FAILURES:  # one odd key costs that key alone
        return {key: _value(raw) for key, raw in _by_key(prefetch).items()}
    return values


def _by_key(prefetch: msgspec.Raw) -> dict[str, msgspec.Raw]:
    try:
        return _BY_KEY.decode(prefetch)
    except FAILURES:
        return {}


def _value(raw: msgspec.Raw) -> Value | Damage | None:
    try:
        return read_value(raw)
    except UnreadableError:
        return Damage.UNREADABLE
