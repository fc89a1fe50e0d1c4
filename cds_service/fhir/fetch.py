"""The reads of the prefetch keys that a client did not send: one by one, or all in one batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from cds_service.engine.record import UnreadReason
from cds_service.fhir.arrival import Arrival, arrival_of, nothing
from cds_service.fhir.client import FhirReader
from cds_service.fhir.decode import Value
from cds_service.fhir.parallel import side_by_side
from cds_service.fhir.read_error import FhirReadError
from cds_service.fhir.templates import PrefetchTemplate


def fetches(
    missing: Mapping[PrefetchTemplate, str], reader: FhirReader
) -> dict[str, Callable[[], Arrival]]:
    """Return, for each key whose query is given, what reads all of its pages.

    In a batch the first pages are read here and now, for all keys at once.
    """
    if reader.client.batch and len(missing) > 1:
        return _from_batch(missing, reader)
    return {
        template.key: partial(_fetch, template, query, partial(reader.read, query), reader)
        for template, query in missing.items()
    }


def _fetch(
    template: PrefetchTemplate, query: str, read_first: Callable[[], Value], reader: FhirReader
) -> Arrival:
    try:
        return arrival_of(template, read_first(), reader.next_page, query)
    except FhirReadError as failure:
        return nothing(template, failure.reason)


def _from_batch(
    missing: Mapping[PrefetchTemplate, str], reader: FhirReader
) -> dict[str, Callable[[], Arrival]]:
    ask = partial(reader.read_batch, list(missing.values()))
    (batch,) = side_by_side([ask], 1, reader.place)
    try:
        answers = batch.result(timeout=reader.deadline.patience())
    except TimeoutError:
        failed = FhirReadError(UnreadReason.TIMEOUT)
        answers = [failed] * len(missing)
    except FhirReadError as failure:
        answers = [failure] * len(missing)
    return {
        template.key: partial(_fetch, template, query, partial(_value_or_raise, answer), reader)
        for (template, query), answer in zip(missing.items(), answers, strict=True)
    }


def _value_or_raise(answer: Value | FhirReadError) -> Value:
    if isinstance(answer, FhirReadError):
        raise answer
    return answer
