"""Several reads as one ``batch`` Bundle, and its answer taken apart.

See FHIR R4, "RESTful API", batch/transaction. Many servers work off a batch one by one, so it is a
choice for single clients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
import orjson

from cds_service.engine.record import UnreadReason
from cds_service.fhir.decode import FAILURES
from cds_service.fhir.read_error import FhirReadError

T = TypeVar("T")
_NOTHING = msgspec.Raw()


class _Response(msgspec.Struct):
    status: str = ""


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = _NOTHING
    response: _Response = msgspec.field(default_factory=_Response)


class _BatchResponse(msgspec.Struct, rename="camel"):
    resource_type: str
    entry: list[_Entry] = []


_ANSWER = msgspec.json.Decoder(_BatchResponse)


def request_of(queries: Sequence[str]) -> bytes:
    """Return the Bundle that asks all queries."""
    entries = [{"request": {"method": "GET", "url": query}} for query in queries]
    return orjson.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries})


def answers_of(
    body: bytes,
    count: int,
    value_of: Callable[[bytes], T],
    reason_of: Callable[[int], UnreadReason],
) -> list[T | FhirReadError]:
    """Return the answer to each query in the order in which they were asked.

    A FhirReadError stands for each that failed; one that belongs to no query makes the whole answer
    unusable, since the order is all that connects them.
    """
    try:
        answered = _ANSWER.decode(body)
    except FAILURES as error:
        raise FhirReadError(UnreadReason.ERROR) from error
    if answered.resource_type != "Bundle" or len(answered.entry) != count:
        raise FhirReadError(UnreadReason.ERROR)
    return [_answer(entry, value_of, reason_of) for entry in answered.entry]


def _answer(
    entry: _Entry, value_of: Callable[[bytes], T], reason_of: Callable[[int], UnreadReason]
) -> T | FhirReadError:
    code = entry.response.status[:3]
    if code != "200":
        return FhirReadError(reason_of(int(code) if code.isascii() and code.isdigit() else 0))
    try:
        return value_of(bytes(entry.resource))
    except FhirReadError as failure:
        return failure
