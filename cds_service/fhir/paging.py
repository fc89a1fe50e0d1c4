"""All pages of one search, as far as they can be had.

See FHIR R4, "Search", "Paging", and CDS Hooks, "Prefetch Query Restrictions": a prefetched Bundle
may be the first of several pages, and half of the data is never taken for the whole. Nor is more
taken than the limit, however few pages it comes on.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from cds_service.engine.resources import Medication
from cds_service.fhir.decode import MAX_ROWS, Bundle, Page, next_link, read_page, total_of
from cds_service.fhir.read_error import FhirReadError

MAX_PAGES = 20

NextPage = Callable[[str], Bundle]  # FhirReadError when the page cannot be had


class Missing(Enum):
    """What of a search is missing."""

    NOTHING = auto()
    LATER_PAGES = auto()  # those that are there come first
    SOMETHING = auto()  # by the server's own count, and nobody knows from where


def all_pages(
    first: Bundle, wanted: frozenset[type], next_page: NextPage | None
) -> tuple[Page, Missing]:
    """Return what the first page and those behind it hold, and what of it is missing."""
    page = Page()
    read_page(first, wanted, page)
    link, total = next_link(first), total_of(first)
    if link is None:
        return _cut(page, _unless(total in (None, page.matches)))
    if not link:  # it cannot be read, and so neither is known what it would have led to
        return _cut(page, Missing.SOMETHING)
    last = _follow(link, next_page, wanted, page)
    if last is None:
        return _cut(page, Missing.LATER_PAGES)
    return _cut(page, _unless(_is_sum({total, total_of(last)} - {None}, page)))


def _cut(page: Page, missing: Missing) -> tuple[Page, Missing]:
    """Return no more rows than are judged; what is left out comes after all of them."""
    if len(page.rows) <= MAX_ROWS:
        return page, missing
    del page.rows[MAX_ROWS:]
    return page, Missing.LATER_PAGES if missing is Missing.NOTHING else missing


def _unless(adds_up: bool) -> Missing:
    return Missing.NOTHING if adds_up else Missing.SOMETHING


def _follow(
    link: str | None, next_page: NextPage | None, wanted: frozenset[type], page: Page
) -> Bundle | None:
    """Add the following pages; return the last one, or None if it was not reached."""
    seen = {""}
    bundle = None
    while link is not None:
        beyond = len(seen) >= MAX_PAGES or len(page.rows) > MAX_ROWS
        if next_page is None or link in seen or beyond:
            return None
        seen.add(link)
        try:
            bundle = next_page(link)
        except FhirReadError:
            return None
        read_page(bundle, wanted, page)
        link = next_link(bundle)
    return bundle


def _is_sum(totals: set[int | None], page: Page) -> bool:
    """Whether several pages add up to what the server said before and after them.

    A row that came twice stands where another one slipped from page to page unseen, unless the
    server counts each once.
    """
    matches = [row.id for row in page.rows if type(row) is not Medication]  # included, not searched
    repeated = len(matches) - len(set(matches))
    return totals <= {page.matches - repeated} and (not repeated or bool(totals))
