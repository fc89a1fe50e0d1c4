"""Prefetch and FHIR server to one patient record: what came, what is missing, what is not ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, compress

from cds_service.engine.record import Extent, Search, UnreadReason
from cds_service.engine.resources import (
    RESOURCE_TYPES,
    Medication,
    MedicationRequest,
    MedicationStatement,
    Resource,
)
from cds_service.fhir.access import Access
from cds_service.fhir.admission import Admission, Gate, Sifted
from cds_service.fhir.arrival import Arrival, arrival_of, nothing
from cds_service.fhir.attached_texts import Lack
from cds_service.fhir.client import FhirReader
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.decode import (
    Bundle,
    OperationOutcome,
    Value,
    contained_medications,
    has_links,
    next_link,
)
from cds_service.fhir.fetch import fetches
from cds_service.fhir.parallel import side_by_side
from cds_service.fhir.prefetch import Damage, Prefetched, prefetched_values
from cds_service.fhir.references import Followed, follow
from cds_service.fhir.templates import PrefetchTemplate
from cds_service.fhir.versions import newest_versions
from cds_service.security.cds_client import CDSClient


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that a patient record is made of.

    ``issues`` is for the log: the types of what servers remarked, by prefetch key.
    ``mistaken`` is the prefetch key of a Patient who is not the one in question. ``is_here`` tells
    whether a base URL is that of the request's server, by which an absolute reference is one to
    what is here; ``void`` names what arrived and does not count, as ``Type/id``.
    """

    resources: tuple[Resource, ...]
    searches: tuple[Search, ...]
    contained: Mapping[str, Medication] = field(default_factory=dict)
    issues: Mapping[str, frozenset[str]] = field(default_factory=dict)
    mistaken: str | None = None
    is_here: Callable[[str], bool] = field(default=lambda _: False)
    void: frozenset[str] = frozenset()


def gather(
    templates: Sequence[PrefetchTemplate], access: Access, client: CDSClient, deadline: Deadline
) -> Gathered:
    """Return what could be read for the templates: prefetched, or else fetched.

    Never raises for what a client or a server did; each template has its search, in their order.
    See CDS Hooks, "Prefetch Template" and "FHIR Resource Access".
    """
    if access.is_for_another_patient:
        wrong = (Search(t.key, Extent.NOTHING, UnreadReason.WRONG_PATIENT) for t in templates)
        return Gathered((), tuple(wrong))
    base = client.servers.base(access.fhir_server)
    reader = FhirReader(base, access.token, deadline, client) if base else None
    values = prefetched_values(access.prefetch)
    arrivals = _arrivals(templates, values, access, reader)
    gate = Gate(access.patient_id, access.fhir_server)
    sifted = [gate.sift(arrival.rows) for arrival in arrivals]
    # What is void is kept until versions are compared: an error corrected later still counts, and a
    # finding withdrawn later does not.
    void = {id(resource) for part in sifted for resource in part.void}
    newest = newest_versions(list(chain.from_iterable((*part.kept, *part.void) for part in sifted)))
    resources = [r for r in newest if id(r) not in void] if void else newest
    gone = frozenset(r.reference for r in newest if id(r) in void) if void else frozenset[str]()
    followed = follow(resources, gone, reader, gate) if reader else Followed(resources, gone)
    searches = [_search(a, s, followed.lacking) for a, s in zip(arrivals, sifted, strict=True)]
    found, issues = followed.resources, {a.template.key: a.issues for a in arrivals if a.issues}
    return Gathered(
        tuple(found),
        tuple(searches),
        _contained(found),
        issues,
        _mistaken(arrivals, sifted, values),
        gate.is_same_server,
        followed.void,
    )


def _mistaken(
    arrivals: Iterable[Arrival], sifted: Iterable[Sifted], values: Prefetched
) -> str | None:
    """Return the key of a prefetched Patient who is not the one in question."""
    for arrival, part in zip(arrivals, sifted, strict=True):
        template = arrival.template
        if template.resource_type == "Patient" and Admission.FOREIGN in part.others:
            was_sent = not isinstance(values.get(template.key), OperationOutcome | None)
            return template.key if was_sent else None
    return None


