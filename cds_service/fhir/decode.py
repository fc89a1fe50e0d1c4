"""FHIR JSON to typed resources: a bad entry costs one note, never the Bundle."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any, TypeAlias

import msgspec

from cds_service.engine.resources import (
    RESOURCE_TYPES,
    Medication,
    MedicationRequest,
    MedicationStatement,
    Resource,
)

FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
MAX_ROWS = 2_000  # of one search
_NOTHING = msgspec.Raw()
_ID, _RESOURCE, _MODE = attrgetter("id"), attrgetter("resource"), attrgetter("search.mode")


# FHIR R4, "IssueType": nothing else that a server says here is ever logged.
_ISSUE_TYPES = frozenset(
    ("invalid", "structure", "required", "value", "invariant", "security", "login", "unknown",
     "expired", "forbidden", "suppressed", "processing", "not-supported", "duplicate",
     "multiple-matches", "not-found", "deleted", "too-long", "code-invalid", "extension",
     "too-costly", "business-rule", "conflict", "transient", "lock-error", "no-store", "exception",
     "timeout", "incomplete", "throttled", "informational")
)  # fmt: skip


# FHIR R4, "IssueSeverity", and one more of R5; any other word, however written, may be an error.
_HARMLESS = frozenset(("warning", "information", "success"))
# FHIR R4, "IssueType": with one of these, rows may be missing, however mild the issue is called.
_WITHHOLDING = frozenset(
    ("incomplete", "suppressed", "security", "forbidden", "too-costly", "timeout", "throttled",
     "transient")
)  # fmt: skip


class Issue(msgspec.Struct, gc=False):
    """One issue of an OperationOutcome."""

    severity: str = ""
    code: str = ""


class OperationOutcome(msgspec.Struct, tag_field="resourceType", tag="OperationOutcome"):
    """What a server says instead of, or beside, what it was asked for."""

    issue: list[Issue] = []

    @property
    def reports_failure(self) -> bool:
        """Whether data may be missing; a warning says so only by its type."""
        return not self.issue or any(
            i.severity not in _HARMLESS or i.code in _WITHHOLDING for i in self.issue
        )


class Undecodable(msgspec.Struct, tag_field="resourceType", tag=""):
    """Stands for an entry that could not be decoded; ``kind`` is its type if that can be read."""

    kind: str = ""


class _Search(msgspec.Struct, gc=False):
    mode: str | None = None


class Entry(msgspec.Struct, gc=False):
    """One entry of a searchset."""

    resource: Resource | OperationOutcome | Undecodable
    search: _Search | None = None


class _Links(msgspec.Struct):
    link: msgspec.Raw = _NOTHING
    total: msgspec.Raw = _NOTHING


class Bundle(_Links, tag_field="resourceType", tag="Bundle"):
    """A searchset; links and total stay bytes, so that no oddity there costs rows."""

    entry: list[Entry] = []


class _RawBundle(_Links, tag_field="resourceType", tag="Bundle"):
    """A searchset of which some entry cannot be decoded."""

    entry: msgspec.Raw = _NOTHING


class _UntypedResource(msgspec.Struct, rename="camel", gc=False):
    resource_type: str = ""


class _UntypedEntry(msgspec.Struct):
    resource: _UntypedResource


class _Link(msgspec.Struct, gc=False):
    relation: str = ""
    url: str = ""


Value: TypeAlias = Bundle | OperationOutcome | Resource

_VALUE: Any = msgspec.json.Decoder(Value | None)
# Unions, since msgspec lets the tag of a single type be missing: what has none is no Bundle.
_RAW_BUNDLE = msgspec.json.Decoder(_RawBundle | Undecodable)
_ENTRIES = msgspec.json.Decoder(list[msgspec.Raw])
_ENTRY = msgspec.json.Decoder(Entry)
_UNTYPED = msgspec.json.Decoder(_UntypedEntry)
_LINKS = msgspec.json.Decoder(list[_Link])
_TOTAL = msgspec.json.Decoder(int | None)
_MEDICATION = msgspec.json.Decoder(Medication | Undecodable)


class UnreadableError(Exception):
    """Bytes that are no FHIR resource of a kind that could be asked for."""


def read_value(raw: msgspec.Raw | bytes) -> Value | None:
    """Return the resource that bytes hold, None for JSON ``null``; else UnreadableError.

    A Bundle is decoded at once, and entry by entry only where that fails.
    """
    try:
        value: Value | None = _VALUE.decode(raw)
    except FAILURES:
        return _lenient_bundle(raw)
    return value


def _lenient_bundle(raw: msgspec.Raw | bytes) -> Bundle:
    try:
        bundle = _RAW_BUNDLE.decode(raw)
    except FAILURES as error:
        raise UnreadableError from error
    if not isinstance(bundle, _RawBundle):
        raise UnreadableError
    try:
        rows = _ENTRIES.decode(bundle.entry)
    except FAILURES:  # not even an array
        rows = [_NOTHING]
    entries = [_entry(row) for row in rows[:MAX_ROWS]]
    if len(rows) > MAX_ROWS:
        entries.append(Entry(Undecodable()))  # for all that are not looked at
    return Bundle(entry=entries, link=bundle.link, total=bundle.total)


def _entry(raw: msgspec.Raw) -> Entry:
    try:
        return _ENTRY.decode(raw)
    except FAILURES:
        pass
    try:
        return Entry(Undecodable(_UNTYPED.decode(raw).resource.resource_type))
    except FAILURES:
        return Entry(Undecodable())


def issue_types(outcome: OperationOutcome) -> set[str]:
    """Return the types of the issues of an OperationOutcome, ``other`` for what is none."""
    return {i.code if i.code in _ISSUE_TYPES else "other" for i in outcome.issue}


@dataclass(slots=True)
class Page:
    """The rows of the Bundles of one search, and what was wrong with the other entries."""

    rows: list[Resource] = field(default_factory=list)
    matches: int = 0
    malformed: int = 0
    alien: int = 0
    warned: bool = False
    issues: set[str] = field(default_factory=set)


def read_page(bundle: Bundle, wanted: frozenset[type], page: Page) -> None:
    """Add the entries of a Bundle that are of a wanted type to a page.

    See FHIR R4, "Search", Bundle.entry.search.mode: an ``outcome`` entry tells about the search,
    an ``include`` entry is no match. A type that nobody asked for is not damage.
    """
    resources: list[Any] = list(map(_RESOURCE, bundle.entry))
    if wanted.issuperset(map(type, resources)) and all(map(_ID, resources)):
        # Nearly always there is nothing but what was asked for.
        page.rows += resources
        page.matches += len(resources) - _modes(bundle).count("include")
    else:
        _sort(bundle, wanted, page)


def _modes(bundle: Bundle) -> list[str | None]:
    try:
        return list(map(_MODE, bundle.entry))
    except AttributeError:  # one says nothing of itself
        return [entry.search.mode for entry in bundle.entry if entry.search is not None]


def _sort(bundle: Bundle, wanted: frozenset[type], page: Page) -> None:
    """Add the entries one by one, each as what it is."""
    keep, matches = page.rows.append, 0
    for entry in bundle.entry:
        resource, search = entry.resource, entry.search
        kind = type(resource)
        if kind is OperationOutcome:
            page.warned = page.warned or resource.reports_failure  # type: ignore[union-attr]
            page.issues |= issue_types(resource)  # type: ignore[arg-type]
            continue
        if search is None or search.mode != "include":
            matches += 1
        if kind in wanted and resource.id:  # type: ignore[union-attr]
            keep(resource)  # type: ignore[arg-type]
        elif _is_lost(resource, wanted):
            page.malformed += 1
        else:
            page.alien += 1
    page.matches += matches


def _is_lost(resource: Resource | Undecodable | OperationOutcome, wanted: frozenset[type]) -> bool:
    """Whether a row that was asked for cannot be used."""
    if isinstance(resource, Undecodable):
        return _is_damage(resource.kind, wanted)
    return type(resource) in wanted


def _is_damage(kind: str, wanted: frozenset[type]) -> bool:
    return kind in ("", "OperationOutcome") or RESOURCE_TYPES.get(kind) in wanted


def has_links(bundle: Bundle) -> bool:
    """Whether a Bundle says how it was searched for, or where it goes on."""
    return bool(len(memoryview(bundle.link)))


def next_link(bundle: Bundle) -> str | None:
    """Return the URL of the next page: "" when it cannot be read, None when this is the last."""
    return _link(bundle, "next") if has_links(bundle) else None


def self_link(bundle: Bundle) -> str:
    """Return the search that the server says it made; "" when it does not say so readably."""
    return (_link(bundle, "self") if has_links(bundle) else None) or ""


def _link(bundle: Bundle, relation: str) -> str | None:
    try:
        links = _LINKS.decode(bundle.link)
    except FAILURES:
        return ""
    return next((link.url for link in links if link.relation == relation), None)


def total_of(bundle: Bundle) -> int | None:
    """Return how many matches the server says there are, if it says so readably."""
    try:
        return _TOTAL.decode(bundle.total) if len(memoryview(bundle.total)) else None
    except FAILURES:
        return None


def contained_medications(owner: MedicationRequest | MedicationStatement) -> dict[str, Medication]:
    """Return the Medications inside a medication request or statement, by ``Type/id#inner``.

    See FHIR R4, "Contained Resources": a reference ``#inner`` is to a resource inside its owner.
    """
    found: dict[str, Medication] = {}
    for raw in owner.contained:
        try:
            medication = _MEDICATION.decode(raw)
        except FAILURES:
            continue
        if isinstance(medication, Medication) and medication.id:
            found[f"{owner.reference}#{medication.id.removeprefix('#')}"] = medication
    return found


@cache
def wanted_types(resource_type: str) -> frozenset[type]:
    """Return the types that may stand in the answer to a template's query for one type."""
    kind = RESOURCE_TYPES.get(resource_type)
    if kind in (MedicationRequest, MedicationStatement):
        return frozenset((kind, Medication))
    return frozenset((kind,)) if kind else frozenset()
