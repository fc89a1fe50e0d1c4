"""Marshmallow schemas of the request envelope; what is unknown is ignored, types are strict.

See CDS Hooks, "Calling a CDS Service", "HTTP Request". Messages say what was expected and never
quote what came: a validation message that quotes a token would publish it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, missing

from cds_service.protocol.errors import MalformedRequestError

_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_VISIBLE = re.compile(r"[!-~]+\Z")
_FILLED = {"minLength": 1}


class LenientSchema(Schema):
    """Unknown members are ignored (CDS Hooks, "Extensions"; conformance EXT-04)."""

    class Meta:
        """Options of marshmallow."""

        unknown = EXCLUDE


class Checked(fields.Field[Any]):
    """A field that checks all of its value as it takes it."""

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **kwargs: Any) -> Any:
        """Take the value; marshmallow's own steps are only for one that is missing or null."""
        if value is None or value is missing:
            return super().deserialize(value, attr, data, **kwargs)
        return self._deserialize(value, attr, data, **kwargs)


class Text(Checked):
    """A string that satisfies a check; the message names what was expected.

    ``metadata`` says the same in JSON Schema, for the OpenAPI document.
    """

    def __init__(self, expected: str, check: Any, **options: Any) -> None:
        super().__init__(**options)
        self.expected, self._check = expected, check

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or not self._check(value):
            raise ValidationError(f"must be {self.expected}")
        return value


class WholeNumber(Checked):
    """A JSON integer; ``true`` and ``1.5`` are none."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int or not 0 <= value < 2**31:
            raise ValidationError("must be a whole number")
        return value


class JSONObject(Checked):
    """A JSON object that nobody looks into."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("must be an object")
        return value


def _is_web_url(text: str) -> bool:
    """Whether a text is an absolute http or https URL, without blanks or credentials in it."""
    if not _VISIBLE.match(text):
        return False
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != -1
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and is_whole and "@" not in parts.netloc


def _is_not_empty(text: str) -> bool:
    return bool(text)


class AuthorizationSchema(LenientSchema):
    """``fhirAuthorization``. See CDS Hooks, "Passing the Access Token to the CDS Service"."""

    access_token = Text(
        "a token of visible ASCII characters",
        _VISIBLE.match,
        required=True,
        metadata={"pattern": "^[!-~]+$"},
    )
    token_type = Text("Bearer", "Bearer".__eq__, required=True, metadata={"enum": ["Bearer"]})
    expires_in = WholeNumber(required=True, metadata={"minimum": 0, "maximum": 2**31 - 1})
    scope = Text("a string", _is_not_empty, required=True, metadata=_FILLED)
    subject = Text("a string", _is_not_empty, required=True, metadata=_FILLED)
    patient = Text("a string", _is_not_empty, metadata=_FILLED)


class EnvelopeSchema(LenientSchema):
    """The members that every hook has; the context is the hook's own."""

    hook = Text("a hook name", _is_not_empty, required=True, metadata=_FILLED)
    hook_instance = Text(
        "a UUID",
        _UUID.match,
        required=True,
        data_key="hookInstance",
        metadata={"format": "uuid"},
    )
    fhir_server = Text(
        "an http or https URL",
        _is_web_url,
        data_key="fhirServer",
        metadata={"pattern": "^https?://[^/?#@ ]+([/?#][!-~]*)?$"},
    )
    fhir_authorization = fields.Nested(AuthorizationSchema, data_key="fhirAuthorization")
    context = JSONObject(required=True)
    prefetch = JSONObject(allow_none=True)
    extension = JSONObject()


def loaded(schema: Schema, data: dict[str, Any], path: str) -> dict[str, Any]:
    """Return what a schema makes of data; MalformedRequestError names the place of a fault."""
    try:
        values: dict[str, Any] = schema.load(data)
    except ValidationError as error:
        where, message = next(_faults(error.messages, path))
        raise MalformedRequestError(message, where) from None  # its cause quotes the input
    return values


def _faults(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield the path and the message of every fault that marshmallow found."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _faults(inner, _step(path, name))
    else:
        yield path, str(messages[0])


def _step(path: str, name: str | int) -> str:
    if isinstance(name, int):
        return f"{path}[{name}]"
    return path if name == "_schema" else f"{path}.{name}".lstrip(".")
