"""What a server costs without a decision: the floor, and Flask that parses and answers JSON.

Both answer only one member of what they were sent, as short as an answer without cards: that makes
them fast, and our ratios to them hard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, jsonify, request

from cds_service.server import tune

ANSWER = b'{"cards":[]}'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(ANSWER)))]


def bare(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Read the body, look at nothing, answer a constant."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", HEADERS)
    return [ANSWER]


flask = Flask(__name__)


@flask.post("/cds-services/<service_id>")
def echo(service_id: str) -> Response:
    """Parse the whole body and answer its hook instance."""
    return jsonify(cards=[], hookInstance=request.get_json()["hookInstance"])


tune(flask)
