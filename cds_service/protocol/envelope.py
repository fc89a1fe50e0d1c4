"""Request bytes to a checked envelope; the resources in it stay bytes until somebody needs them.

An order that is not ours costs this and nothing else, so ``prefetch`` is only skipped over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from cds_service.fhir.access import Access
from cds_service.protocol.contexts import CONTEXTS
from cds_service.protocol.errors import MalformedRequestError
from cds_service.protocol.schemas import EnvelopeSchema, loaded
from cds_service.protocol.strict_json import JSONError, strict_loads
from cds_service.security.access_token import AccessToken

_NOTHING = msgspec.Raw()
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # not one whose backslash is itself escaped


class _RawContext(msgspec.Struct, rename="camel"):
    draft_orders: msgspec.Raw = _NOTHING


class _RawRequest(msgspec.Struct):
    """The two members that may be large, as bytes."""

    prefetch: msgspec.Raw = _NOTHING
    context: _RawContext = msgspec.field(default_factory=_RawContext)


_SKIM = msgspec.json.Decoder(_RawRequest)
_SCHEMA = EnvelopeSchema()
_MEMBER = {
    name: re.compile(rb'"%s"[ \t\r\n]*:[ \t\r\n]*' % name.encode())
    for name in ("prefetch", "draftOrders")
}


@dataclass(frozen=True, slots=True, repr=False)  # it would show the hook instance
class Envelope:
    """One request as CDS Hooks defines it, with its resources as bytes."""

    hook_instance: str
    draft_orders: msgspec.Raw
    selections: tuple[str, ...] | None
    access: Access


def open_envelope(body: bytes, hook: str) -> Envelope:
    """Return the checked envelope of a request to a service of that hook.

    MalformedRequestError for anything that is not strict JSON (RFC 8259, in UTF-8), breaks CDS
    Hooks, or was sent for another hook.
    """
    skimmed = _skim(body)
    document = _document(body, skimmed)
    envelope = loaded(_SCHEMA, document, "")
    if envelope["hook"] != hook:
        raise MalformedRequestError(f"must be {hook} at this service", "hook")
    context = loaded(CONTEXTS[hook], envelope["context"], "context")
    # One character is found much faster than six, and most bodies hold no backslash at all.
    if b"\\" in body and b"\\u0000" in body and _NUL.search(body):
        raise MalformedRequestError("the body holds the character NUL")
    return Envelope(
        hook_instance=envelope["hook_instance"],
        draft_orders=skimmed.context.draft_orders,
        selections=tuple(context["selections"]) if "selections" in context else None,
        access=_access(envelope, context, skimmed.prefetch),
    )


def _skim(body: bytes) -> _RawRequest:
    try:
        return _SKIM.decode(body)
    except msgspec.ValidationError:
        return _RawRequest()  # an odd kind of member; the schema will say which
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedRequestError("the body is not valid JSON") from error


def _document(body: bytes, skimmed: _RawRequest) -> dict[str, Any]:
    """Return the request without its large members, each of which has become ``{}``."""
    rest = _without(body, "prefetch", skimmed.prefetch)
    rest = _without(rest, "draftOrders", skimmed.context.draft_orders)
    try:
        str(body, "utf-8")  # skipped bytes are checked for syntax, but not for their encoding
        document = strict_loads(str(rest, "utf-8"))
    except UnicodeDecodeError as error:
        raise MalformedRequestError("the body is not UTF-8") from error
    except JSONError as error:
        raise MalformedRequestError(f"the body {error}") from error
    if not isinstance(document, dict):
        raise MalformedRequestError("the body must be a JSON object")
    return document


def _without(body: bytes, name: str, value: msgspec.Raw) -> bytes:
    """Return the body with one object member emptied; unchanged when it cannot be found."""
    size = len(memoryview(value))
    for member in _MEMBER[name].finditer(body):
        start = member.end()
        # Raw is a buffer: compared in place, so that the large member is never copied.
        if size and body.startswith(b"{", start) and body.startswith(value, start):
            return body[:start] + b"{}" + body[start + size :]
    return body


def _access(
    envelope: Mapping[str, Any], context: Mapping[str, Any], prefetch: msgspec.Raw
) -> Access:
    authorization, server = envelope.get("fhir_authorization"), envelope.get("fhir_server")
    if authorization is not None and server is None:
        # CDS Hooks, "HTTP Request": REQUIRED if fhirAuthorization is provided.
        raise MalformedRequestError("is required with fhirAuthorization", "fhirServer")
    token = authorization and AccessToken(
        authorization["access_token"], authorization["expires_in"]
    )
    return Access(
        patient_id=context["patient_id"],
        context={
            "patientId": context["patient_id"],
            "userId": context["user_id"],
            "encounterId": context.get("encounter_id"),
        },
        prefetch=prefetch if envelope.get("prefetch") is not None else None,
        fhir_server=server,
        token=token,
        token_patient=authorization.get("patient") if authorization else None,
    )
