"""Texts of reports and notes that stand behind ``attachment.url``, put where inline ones stand.

See FHIR R4, "Attachment". Whoever reads the record finds the same members, wherever a text was.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeAlias, TypeGuard

from msgspec.structs import replace

from cds_service.engine.datatypes import AttachedContent, Attachment
from cds_service.engine.record import UnreadReason
from cds_service.engine.resources import DiagnosticReport, DocumentReference, Resource
from cds_service.fhir.binary import READABLE_TYPES, BinaryContent
from cds_service.fhir.recency import date_of

# The newest of each that are read: what governs is among them, and every one is a call.
MAX_TEXTS: Mapping[type[Resource], int] = {DiagnosticReport: 30, DocumentReference: 15}

_HTML = frozenset(("text/html", "application/xhtml+xml"))
_GENERIC = frozenset(("", "text/plain", "application/octet-stream"))  # says less than the record
# Pages that ask somebody to log in, or lead to one that does, have these; reports do not.
_ASKING = (b"<form", b"<input", b'http-equiv="refresh"')

Owner: TypeAlias = DiagnosticReport | DocumentReference
Contents: TypeAlias = Mapping[str, BinaryContent | UnreadReason]


class Lack(NamedTuple):
    """Why texts of a type are lacking, and whether surely none of the newest is."""

    reason: UnreadReason
    newest_are_there: bool


class Completed(NamedTuple):
    """Resources with the texts that were read, and the types of which some texts are lacking."""

    resources: list[Resource]
    lacking: Mapping[type[Resource], Lack]


def urls_to_read(resources: Iterable[Resource]) -> list[str]:
    """Return where the newest texts are that did not come inline, reports first, each once."""
    return list(dict.fromkeys(a.url or "" for a in _newest(resources)))


def _newest(resources: Iterable[Resource]) -> list[Attachment]:
    """Return as many attachments behind urls as are read, the newest, reports first.

    Several may have the same url: each takes time to be read all the same.
    """
    waiting = [owner for owner in resources if _is_waiting(owner)]
    waiting.sort(key=_age, reverse=True)
    found: list[Attachment] = []
    for kind, most in MAX_TEXTS.items():
        found += [a for o in waiting if type(o) is kind for a in _behind_urls(o)][:most]
    return found


def completed(resources: Sequence[Resource], contents: Contents) -> Completed:
    """Return the resources with the contents of their urls; no content means not asked for."""
    found: list[Resource] = []
    lacking: dict[type[Resource], Lack] = {}
    filled = {id(a): _filled(a, contents) for a in _newest(resources)}
    for resource in resources:
        if not _is_waiting(resource):
            found.append(resource)
            continue
        parts = [(a, filled.get(id(a), UnreadReason.INCOMPLETE)) for a in _behind_urls(resource)]
        lacks = [part for _, part in parts if isinstance(part, UnreadReason)]
        if lacks:
            _note(lacking, resource, lacks)
        there = {id(a): part for a, part in parts if isinstance(part, Attachment)}
        found.append(_with(resource, there))
    return Completed(found, lacking)


def _is_waiting(resource: Resource) -> TypeGuard[Owner]:
    """Whether a report or note has texts behind urls and none inline.

    A conclusion is only the impression: what the findings add to it stands in the whole text.
    """
    if type(resource) is DiagnosticReport:
        if not resource.presented_form:
            return False
    elif type(resource) is not DocumentReference:
        return False
    attachments = _attachments(resource)
    has_text = any(a.data and _is_readable(a.content_type) for a in attachments)
    return not has_text and any(map(_is_behind_url, attachments))


def _attachments(owner: Owner) -> list[Attachment]:
    if isinstance(owner, DiagnosticReport):
        return owner.presented_form
    return [content.attachment for content in owner.content if content.attachment]


def _behind_urls(owner: Owner) -> list[Attachment]:
    return [a for a in _attachments(owner) if _is_behind_url(a)]


def _is_behind_url(attachment: Attachment) -> bool:
    return bool(attachment.url) and not attachment.data and _is_readable(attachment.content_type)


def _is_readable(content_type: str | None) -> bool:
    """Whether it is a type whose text can be read, or no type, which tells nothing."""
    return not content_type or _bare(content_type) in READABLE_TYPES


def _bare(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _age(owner: Owner) -> tuple[date, str]:
    """Return when a report or note is from; one without a date is taken for old."""
    when = _dated(owner)
    return (when or date.min, owner.id)


def _dated(owner: Owner) -> date | None:
    when = date_of(owner)
    return when.last if when else None


def _note(lacking: dict[type[Resource], Lack], owner: Owner, lacks: list[UnreadReason]) -> None:
    """Note what a resource lacks; that something failed says more than that it was not asked."""
    failed = [reason for reason in lacks if reason is not UnreadReason.INCOMPLETE]
    is_old = not failed and _dated(owner) is not None
    lack = Lack((failed or lacks)[0], is_old)
    known = lacking.setdefault(type(owner), lack)
    reason = lack.reason if known.reason is UnreadReason.INCOMPLETE else known.reason
    lacking[type(owner)] = Lack(reason, known.newest_are_there and is_old)


def _filled(attachment: Attachment, contents: Contents) -> Attachment | UnreadReason:
    """Return an attachment with its content as inline data, or why there is none."""
    content = contents.get(attachment.url or "", UnreadReason.INCOMPLETE)
    if isinstance(content, UnreadReason):
        return content
    announced, came = _bare(attachment.content_type), _bare(content.content_type)
    start = content.data[:200].lstrip().lower()
    if came in _HTML or start.startswith((b"<!doctype html", b"<html")):
        said = content.data.lower()
        if announced not in ("", *_HTML) or any(sign in said for sign in _ASKING):
            return UnreadReason.ERROR  # a page about the text, such as one to log in
        came = "text/html"
    elif came in _GENERIC:
        came = announced or came
    if came not in READABLE_TYPES or content.data.startswith(b"%PDF") or not start:
        return UnreadReason.UNREADABLE
    return replace(attachment, content_type=came, data=b64encode(content.data).decode())


def _with(owner: Owner, there: Mapping[int, Attachment]) -> Owner:
    """Return a resource with attachments in the place of those that only had a url."""
    if isinstance(owner, DiagnosticReport):
        return replace(owner, presented_form=[there.get(id(a), a) for a in owner.presented_form])
    content = [
        AttachedContent(there.get(id(c.attachment), c.attachment) if c.attachment else None)
        for c in owner.content
    ]
    return replace(owner, content=content)
