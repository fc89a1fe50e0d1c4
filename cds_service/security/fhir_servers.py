"""Which FHIR servers may be read, and how their base URLs are compared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from urllib.parse import SplitResult, unquote, urlsplit

_PORTS = {"http": 80, "https": 443}
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?\Z")
_HEX_OR_DIGITS = re.compile(r"(0x[0-9a-f]*|[0-9]+)\Z")
_URL_TEXT = re.compile(r"[!-\[\]-~]+\Z")  # visible ASCII without the backslash


@dataclass(frozen=True, slots=True)
class FhirBase:
    """The base URL of a FHIR server after the one canonical parse; equal bases are one server."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The base without a trailing slash, rebuilt from its parts."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if _PORTS[self.scheme] == self.port else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine, written in an unmistakable form."""
        return self.host in ("localhost", "::1") or (
            _is_ipv4(self.host) and self.host[:4] == "127."
        )

    def resolve(self, link: str) -> str | None:
        """Return the URL of a paging link below this base, or None when it leads elsewhere.

        Same origin and base path, or a query on the base itself (as HAPI pages). The result is
        rebuilt on our own base, so that no other parser can read another host into it.
        """
        if not _URL_TEXT.match(link):
            return None
        if link.startswith("?"):
            return f"{self.url}{link}"
        if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", link) and not link.startswith("/"):
            link = f"{self.url}/{link}"
        elif link.startswith("/") and not link.startswith("//"):
            link = self.url.removesuffix(self.path) + link
        page = _split(link)
        if page is None or not self._holds(page):
            return None
        query = f"?{page.query}" if page.query else ""
        return f"{self.url}{page.path[len(self.path) :]}{query}"

    def _holds(self, page: SplitResult) -> bool:
        origin = _origin(page)
        if origin != (self.scheme, self.host, self.port) or _climbs(page.path):
            return False
        below = page.path[len(self.path) :]
        return page.path.startswith(self.path) and (not below or below.startswith("/"))


class ReadableServers:
    """The FHIR servers that may be read: listed ones, and this machine's own in open mode."""

    def __init__(self, listed: Iterable[FhirBase], loopback_too: bool) -> None:
        self._listed = frozenset(listed)
        self._loopback_too = loopback_too

    def base(self, fhir_server: str | None) -> FhirBase | None:
        """Return the base of a server that may be read; None for any other one."""
        base = parse_base(fhir_server) if fhir_server else None
        if base is None or base in self._listed:
            return base
        return base if self._loopback_too and base.is_loopback else None


def parse_base(text: str) -> FhirBase | None:
    """Return the canonical base of a FHIR base URL; None when it could be read in two ways."""
    parts = _split(text)
    if parts is None or "?" in text or "#" in text or _climbs(parts.path):
        return None
    origin = _origin(parts)
    return FhirBase(*origin, parts.path.rstrip("/")) if origin else None


def _split(text: str) -> SplitResult | None:
    """Return the parts of an absolute http(s) URL without credentials or fragment."""
    if not _URL_TEXT.match(text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    plain = parts.scheme in _PORTS and "@" not in parts.netloc and not parts.fragment
    return parts if plain else None


def _origin(parts: SplitResult) -> tuple[str, str, int] | None:
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    port = _PORTS[parts.scheme] if port is None else port
    return (parts.scheme, host, port) if _is_plain_host(host) else None


def _is_plain_host(host: str) -> bool:
    """Whether every resolver reads the host alike (no ``127.1``, ``0x7f.1`` or dot at the end)."""
    if ":" in host:
        return host == "::1"
    if not _HOST_NAME.match(host) or ".." in host:
        return False
    return _is_ipv4(host) or not _HEX_OR_DIGITS.match(host.rsplit(".", 1)[-1])


def _is_ipv4(host: str) -> bool:
    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True


def _climbs(path: str) -> bool:
    """Whether a path leaves its place or hides what it is."""
    plain = unquote(path)
    names = [segment.partition(";")[0] for segment in plain.split("/")]  # Tomcat reads ..;x as ..
    return "\\" in plain or "%" in plain or "//" in plain or ".." in names
