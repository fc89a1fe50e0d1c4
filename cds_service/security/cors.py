"""Cross-origin access for browser clients, on every answer, errors included.

See CDS Hooks, "Cross-Origin Resource Sharing". No answer ever allows credentials: the client
authenticates by a header of its own, not by a cookie.
"""

from __future__ import annotations

from dataclasses import dataclass

METHODS = "GET, POST, OPTIONS"
HEADERS = "authorization, content-type"
_ONE_DAY = "86400"


@dataclass(frozen=True, slots=True)
class BrowserOrigins:
    """The origins whose pages may read our answers: all of them, or those listed."""

    listed: frozenset[str]
    everyone: bool = False

    def answer_headers(self, origin: str | None) -> dict[str, str]:
        """Return the headers of an answer to a page of that origin.

        ``Vary: Origin`` also stands where nothing is allowed, or a shared cache would hand one
        origin's refusal to another.
        """
        if self.everyone:
            return {"Access-Control-Allow-Origin": "*"}
        if origin in self.listed:
            return {"Access-Control-Allow-Origin": str(origin), "Vary": "Origin"}
        return {"Vary": "Origin"}

    def preflight_headers(self) -> dict[str, str]:
        """Return what a preflight says beside the origin."""
        return {
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": HEADERS,
            "Access-Control-Max-Age": _ONE_DAY,
        }
