"""The words of a card: tally, what is contradicted, missing and found, evidence, caveats.

See clinical.md, section 7. Text of the record stands in code spans only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cds_service.engine.assessment import Assessment, Judged
from cds_service.engine.card import Concept
from cds_service.engine.criterion import Criterion
from cds_service.engine.evidence import Evidence, Verification
from cds_service.engine.judgement import Reason, Status
from cds_service.engine.markdown import code_span
from cds_service.engine.resources import DraftOrder
from hooks.spine.order_intent import SpineOrderIntent

SAFETY = (
    "*Advisory. Based on two AI-generated web articles, displayed as pending human review, whose "
    "numbered references cannot be resolved from the text; several figures could not be verified. "
    "Not a coverage or necessity determination. Absence of data is shown as unknown. Decide using "
    "the full record and current guidelines.*"
)
_REASONS = {
    Reason.NO_DATA: "no data found",
    Reason.NOT_SEARCHED: "not searched completely",
    Reason.CONFLICTING: "sources of the same day conflict",
    Reason.STALE: "too old to count",
    Reason.UNCERTAIN_TEXT: "the text does not settle it",
    Reason.WRONG_MODALITY: "shown by another kind of imaging only, or coded without a CT",
    Reason.BEFORE_SURGERY: "older than the last operation",
    Reason.BETWEEN_THRESHOLDS: "between the two thresholds",
    Reason.IMPRECISE_DATE: "the date is not exact enough",
    Reason.LEVEL_GAP: "not every level is addressed",
    Reason.PRELIMINARY: "preliminary report only",
    Reason.POSSIBLE: "possible, not confirmed",
    Reason.UNREADABLE: "the report is not machine readable: open it",
    Reason.NOT_COMPUTABLE: "could not be computed",
    Reason.EARLY: "early after the operation",
}
_UNREAD = {
    "not-provided": "not provided",
    "timeout": "not there in time",
    "unauthorized": "not authorised",
    "forbidden": "not permitted",
    "error": "reading failed",
    "incomplete": "read only in part",
    "unreadable": "in part not readable",
    "wrong-patient": "held data of another patient, which were left out",
}
OVERRIDE_REASONS = tuple(
    Concept(code, "https://spine-cds.org/fhir/CodeSystem/override-reason", display)
    for code, display in (
        ("reviewed-imaging-elsewhere", "Imaging was reviewed elsewhere"),
        ("clinical-judgement", "Clinical judgement"),
        ("urgent", "Urgent operation"),
        ("infection-pathway", "Infection pathway"),
        ("data-wrong", "The data shown are wrong"),
        ("not-applicable", "Does not apply to this patient"),
    )
)
_FIGURES_SHOWN = 4


def detail(
    assessment: Assessment,
    lead: str,
    notices: Iterable[str],
    caveats: Iterable[str],
    hidden: frozenset[str] = frozenset(),
    limit: int = 6000,
) -> str:
    """Return the Markdown of a card, at most ``limit`` characters, most important first."""
    sections = [lead, *notices]
    sections += _section("Contradicted", assessment.with_status(Status.NOT_MET))
    sections += _section("Not found", assessment.with_status(Status.UNKNOWN))
    risks = [j for j in assessment.risk_factors if j.criterion.id not in hidden]
    sections += _section("Risk factors present", [j for j in risks if j.judgement.is_present])
    sections += _section("Found", assessment.with_status(Status.MET))
    sections += _section(
        "Risk factors not established", [j for j in risks if j.judgement.is_unknown]
    )
    sections += _section(
        "Risk factors absent", [j for j in risks if j.judgement.status is Status.ABSENT]
    )
    sections += _unread(assessment)
    sections += caveats
    return _fitted(sections, limit)


def _fitted(sections: Sequence[str], limit: int) -> str:
    """Return as many whole sections as fit before the safety text, which always stands."""
    room = limit - len(SAFETY) - 2
    kept: list[str] = []
    for section in sections:
        lines = section.split("\n")
        while lines and room < len("\n".join(lines)) + 2:
            lines.pop()
        if lines:
            kept.append("\n".join(lines))
            room -= len(kept[-1]) + 2
    return "\n\n".join([*kept, SAFETY])


def _section(title: str, judged: Sequence[Judged]) -> list[str]:
    if not judged:
        return []
    return [f"**{title}**\n\n" + "\n".join(_line(j) for j in judged)]


def _line(judged: Judged) -> str:
    criterion, judgement = judged.criterion, judged.judgement
    said = criterion.statement.rstrip(".")
    reason = ""
    if judgement.is_unknown and judgement.reason is not None:
        why = "" if judgement.remark == criterion.if_unknown else f": {_REASONS[judgement.reason]}"
        said, reason = criterion.if_unknown[0].upper() + criterion.if_unknown[1:], why
    remark = (
        f" ({judgement.remark})"
        if (judgement.remark and reason != "") or (judgement.remark and not judgement.is_unknown)
        else ""
    )
    shown = "; ".join(evidence_in_words(e) for e in judgement.evidence[:_FIGURES_SHOWN])
    more = len(judgement.evidence) - _FIGURES_SHOWN
    shown += f"; and {more} more" if more > 0 else ""
    return f"- {said}{reason}{remark}{'. ' + shown if shown else ''} [{badge(criterion)}]"


def evidence_in_words(evidence: Evidence) -> str:
    """Return what was read, from where and of when; quotes stand in code spans."""
    parts = [evidence.says] if evidence.says else []
    if evidence.quote:
        parts.append(code_span(evidence.quote))
    where = evidence.resource or f"searched: {', '.join(evidence.searched)}"
    dated = f", {evidence.date}" if evidence.date else ""
    return f"{' '.join(parts)} ({where}{dated})".strip()


def badge(criterion: Criterion[object]) -> str:
    """Return how far the source of a criterion could be verified, in a few words."""
    found = {citation.verification for citation in criterion.citations}
    if criterion.is_our_addition:
        return "not from the source article"
    if Verification.CONTRADICTED in found:
        return "literature contradicts"
    return "seed + literature" if Verification.VERIFIED in found else "seed only"


def _unread(assessment: Assessment) -> list[str]:
    if not assessment.unread:
        return []
    lines = [f"- {s.key}: {_UNREAD[s.unread]}" for s in assessment.unread if s.unread is not None]
    return ["**Could not be read**\n\n" + "\n".join(lines)]


def order_lines(intent: SpineOrderIntent) -> str:
    """Return the orders that the card is about, by reference and code."""
    return "About " + "; ".join(_order(order) for order in intent.orders) + "."


def _order(order: DraftOrder) -> str:
    codes = ", ".join(code_span(c.code, 20) for c in order.codings if c.code)
    named = code_span(order.text, 120)
    said = " ".join(part for part in (codes, named) if part)
    return f"order {code_span(order.reference, 90)}{' ' + said if said else ''}"


def common_notices(intent: SpineOrderIntent, *, age_known: bool) -> list[str]:
    """Return the notices that both guidelines share."""
    notices = []
    if intent.combined:
        notices.append("Removal and reinsertion codes are combined: read as revision.")
    if intent.by_text:
        notices.append("The order carries no code that is known here: recognised by text.")
    if not age_known:
        notices.append("The date of birth is missing: age not known; the sources speak of adults.")
    return notices
