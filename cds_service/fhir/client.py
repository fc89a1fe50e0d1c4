"""Guarded reads from one FHIR server: whatever it does, a value in time or a reason why not.

See CDS Hooks, "FHIR Resource Access"; for what is done about each fault, faults.md, section 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from cds_service.engine.record import UnreadReason
from cds_service.engine.resources import RESOURCE_TYPES
from cds_service.fhir import batch
from cds_service.fhir.connections import (
    Answer,
    ByteAllowance,
    Call,
    NoAnswerError,
    NotInTimeError,
    TooMuchError,
    exchange,
)
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.decode import Bundle, OperationOutcome, UnreadableError, Value, read_value
from cds_service.fhir.read_error import FhirReadError
from cds_service.fhir.retry import NO_ANSWER, delay_before_retry, is_failure, is_passing
from cds_service.fhir.server_health import health_of
from cds_service.observability.tracing import span
from cds_service.security.access_token import AccessToken
from cds_service.security.cds_client import CDSClient
from cds_service.security.fhir_servers import FhirBase

MAX_BYTES = 10 * 1024 * 1024
MAX_BYTES_IN_ALL = 2 * MAX_BYTES
FHIR_JSON = "application/fhir+json"
# A time-out that had less than this to begin with says more about us than about the server.
FAIR_SECONDS = 0.5
_ALWAYS = {"Accept-Encoding": "gzip", "User-Agent": "spine-cds"}
_REFUSALS = {401: UnreadReason.UNAUTHORIZED, 403: UnreadReason.FORBIDDEN}


@dataclass(frozen=True, slots=True)
class FhirReader:
    """Reads from one FHIR server for one invocation, by its token and within its deadline.

    Whatever cannot be had is a FhirReadError with its reason.
    """

    base: FhirBase
    token: AccessToken | None
    deadline: Deadline
    client: CDSClient
    allowance: ByteAllowance = field(default_factory=lambda: ByteAllowance(MAX_BYTES_IN_ALL))
    invocation: int = field(default_factory=count().__next__)

    @property
    def place(self) -> tuple[str, int]:
        """The host and the port that all its reads wait for."""
        return self.base.host, self.base.port

    @property
    def _seconds_to_try(self) -> float:
        """The least time in which a call may try a server that was left alone.

        A client that never has a fair time takes half of what it has, or it would never get back.
        """
        return min(FAIR_SECONDS, self.client.fhir_seconds / 2)

    def read(self, query: str) -> Value:
        """Return the answer to a relative read or type-level search."""
        kind, is_search, parameters = query.partition("?")
        if not is_search or not self.client.search_by_post:
            return _value(self.get(f"{self.base.url}/{query}").body)
        form = "application/x-www-form-urlencoded"
        return _value(self._post(f"{self.base.url}/{kind}/_search", form, parameters.encode()).body)

    def next_page(self, link: str) -> Bundle:
        """Return the page behind a link; one that leads off this server is not followed."""
        url = self.base.resolve(link)
        if url is None:
            raise FhirReadError(UnreadReason.INCOMPLETE)
        page = _value(self.get(url).body)
        if not isinstance(page, Bundle):
            raise FhirReadError(UnreadReason.ERROR)
        return page

    def read_batch(self, queries: Sequence[str]) -> list[Value | FhirReadError]:
        """Return the answer to each query, all asked at once; a FhirReadError where one failed."""
        answer = self._post(self.base.url, FHIR_JSON, batch.request_of(queries), MAX_BYTES_IN_ALL)
        return batch.answers_of(answer.body, len(queries), _value, _reason)

    def get(self, url: str, accept: str = FHIR_JSON, limit: int = MAX_BYTES) -> Answer:
        """Return the 200 answer to a GET below the base, repeated once where that may help."""
        return self._ask(Call("GET", self.base, self._target(url), self._headers(accept)), limit)

    def _post(self, url: str, content_type: str, body: bytes, limit: int = MAX_BYTES) -> Answer:
        headers = self._headers(FHIR_JSON) | {"Content-Type": content_type}
        return self._ask(Call("POST", self.base, self._target(url), headers, body), limit)

    def _target(self, url: str) -> str:
        target = self.base.path + url.removeprefix(self.base.url)
        return target if target.startswith("/") else f"/{target}"

    def _headers(self, accept: str) -> dict[str, str]:
        authorization = self.token.header() if self.token else {}
        return {**_ALWAYS, "Accept": accept, **authorization}

    def _ask(self, call: Call, limit: int) -> Answer:
        """Return the 200 answer to a call."""
        with span("read") as note:
            note(client=self.client.name, method=call.method, resource=_resource_type(call))
            try:
                answer = self._answered(call, limit)
            except FhirReadError as error:
                note(reason=error.reason.value)
                raise
            note(status=answer.status, bytes=len(answer.body))
        return answer

    def _answered(self, call: Call, limit: int) -> Answer:
        """Return the 200 answer to a call, and note how the server did."""
        self._refuse_expired_token()  # first: it must not cost the one call that may try
        health, given = health_of(self.base), self.deadline.remaining()
        if given and not health.may_be_asked(may_try=given >= self._seconds_to_try):
            raise FhirReadError(UnreadReason.ERROR)
        try:
            answer = self._once(call, limit)
            if call.method == "GET" and is_passing(answer.status) and self._may_repeat(answer):
                answer = self._once(call, limit)
        except NotInTimeError as error:
            if given >= FAIR_SECONDS:
                health.note_failure(self.invocation)
            raise FhirReadError(UnreadReason.TIMEOUT) from error
        except TooMuchError as error:
            raise FhirReadError(UnreadReason.ERROR) from error
        if is_failure(answer.status):
            health.note_failure(self.invocation)
        else:
            health.note_answer()
        return _only_200(answer)

    def _once(self, call: Call, limit: int) -> Answer:
        """Return what one call brings, of status ``NO_ANSWER`` when the connection failed."""
        self._refuse_expired_token()
        networks = self.client.private_networks
        try:
            return exchange(call, self.deadline, limit, self.allowance, networks)
        except NoAnswerError:
            return Answer(NO_ANSWER)

    def _refuse_expired_token(self) -> None:
        if self.token is not None and self.token.has_expired:
            raise FhirReadError(UnreadReason.UNAUTHORIZED)

    def _may_repeat(self, answer: Answer) -> bool:
        """Wait as long as is due before a call is repeated; False when it may not be."""
        delay = delay_before_retry(answer.retry_after, self.deadline)
        if delay is None or not health_of(self.base).may_be_asked_again():
            return False
        self.deadline.pause(delay)
        return True


def _resource_type(call: Call) -> str:
    """Return what kind of resource a call is for; nothing else of its URL."""
    kind = call.target.removeprefix(call.base.path).lstrip("/").partition("?")[0].partition("/")[0]
    return kind if kind in RESOURCE_TYPES else "other"


def _only_200(answer: Answer) -> Answer:
    if answer.status != 200:
        raise FhirReadError(_reason(answer.status))
    return answer


def _reason(status: int) -> UnreadReason:
    """Return why a status other than 200 brings nothing; a redirect is never followed."""
    return _REFUSALS.get(status, UnreadReason.ERROR)


def _value(body: bytes) -> Value:
    try:
        str(body, "utf-8")  # members that nobody reads are skipped with whatever is in them
        value = read_value(body)
    except (UnreadableError, UnicodeDecodeError) as error:  # HTML and other non-FHIR with 200
        raise FhirReadError(UnreadReason.ERROR) from error
    if value is None or isinstance(value, OperationOutcome):
        raise FhirReadError(UnreadReason.ERROR)
    return value
