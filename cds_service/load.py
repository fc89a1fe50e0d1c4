"""A FHIR server that synthetic patients are put on: at a command, never in an invocation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Self

import requests

from cds_service.security.fhir_servers import parse_base

SECONDS = (5, 120)  # to connect; of silence (public servers are slow)
PAGE = 200
MAX_PAGES = 100
_FHIR = "application/fhir+json"
_GONE = ("404", "410")


class LoadError(RuntimeError):
    """A FHIR server did not do what it was asked; the message says what it answered."""


class FhirDestination:
    """The FHIR server that is written to, for the length of a ``with`` block."""

    def __init__(self, base: str) -> None:
        parsed = parse_base(base)
        if parsed is None:
            raise LoadError(f"{base!r} is no FHIR base URL, such as http://127.0.0.1:8090/fhir")
        self._base = parsed
        self._session = requests.Session()
        self._session.trust_env = not parsed.is_loopback  # no proxy leads to this machine
        # HAPI answers a search that it knows from its memory of a minute ago unless told not to.
        self._session.headers.update(
            {"Accept": _FHIR, "Content-Type": _FHIR, "Cache-Control": "no-cache"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def tagged(self, kind: str, system: str, codes: Iterable[str]) -> Iterator[str]:
        """Yield ``Type/id`` of all resources of a type that have a tag; LoadError if not told."""
        tags = ",".join(f"{system}|{code}" for code in codes)
        page = self._asked("GET", f"{self._base.url}/{kind}", params={"_tag": tags, "_count": PAGE})
        for _ in range(MAX_PAGES):
            for entry in page.get("entry", []):
                resource = entry.get("resource", {})
                if resource.get("resourceType") == kind and "id" in resource:
                    yield f"{kind}/{resource['id']}"
            links = {link.get("relation"): link.get("url") for link in page.get("link", [])}
            if "next" not in links:
                return
            page = self._asked("GET", self._followed(links["next"]))
        raise LoadError(f"{kind}: the pages do not end")

    def _followed(self, link: str) -> str:
        url = self._base.resolve(link)
        if url is None:
            raise LoadError(f"the next page lies on another server: {link!r}")
        return url

    def send(self, transaction: dict[str, Any]) -> None:
        """Carry out a transaction; LoadError when the server refuses it or a part of it."""
        if not transaction["entry"]:
            return
        answered = self._asked("POST", self._base.url, json=transaction)
        wanted, carried_out = transaction["entry"], answered.get("entry", [])
        if len(wanted) != len(carried_out):
            raise LoadError(f"answered for {len(carried_out)} of {len(wanted)} parts")
        for asked, done in zip(wanted, carried_out, strict=True):
            status = str(done.get("response", {}).get("status", ""))[:3]
            deleted = asked["request"]["method"] == "DELETE"
            if not (status.startswith("2") or (deleted and status in _GONE)):
                raise LoadError(f"{asked['request']['url']}: refused with {status or 'no status'}")

    def _asked(self, method: str, url: str, **what: Any) -> dict[str, Any]:
        try:
            answer = self._session.request(
                method, url, timeout=SECONDS, allow_redirects=False, **what
            )
        except requests.RequestException as error:
            raise LoadError(f"{method} {url}: {type(error).__name__}") from error
        try:
            body = answer.json()
        except ValueError:
            body = None
        if answer.status_code != requests.codes.ok or not _is_bundle(body):
            raise LoadError(f"{method} {url}: {answer.status_code} {_diagnostics(body)}".rstrip())
        found: dict[str, Any] = body
        return found


def _is_bundle(body: object) -> bool:
    return isinstance(body, dict) and body.get("resourceType") == "Bundle"


def _diagnostics(body: object) -> str:
    """Return what an OperationOutcome says first, as one printable line."""
    issues = body.get("issue") if isinstance(body, dict) else None
    if not isinstance(issues, list) or not issues or not isinstance(issues[0], dict):
        return ""
    said = str(issues[0].get("diagnostics") or issues[0].get("details", {}).get("text", ""))
    return "".join(c if c.isprintable() else " " for c in said)[:300]
