"""Fetches a key set from its ``jku``, by the same guarded connections as FHIR data."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from cds_service.fhir.connections import (
    ByteAllowance,
    Call,
    NoAnswerError,
    NotInTimeError,
    TooMuchError,
    exchange,
)
from cds_service.fhir.deadline import Deadline
from cds_service.security.fhir_servers import FhirBase, parse_base
from cds_service.security.key_sources import FetchedKeySet, FetchFailedError
from cds_service.security.peers import Network

MAX_BYTES = 256 * 1024
SECONDS = 2.0
_QUERY = re.compile(r"[!\"$-\[\]-~]*\Z")  # visible ASCII without the backslash and a fragment
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "spine-cds"}


def parse_jku(url: str) -> tuple[FhirBase, str] | None:
    """Return the origin and the target (path and query) of a key set's URL.

    None when it could be read in two ways, or goes over plain HTTP to another machine.
    """
    place, _, query = url.partition("?")
    base = parse_base(place)
    if base is None or not _QUERY.match(query):
        return None
    if base.scheme != "https" and not base.is_loopback:
        return None
    origin = FhirBase(base.scheme, base.host, base.port, "")
    return origin, urlsplit(place).path + (f"?{query}" if query else "")


def fetch_key_set(origin: FhirBase, target: str, networks: tuple[Network, ...]) -> FetchedKeySet:
    """Return the key set there; FetchFailedError when it is not there within two seconds."""
    call = Call("GET", origin, target or "/", _HEADERS)
    deadline = Deadline.after(SECONDS)
    try:
        answer = exchange(call, deadline, MAX_BYTES, ByteAllowance(MAX_BYTES), networks)
    except (NotInTimeError, NoAnswerError, TooMuchError) as error:
        raise FetchFailedError from error
    if answer.status != 200:  # a redirect, too
        raise FetchFailedError
    return FetchedKeySet(answer.body, _max_age(answer.cache_control))


def _max_age(cache_control: str) -> float | None:
    """Return the seconds that a Cache-Control header gives, 0 where nothing may be kept."""
    for part in cache_control.lower().split(","):
        name, _, value = part.strip().partition("=")
        if name in ("no-store", "no-cache"):
            return 0.0
        if name == "max-age" and value.isdecimal() and len(value) < 10:
            return float(value)
    return None
