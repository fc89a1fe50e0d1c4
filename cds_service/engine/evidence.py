"""What in the record supports a judgement (evidence), and why its criterion exists (citation)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from cds_service.engine.markdown import visible


class Origin(StrEnum):
    """Where a piece of evidence was read."""

    CODED = "coded"
    REPORT_TEXT = "report-text"
    NOTE_TEXT = "note-text"
    NARRATIVE = "narrative"
    ORDER = "order"
    COMPUTED = "computed"


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """One resource that was read, or one complete search that found nothing.

    ``says`` is our own wording of how it was read; it holds no free text of the record and is shown
    on the card only. ``quote`` is free text of the record: neutralised before it is shown, and as
    data without controls, bidirectional and zero-width characters (faults.md, B-09).
    """

    origin: Origin
    resource: str = ""
    date: str = ""
    quote: str = ""
    searched: tuple[str, ...] = ()
    says: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the evidence as the assessment extension carries it, without empty members."""
        out: dict[str, Any] = {}
        if self.resource:
            out["resource"] = self.resource
        if self.searched:
            out["searched"] = list(self.searched)
        if self.date:
            out["date"] = self.date
        if (quote := visible(self.quote)).strip():
            out["quote"] = quote
        out["origin"] = self.origin
        return out


class Verification(StrEnum):
    """How far the source of a criterion could be verified."""

    SEED_ONLY = "seed-only"
    VERIFIED = "verified"
    PARTLY = "partly-verified"
    CONTRADICTED = "contradicted"
    OUR_ADDITION = "our-addition"


@dataclass(frozen=True, slots=True)
class Citation:
    """Why a criterion exists: a passage of a source, and how far the source could be verified."""

    label: str
    citation: str
    passage: str
    verification: Verification
    reviewed_on: date
    url: str = ""
