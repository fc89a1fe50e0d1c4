"""The OpenAPI document, made of the schemas that check requests and those of our answers.

It is made for each deployment from the services that run, so that it cannot say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from cds_service.engine.service import CDSService
from cds_service.protocol.answer_schemas import (
    AliveSchema,
    CardsSchema,
    DiscoverySchema,
    NotReadySchema,
    OperationOutcomeSchema,
    ReadySchema,
    StoredSchema,
)
from cds_service.protocol.contexts import CONTEXTS, Selections
from cds_service.protocol.feedback import FeedbackSchema, Moment
from cds_service.protocol.schemas import EnvelopeSchema, JSONObject, Text, WholeNumber

OPENAPI_VERSION = "3.1.0"
_ABOUT = (
    "CDS Hooks 2.0 over FHIR R4. A card is advice: it says what a chart shows of each criterion, "
    "and what is missing. It decides nothing."
)
_CLIENT = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "Signed by the CDS client (RS384 or ES384) for the URL that is called; not "
    "needed as long as no trusted client is configured. See CDS Hooks, Security.",
}
_CLIENT_OR_ANYBODY: list[dict[str, list[str]]] = [{"client": []}, {}]
_REFUSALS = {
    400: "Not JSON, or not the request of this hook; expression names the place.",
    401: "No valid token of a trusted client; the same answer for every cause.",
    412: "Nothing of the patient could be read, neither by prefetch nor from fhirServer.",
    413: "The request is too large.",
    415: "Not sent as application/json in UTF-8, or compressed.",
    429: "More calls than this client may make; Retry-After says when to come back.",
    500: "A defect of ours; nothing was judged.",
    503: "Too many calls at a time, or something needed is away; Retry-After says when to come "
    "back.",
}
_KINDS = (
    (Text, "string"),
    (Moment, "string"),
    (WholeNumber, "integer"),
    (JSONObject, "object"),
    (Selections, "array"),
)
# What marshmallow checks of a whole object.
_OF_WHOLE_OBJECTS: dict[str, dict[str, Any]] = {
    "FeedbackItem": {
        "if": {"properties": {"outcome": {"const": "accepted"}}, "required": ["outcome"]},
        "then": {
            "properties": {"acceptedSuggestions": {"type": "array", "minItems": 1}},
            "required": ["acceptedSuggestions"],
        },
    },
    "Overridden": {
        "anyOf": [
            {"properties": {"reason": {"type": "object"}}, "required": ["reason"]},
            {"properties": {"userComment": {"type": "string"}}, "required": ["userComment"]},
        ]
    },
}


def _request_schema(hook: str) -> type[Schema]:
    """Return the envelope with the context of one hook."""
    name = "".join(part.capitalize() for part in hook.split("-"))
    own = {
        "hook": Text(hook, hook.__eq__, required=True, metadata={"enum": [hook]}),
        "context": fields.Nested(type(CONTEXTS[hook]), required=True),
    }
    return EnvelopeSchema.from_dict(own, name=f"{name}RequestSchema")


_REQUESTS = {hook: _request_schema(hook) for hook in CONTEXTS}


def openapi_document(services: Iterable[CDSService]) -> dict[str, Any]:
    """Return the document of these services."""
    plugin = MarshmallowPlugin(schema_name_resolver=_schema_name)
    about = {"description": _ABOUT}
    spec = APISpec("spine-cds", version("spine-cds"), OPENAPI_VERSION, [plugin], info=about)
    _teach(plugin)
    spec.components.security_scheme("client", _CLIENT)
    for status, said in _REFUSALS.items():
        spec.components.response(f"Refused{status}", _json(said, OperationOutcomeSchema))
    spec.path("/cds-services", operations={"get": _discovery()})
    for service in services:
        path = f"/cds-services/{service.id}"
        spec.path(path, operations={"post": _invocation(service)})
        spec.path(f"{path}/feedback", operations={"post": _feedback(service)})
    for path, operation in _public().items():
        spec.path(path, operations={"get": operation})
    return _finished(spec.to_dict())


def _teach(plugin: MarshmallowPlugin) -> None:
    """Teach the plug-in our own kinds of fields."""
    for kind, name in _KINDS:
        plugin.map_to_openapi_type(kind, name, None)  # type: ignore[no-untyped-call]
    converter: Any = plugin.converter
    converter.add_attribute_function(_expected)


def _expected(_: Any, field: fields.Field[Any], **__: Any) -> dict[str, str]:
    return {"description": field.expected} if isinstance(field, Text) else {}


def _schema_name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema")


def _finished(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with what marshmallow checks outside of single fields."""
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("Request"):
            schema["dependentRequired"] = {"fhirAuthorization": ["fhirServer"]}
        schema |= _OF_WHOLE_OBJECTS.get(name, {})
    return document


def _discovery() -> dict[str, Any]:
    return {
        "operationId": "discovery",
        "summary": "Lists the services, with the prefetch that each would like",
        "security": _CLIENT_OR_ANYBODY,
        "responses": {
            "200": _json("The services.", DiscoverySchema),
            **_refused(401, 429, 503),
        },
    }


def _invocation(service: CDSService) -> dict[str, Any]:
    return {
        "operationId": service.id,
        "summary": f"{service.title} ({service.hook})",
        "description": service.description,
        "security": _CLIENT_OR_ANYBODY,
        "requestBody": _request(_REQUESTS[service.hook]),
        "responses": {
            "200": _json("At most one card; none when there is nothing to say.", CardsSchema),
            **_refused(*_REFUSALS),
        },
    }


def _feedback(service: CDSService) -> dict[str, Any]:
    return {
        "operationId": f"{service.id}-feedback",
        "summary": "Takes what became of cards, all of it or nothing",
        "security": _CLIENT_OR_ANYBODY,
        "requestBody": _request(FeedbackSchema),
        "responses": {
            "200": _json("Stored. What was stored before is not stored again.", StoredSchema),
            **_refused(400, 401, 413, 415, 429, 500, 503),
        },
    }


def _public() -> dict[str, dict[str, Any]]:
    """Return what is no part of CDS Hooks, by its path."""
    not_ready = {"503": _json("What failed, by name.", NotReadySchema)}
    not_here = {"404": _json("They are not offered here.", OperationOutcomeSchema)}
    metrics = _of("Nobody's data.", "text/plain", {"type": "string"})
    document = _of("This document.", "application/json", {"type": "object"})
    page = _of("A page.", "text/html", {"type": "string"})
    alive, ready = _json("It does.", AliveSchema), _json("They may.", ReadySchema)
    return {
        "/healthz": _get("healthz", "Tells whether the process answers", alive),
        "/readyz": _get("readyz", "Tells whether requests may be sent here", ready, **not_ready),
        "/metrics": _get("metrics", "Counts and times for Prometheus", metrics, **not_here),
        "/openapi.json": _get("openapi", "This document", document),
        "/docs": _get("docs", "This document for people", page),
    }


def _get(
    name: str, summary: str, answer: dict[str, Any], **others: dict[str, Any]
) -> dict[str, Any]:
    answers = {"200": answer, **others}
    return {"operationId": name, "summary": summary, "security": [], "responses": answers}


def _refused(*statuses: int) -> dict[str, str]:
    return {str(status): f"Refused{status}" for status in statuses}


def _json(said: str, schema: Any) -> dict[str, Any]:
    return _of(said, "application/json", schema)


def _of(said: str, media_type: str, schema: Any) -> dict[str, Any]:
    return {"description": said, "content": {media_type: {"schema": schema}}}


def _request(schema: type[Schema]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}
