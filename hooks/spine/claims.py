"""What a card says of the claims of its source article: verified figures, or both sides."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from cds_service.engine.claim import ClaimKind, SourceClaim
from cds_service.engine.content import Configuration
from cds_service.engine.evidence import Verification
from hooks.spine.wording import BADGES

_TOLD = frozenset({ClaimKind.OUTCOME, ClaimKind.TECHNIQUE})
_NOT_VERIFIED = "not verified"


def figures_section(
    claims: Iterable[SourceClaim],
    configuration: Configuration,
    *,
    grade: str,
    about: Iterable[str] = (),
) -> list[str]:
    """Return the section on outcome and technique, compact; nothing when there is nothing to say.

    ``about`` names what the patient is an example of; claims for others are left out. What could
    not be verified is said only where a site asks for it, and marked (clinical.md 1.3-E).
    """
    also_unverified = configuration.flag("evidence.showUnverified")
    lines = _lines(tuple(claims), also_unverified, tuple(about))
    return ["\n".join([f"**Evidence** ({grade})", "", *lines])] if lines else []


@lru_cache(maxsize=64)  # the words are the guideline's own: few sections are ever made of them
def _lines(
    claims: tuple[SourceClaim, ...], also_unverified: bool, about: tuple[str, ...]
) -> tuple[str, ...]:
    theirs = [c for c in claims if not c.only_for or c.only_for in about]
    return tuple([line for c in theirs if (line := _line(c, also_unverified))])


def _line(claim: SourceClaim, also_unverified: bool) -> str:
    if claim.shown:
        return f"- {claim.shown} [{BADGES[claim.verification]}]"
    if not also_unverified or claim.see or claim.kind not in _TOLD:
        return ""
    badge = BADGES[claim.verification] if claim.verification is Verification.PARTLY else ""
    return f"- The article says: {claim.says.rstrip('.')} [{badge or _NOT_VERIFIED}]"
