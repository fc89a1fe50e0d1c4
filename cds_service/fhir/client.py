"""Guarded reads from a FHIR server: bounded in time, size and place, and never following anybody.

Figures: faults.md, section 1. Retries, a breaker and the check of the connected peer belong into
:func:`_get`, the only function that opens a connection.
"""

from __future__ import annotations

import functools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3
from requests.adapters import HTTPAdapter

from cds_service.engine.record import UnreadReason
from cds_service.fhir.arrival import FhirReadError
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.decode import Bundle, OperationOutcome, UnreadableError, Value, read_value
from cds_service.security.access_token import AccessToken
from cds_service.security.fhir_servers import FhirBase

CONNECT_SECONDS = 0.5
SILENCE_SECONDS = 1.5
MAX_BYTES = 10 * 1024 * 1024
WORKERS = 8
_CHUNK = 64 * 1024
_REFUSALS = {401: UnreadReason.UNAUTHORIZED, 403: UnreadReason.FORBIDDEN}
_TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)


@functools.cache
def _session() -> requests.Session:
    """Return the one pooled session of this process.

    It reads no environment (a ``.netrc`` would replace our token) and keeps no cookies (they would
    outlive the invocation).
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=WORKERS, pool_maxsize=2 * WORKERS, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


@functools.cache
def executor() -> ThreadPoolExecutor:
    """Return the one pool of this process in which all reads run."""
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="fhir-read")


def _forget_parent() -> None:
    """Make a forked worker open connections and threads of its own."""
    _session.cache_clear()
    executor.cache_clear()


os.register_at_fork(after_in_child=_forget_parent)


@dataclass(frozen=True, slots=True)
class FhirReader:
    """Reads from one FHIR server for one invocation, by its token and within its deadline."""

    base: FhirBase
    token: AccessToken | None
    deadline: Deadline

    def read(self, query: str) -> Value:
        """Return the answer to a relative read or search; FhirReadError when there is none."""
        return self._value(f"{self.base.url}/{query}")

    def next_page(self, link: str) -> Bundle:
        """Return the page behind a link; FhirReadError when the link leads off this server."""
        url = self.base.resolve(link)
        if url is None:
            raise FhirReadError(UnreadReason.INCOMPLETE)
        page = self._value(url)
        if not isinstance(page, Bundle):
            raise FhirReadError(UnreadReason.ERROR)
        return page

    def _value(self, url: str) -> Value:
        try:
            value = read_value(_get(url, self.token, self.deadline))
        except UnreadableError as error:  # HTML and other non-FHIR with status 200
            raise FhirReadError(UnreadReason.ERROR) from error
        if value is None or isinstance(value, OperationOutcome):
            raise FhirReadError(UnreadReason.ERROR)
        return value


def _get(url: str, token: AccessToken | None, deadline: Deadline) -> bytes:
    """Return the body of a 200 answer; FhirReadError for anything else."""
    if token is not None and token.has_expired:
        raise FhirReadError(UnreadReason.UNAUTHORIZED)
    left = deadline.remaining()
    if not left:
        raise FhirReadError(UnreadReason.TIMEOUT)
    headers = {"Accept": "application/fhir+json"} | (token.header() if token else {})
    waits = (min(CONNECT_SECONDS, left), min(SILENCE_SECONDS, left))
    try:
        with _session().get(
            url, headers=headers, stream=True, allow_redirects=False, timeout=waits
        ) as response:
            if response.status_code != requests.codes.ok:
                raise FhirReadError(_REFUSALS.get(response.status_code, UnreadReason.ERROR))
            return _body(response.raw, deadline)
    except _TIMEOUTS as error:
        raise FhirReadError(UnreadReason.TIMEOUT) from error
    except _FAILURES as error:
        raise FhirReadError(UnreadReason.ERROR) from error


def _body(raw: urllib3.HTTPResponse, deadline: Deadline) -> bytes:
    """Return the decoded body; the clock is looked at after whatever arrived, however little.

    The time-outs of ``requests`` bound the silence between two bytes, not the whole.
    """
    body = bytearray()
    while chunk := raw.read1(_CHUNK, decode_content=True):
        body += chunk
        if len(body) > MAX_BYTES:
            raise FhirReadError(UnreadReason.ERROR)
        if deadline.has_passed:
            raise FhirReadError(UnreadReason.TIMEOUT)
    return bytes(body)
