"""What arrived for one prefetch key: its rows, how much of the search they are, what was lost."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cds_service.engine.record import Extent, UnreadReason
from cds_service.engine.resources import Resource
from cds_service.fhir.decode import Bundle, OperationOutcome, Page, Value, self_link, wanted_types
from cds_service.fhir.paging import Missing, NextPage, all_pages
from cds_service.fhir.recency import came_newest_first
from cds_service.fhir.self_link import was_narrowed
from cds_service.fhir.templates import PrefetchTemplate


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """The rows of one prefetch key and the extent of the search that they are.

    ``issues`` are the types of what the server remarked on the search.
    """

    template: PrefetchTemplate
    rows: Sequence[Resource]
    extent: Extent
    unread: UnreadReason | None = None
    issues: frozenset[str] = frozenset()


def nothing(template: PrefetchTemplate, reason: UnreadReason) -> Arrival:
    """Return the arrival of a key of which nothing could be read."""
    return Arrival(template, (), Extent.NOTHING, reason)


def arrival_of(
    template: PrefetchTemplate, value: Value | None, next_page: NextPage | None, query: str = ""
) -> Arrival:
    """Return what a prefetched or fetched value means for its key.

    JSON ``null`` says that the client searched and found nothing (CDS Hooks, "Prefetch Template").
    An OperationOutcome stands where the data should be: nothing was read. ``query`` is what was
    to be searched for, where it is to be compared with what was.
    """
    match value:
        case None:
            return Arrival(template, (), Extent.COMPLETE)
        case Bundle():
            return _search(template, value, next_page, query)
        case OperationOutcome():
            return nothing(template, UnreadReason.ERROR)
        case _ if type(value).__name__ != template.resource_type:
            return nothing(template, UnreadReason.UNREADABLE)
        case _ if template.is_search:
            # One resource where a Bundle was asked for: it is true, but nobody says it is all.
            return Arrival(template, (value,), Extent.PART, UnreadReason.INCOMPLETE)
        case _:
            return Arrival(template, (value,), Extent.COMPLETE)


def _search(
    template: PrefetchTemplate, first: Bundle, next_page: NextPage | None, query: str
) -> Arrival:
    page, missing = all_pages(first, wanted_types(template.resource_type), next_page)
    if page.alien and not page.rows and not page.malformed:
        return nothing(template, UnreadReason.UNREADABLE)
    extent, unread = _judged(template, page, missing)
    if query and was_narrowed(query, self_link(first)):
        extent, unread = Extent.PART, UnreadReason.INCOMPLETE
    return Arrival(template, page.rows, extent, unread, frozenset(page.issues))


def _judged(
    template: PrefetchTemplate, page: Page, missing: Missing
) -> tuple[Extent, UnreadReason | None]:
    if page.malformed:
        return Extent.PART, UnreadReason.UNREADABLE
    if page.warned:
        return Extent.PART, UnreadReason.INCOMPLETE
    if missing is Missing.NOTHING:
        return Extent.COMPLETE, None
    came_first = template.is_newest_first and missing is Missing.LATER_PAGES
    newest = came_first and came_newest_first(page.rows)
    return (Extent.NEWEST if newest else Extent.PART), UnreadReason.INCOMPLETE
