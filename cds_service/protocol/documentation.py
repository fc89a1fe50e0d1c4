"""``/openapi.json`` and ``/docs``: what is offered here, for machines and for people."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from flask import Flask, Response
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from cds_service.protocol.errors import JSON

_FOLDER = Path(__file__).parent
_BOUNDS = ("format", "pattern", "maxLength", "maxItems", "minimum", "maximum")
HTML = "text/html; charset=utf-8"


def offer_documents(app: Flask, document: dict[str, Any]) -> None:
    """Answer with the document, and with the page that is made of it. Both are made only once."""
    body, style = orjson.dumps(document), (_FOLDER / "documentation.css").read_text("utf-8")
    made, policy = page(document, style), _policy(style)

    @app.get("/openapi.json")
    def openapi() -> Response:
        return Response(body, content_type=JSON)

    @app.get("/docs")
    def documentation() -> Response:
        answer = Response(made, content_type=HTML)
        answer.headers["Content-Security-Policy"] = policy
        return answer


def _policy(style: str) -> str:
    """Return a policy under which the page shows its own style and can do nothing else."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    closed = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return f"default-src 'none'; style-src 'sha256-{digest}'; {closed}"


def page(document: dict[str, Any], style: str) -> str:
    """Return one page of HTML that needs nothing but itself."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string((_FOLDER / "documentation.html").read_text("utf-8"))
    return template.render(
        document=document,
        style=style,
        operations=list(_operations(document)),
        content=_content,
        kind=_kind,
        said=_said,
    )


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation, with the statuses of its refusals, which all share."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            answers = operation["responses"].items()
            refusals = [status for status, answer in answers if "$ref" in answer]
            blank = {"description": "", "requestBody": None}
            yield path, method.upper(), {**blank, **operation, "refusals": refusals}


def _content(node: dict[str, Any]) -> Markup | str:
    """Return what is sent in a request or an answer."""
    ((media_type, content),) = node["content"].items()
    return _kind(content["schema"]) if "$ref" in content["schema"] else str(media_type)


def _kind(schema: dict[str, Any]) -> Markup | str:
    """Return what kind of value a schema is for; another schema as a link to it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#{0}">{0}</a>').format(name)
    if "items" in schema:
        return Markup("array of {}").format(_kind(schema["items"]))
    kind = schema.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _said(schema: dict[str, Any]) -> str:
    """Return in words what a value must be, or else the bounds that JSON Schema has for it."""
    if "description" in schema:
        return str(schema["description"])
    said = [" | ".join(schema["enum"])] if "enum" in schema else []
    return "; ".join(said + [f"{name} {schema[name]}" for name in _BOUNDS if name in schema])
