"""What arrived for one prefetch key: its rows, how much of the search they are, what was lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from cds_service.engine.record import Extent, UnreadReason
from cds_service.engine.resources import Resource
from cds_service.fhir.decode import (
    Bundle,
    OperationOutcome,
    Page,
    Value,
    next_link,
    read_page,
    total_of,
    wanted_types,
)
from cds_service.fhir.recency import came_newest_first
from cds_service.fhir.templates import PrefetchTemplate

MAX_PAGES = 20
MAX_ROWS = 2_000


class FhirReadError(Exception):
    """A FHIR read that brought nothing, with the reason as the contract names it."""

    def __init__(self, reason: UnreadReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


NextPage = Callable[[str], Bundle]  # FhirReadError when the page cannot be had


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """The rows of one prefetch key and the extent of the search that they are."""

    template: PrefetchTemplate
    rows: Sequence[Resource]
    extent: Extent
    unread: UnreadReason | None = None


def nothing(template: PrefetchTemplate, reason: UnreadReason) -> Arrival:
    """Return the arrival of a key of which nothing could be read."""
    return Arrival(template, (), Extent.NOTHING, reason)


def arrival_of(
    template: PrefetchTemplate, value: Value | None, next_page: NextPage | None
) -> Arrival:
    """Return what a prefetched or fetched value means for its key.

    JSON ``null`` says that the client searched and found nothing (CDS Hooks, "Prefetch Template").
    An OperationOutcome stands where the data should be: nothing was read.
    """
    match value:
        case None:
            return Arrival(template, (), Extent.COMPLETE)
        case Bundle():
            return _search(template, value, next_page)
        case OperationOutcome():
            return nothing(template, UnreadReason.ERROR)
        case _ if type(value).__name__ != template.resource_type:
            return nothing(template, UnreadReason.UNREADABLE)
        case _ if template.is_search:
            # One resource where a Bundle was asked for: it is true, but nobody says it is all.
            return Arrival(template, (value,), Extent.PART, UnreadReason.INCOMPLETE)
        case _:
            return Arrival(template, (value,), Extent.COMPLETE)


def _search(template: PrefetchTemplate, first: Bundle, next_page: NextPage | None) -> Arrival:
    wanted = wanted_types(template.resource_type)
    page = Page()
    read_page(first, wanted, page)
    link = next_link(first)
    lost = link is not None and not _follow(link, next_page, wanted, page)
    total = total_of(first)
    if page.alien and not page.rows and not page.malformed:
        return nothing(template, UnreadReason.UNREADABLE)
    lost = lost or (total is not None and total != page.matches)
    extent, unread = _judged(template, page, lost)
    return Arrival(template, page.rows, extent, unread)


def _follow(
    link: str | None, next_page: NextPage | None, wanted: frozenset[type], page: Page
) -> bool:
    """Add the following pages; return whether the last one was reached.

    See CDS Hooks, "Prefetch Query Restrictions": a prefetched Bundle may be the first of several
    pages, and half of the data is never taken for the whole.
    """
    seen = {""}
    while link is not None:
        beyond = len(seen) >= MAX_PAGES or len(page.rows) > MAX_ROWS
        if next_page is None or link in seen or beyond:
            return False
        seen.add(link)
        try:
            bundle = next_page(link)
        except FhirReadError:
            return False
        read_page(bundle, wanted, page)
        link = next_link(bundle)
    return True


def _judged(
    template: PrefetchTemplate, page: Page, lost: bool
) -> tuple[Extent, UnreadReason | None]:
    if page.malformed:
        return Extent.PART, UnreadReason.UNREADABLE
    if page.warned:
        return Extent.PART, UnreadReason.INCOMPLETE
    if not lost:
        return Extent.COMPLETE, None
    newest = template.is_newest_first and came_newest_first(page.rows)
    return (Extent.NEWEST if newest else Extent.PART), UnreadReason.INCOMPLETE