def _arrivals(
    templates: Sequence[PrefetchTemplate],
    values: Prefetched,
    access: Access,
    reader: FhirReader | None,
) -> list[Arrival]:
    """Return one arrival for each template; whatever needs the network runs side by side."""
    if reader is None:
        return [_without_server(t, values, access) for t in templates]
    reads: dict[str, Callable[[], Arrival]] = {}
    missing: dict[PrefetchTemplate, str] = {}
    for template in templates:
        value = values.get(template.key)
        if template.key not in values or isinstance(value, OperationOutcome):
            query = template.query(access.context)
            if query is not None:
                missing[template] = query
        elif isinstance(value, Bundle) and next_link(value):
            query = _query_of(value, template, access)
            reads[template.key] = partial(arrival_of, template, value, reader.next_page, query)
    reads |= fetches(missing, reader)
    if not reads:
        return [_without_server(t, values, access) for t in templates]
    started = side_by_side(reads.values(), reader.client.fan_out, reader.place)
    waiting = dict(zip(reads, started, strict=True))
    return [
        _awaited(waiting[t.key], t, values, access, reader.deadline)
        if t.key in waiting
        else _without_server(t, values, access)
        for t in templates
    ]


def _without_server(template: PrefetchTemplate, values: Prefetched, access: Access) -> Arrival:
    if template.key not in values:
        return nothing(template, UnreadReason.NOT_PROVIDED)
    value = values[template.key]
    if isinstance(value, Damage):
        return nothing(template, UnreadReason.UNREADABLE)
    return arrival_of(template, value, None, _query_of(value, template, access))


def _query_of(value: Value | None, template: PrefetchTemplate, access: Access) -> str:
    """Return what the client was to search for, where its Bundle may say what it did instead."""
    if isinstance(value, Bundle) and has_links(value):
        return template.query(access.context) or ""
    return ""


def _awaited(
    future: Future[Arrival],
    template: PrefetchTemplate,
    values: Prefetched,
    access: Access,
    deadline: Deadline,
) -> Arrival:
    """Return a read's arrival, or what there is without it when it is not there in time."""
    try:
        return future.result(timeout=deadline.patience())
    except TimeoutError:
        if isinstance(values.get(template.key), Bundle):
            return _without_server(template, values, access)  # the prefetched first page stands
        return nothing(template, UnreadReason.TIMEOUT)


def _search(arrival: Arrival, sifted: Sifted, lacking: Mapping[type[Resource], Lack]) -> Search:
    """Return how much of the search arrived, less what was not this patient's or not readable."""
    template = arrival.template
    if not sifted.others:
        search = Search(template.key, arrival.extent, arrival.unread)
        lack = lacking.get(RESOURCE_TYPES[template.resource_type]) if lacking else None
        return search if lack is None else _without_texts(search, lack, template)
    if Admission.FOREIGN in sifted.others:
        extent = Extent.PART if template.is_search else Extent.NOTHING
        return Search(template.key, extent, UnreadReason.WRONG_PATIENT)
    return Search(template.key, Extent.PART, UnreadReason.UNREADABLE)


def _without_texts(search: Search, lack: Lack, template: PrefetchTemplate) -> Search:
    """Return a search of which some texts are lacking.

    A report says itself what it is of, and stays unreadable. A note without its text says nothing:
    it counts as not found.
    """
    extent = search.extent
    if template.resource_type == "DocumentReference" and extent is not Extent.NOTHING:
        was_known = extent in (Extent.COMPLETE, Extent.NEWEST) and lack.newest_are_there
        extent = Extent.NEWEST if was_known else Extent.PART
    return Search(search.key, extent, search.unread or lack.reason)


_OWNERS = frozenset((MedicationRequest, MedicationStatement))


def _contained(resources: Sequence[Resource]) -> dict[str, Medication]:
    found: dict[str, Medication] = {}
    for owner in compress(resources, map(_OWNERS.__contains__, map(type, resources))):
        found |= contained_medications(owner)  # type: ignore[arg-type]
    return found
