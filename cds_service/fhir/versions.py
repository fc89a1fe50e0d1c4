"""Which of several copies of one resource counts: the newest, whatever order they came in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from operator import attrgetter

import msgspec

from cds_service.engine.resources import Resource
from cds_service.fhir.decode import FAILURES

_NEVER = float("-inf")
_ID = attrgetter("id")


class _Meta(msgspec.Struct, rename="camel", gc=False):
    version_id: str | None = None
    last_updated: str | None = None


_META = msgspec.json.Decoder(_Meta)


def newest_versions(rows: Sequence[Resource]) -> list[Resource]:
    """Return the newest copy of each ``Type/id``.

    By ``meta.lastUpdated``, then ``meta.versionId``, then by the content, so that a permutation of
    the Bundle never changes an answer.
    """
    if len(set(map(_ID, rows))) == len(rows):
        return list(rows)  # the usual case: no id occurs twice
    newest: dict[tuple[type, str], _Copy] = {}
    for row in rows:
        known = newest.setdefault((type(row), row.id), copy := _Copy(row))
        if known is not copy and copy.is_newer_than(known):
            newest[type(row), row.id] = copy
    return [copy.row for copy in newest.values()]


class _Copy:
    """One copy of a resource; what tells its age is looked at once, and its content only if equal.

    One long copy may stand among very many.
    """

    def __init__(self, row: Resource) -> None:
        self.row = row

    @cached_property
    def _age(self) -> tuple[float, int, str]:
        return _age(self.row)

    @cached_property
    def _content(self) -> bytes:
        return msgspec.json.encode(self.row)

    def is_newer_than(self, other: _Copy) -> bool:
        if self._age != other._age:
            return self._age > other._age
        return self._content > other._content


def _age(row: Resource) -> tuple[float, int, str]:
    meta = _meta(row)
    version = meta.version_id or ""
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 20 else -1
    return (_moment(meta.last_updated), number, version)


def _meta(row: Resource) -> _Meta:
    try:
        return _META.decode(row.meta) if len(memoryview(row.meta)) else _Meta()
    except FAILURES:  # it was skipped over until now, at less depth than it takes to look into it
        return _Meta()


def _moment(instant: str | None) -> float:
    """Return a FHIR instant in seconds; one without a zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(instant) if instant else None
    except ValueError:
        return _NEVER
    if moment is None:
        return _NEVER
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
