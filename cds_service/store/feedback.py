"""Feedback into its table: each event once, a batch as a whole.

See CDS Hooks, "Feedback". A batch is one transaction, and the answer follows its commit, so that
what was acknowledged is there. An event is told by a digest of its content: a client that never saw
the answer may send it again, while another outcome, reason, comment or time is another event.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import orjson
from msgspec import Struct
from sqlalchemy import Connection

from cds_service.store.comments import Comments, KeptComment
from cds_service.store.once import insert_once
from cds_service.store.schema import FEEDBACK


class FeedbackItem(Struct, frozen=True):
    """One event of a client: what became of one card. ``reason`` is code and system."""

    card: str
    outcome: str
    outcome_at: datetime
    suggestions: tuple[str, ...] = ()
    reason: tuple[str, str | None] | None = None
    comment: str | None = None


class FeedbackBatch(Struct, frozen=True):
    """What one request reports, for which service, by whom and when."""

    client: str
    service: str
    received_at: datetime
    items: tuple[FeedbackItem, ...]


def write_feedback(
    connection: Connection, batch: FeedbackBatch, comments: Comments
) -> tuple[FeedbackItem, ...]:
    """Write the events that are not there yet, and return these.

    They are written in the order of their digests, so that two batches never wait for each other.
    """
    items, rows = {}, {}
    for item in batch.items:
        row = _row(batch, item, comments)
        items[row["digest"]], rows[row["digest"]] = item, row
    new = insert_once(connection, FEEDBACK, [rows[digest] for digest in sorted(rows)])
    return tuple(items[digest] for digest in new)


def _row(batch: FeedbackBatch, item: FeedbackItem, comments: Comments) -> dict[str, Any]:
    comment = comments.kept(item.comment)
    reason_code, reason_system = item.reason or (None, None)
    return {
        "digest": _digest(batch, item, comment),
        "received_at": batch.received_at,
        "client": batch.client,
        "service": batch.service,
        "card": item.card,
        "outcome": item.outcome,
        "outcome_at": item.outcome_at,
        "suggestions": list(item.suggestions) or None,
        "reason_code": reason_code,
        "reason_system": reason_system,
        "comment": comment.stored,
        "comment_form": comment.form,
    }


def _digest(batch: FeedbackBatch, item: FeedbackItem, comment: KeptComment) -> str:
    """Return the digest of the content; the same moment in another zone is the same."""
    content = (
        batch.client,
        batch.service,
        item.card,
        item.outcome,
        item.outcome_at.astimezone(UTC).isoformat(),
        sorted(set(item.suggestions)),
        item.reason,
        comment.mark,
    )
    return blake2b(orjson.dumps(content), digest_size=32).hexdigest()
