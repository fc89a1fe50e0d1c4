"""What a source article says beside its criteria: figures, techniques, pitfalls, positions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cds_service.engine.evidence import Citation, Verification

_UNCHECKED = Verification.SEED_ONLY


class ClaimKind(StrEnum):
    """What a claim is for; none of them judges anything."""

    OUTCOME = "outcome figure"
    TECHNIQUE = "technique point"
    PITFALL = "pitfall"
    POSITION = "position on payers"


@dataclass(frozen=True, eq=False)  # each is itself, and so is found without its words being hashed
class SourceClaim:
    """One claim of the source article that informs and judges nothing.

    ``says`` is the article in our words, ``checked`` what looking for its source gave. ``shown`` is
    what the card says of it: figures that were verified, with their denominators and whom they are
    about, and both sides where literature contradicts. A claim that could not be verified has no
    such words. ``only_for`` limits it to patients whom it is about, ``see`` names what carries it
    instead.
    """

    id: str
    kind: ClaimKind
    says: str
    verification: Verification
    checked: str
    citations: tuple[Citation, ...]
    shown: str = ""
    only_for: str = ""
    see: str = ""

    def __post_init__(self) -> None:
        """Refuse words for the card that nobody could verify."""
        if not self.citations:
            raise ValueError(f"{self.id}: no citation, no claim")
        if self.shown and self.verification is _UNCHECKED:
            raise ValueError(f"{self.id}: not verified, and yet shown")
