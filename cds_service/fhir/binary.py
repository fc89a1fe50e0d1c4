"""The content behind ``attachment.url``: a Binary of the same server, capped, within the deadline.

See FHIR R4, "Binary": a server answers with the content itself or with a Binary resource.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from typing import Any

import msgspec

from cds_service.engine.record import UnreadReason
from cds_service.fhir.client import FHIR_JSON, FhirReader
from cds_service.fhir.decode import FAILURES
from cds_service.fhir.identifiers import is_reference
from cds_service.fhir.read_error import FhirReadError

MAX_BYTES = 1024 * 1024
READABLE_TYPES = frozenset(
    ("text/plain", "text/markdown", "text/html", "application/xhtml+xml", "text/rtf",
     "application/rtf")
)  # fmt: skip
_ACCEPT = f"text/plain, text/html, application/rtf, text/rtf, {FHIR_JSON};q=0.8, */*;q=0.1"
_BINARY = frozenset(("Binary",))


@dataclass(frozen=True, slots=True)
class BinaryContent:
    """The content of a Binary: its media type, in lower case and with parameters, and its bytes."""

    content_type: str
    data: bytes


class _Binary(msgspec.Struct, rename="camel", tag_field="resourceType", tag="Binary"):
    content_type: str = ""
    data: str = ""


class _NoResource(msgspec.Struct, tag_field="resourceType", tag=""):
    pass


# A union, since msgspec lets the tag of a single type be missing.
_RESOURCE: Any = msgspec.json.Decoder(_Binary | _NoResource)


def read_binary(reader: FhirReader, url: str) -> BinaryContent:
    """Return the content that an attachment's url names; FhirReadError when it cannot be had.

    The url is ``Binary/<id>``, relative or on the server of the invocation; any other one is
    ``forbidden`` and not asked for. What is there but cannot be taken apart is ``unreadable``.
    """
    answer = reader.get(_located(reader, url), _ACCEPT, MAX_BYTES)
    content_type = answer.content_type.lower()
    if not content_type.startswith((FHIR_JSON, "application/json")):
        return BinaryContent(content_type, answer.body)
    try:
        binary = _RESOURCE.decode(answer.body)
        if not isinstance(binary, _Binary):
            raise ValueError
        packed = "".join(binary.data.split())  # base64Binary may be wrapped
        return BinaryContent(binary.content_type.lower(), b64decode(packed, validate=True))
    except (*FAILURES, ValueError) as error:
        raise FhirReadError(UnreadReason.UNREADABLE) from error


def _located(reader: FhirReader, url: str) -> str:
    located = reader.base.resolve(url) or ""
    reference = located.removeprefix(f"{reader.base.url}/").partition("/_history/")[0]
    if not is_reference(reference, _BINARY):
        raise FhirReadError(UnreadReason.FORBIDDEN)
    return f"{reader.base.url}/{reference}"
