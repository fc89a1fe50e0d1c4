"""Asks the service on this machine whether it is alive, or ready (``health.py /readyz``).

For health checks of containers, which have no curl: exit 0 when the answer is 200, else 1.
"""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException

ALIVE = "/healthz"
SECONDS = 2


def status(path: str) -> int:
    """Return the HTTP status of a path on our port; OSError when nobody answers."""
    port = int(os.environ.get("SPINE_CDS_PORT", "8080"))
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


if __name__ == "__main__":
    try:
        sys.exit(status((*sys.argv, ALIVE)[1]) != 200)
    except (OSError, HTTPException) as error:
        sys.exit(f"no answer: {error}")
