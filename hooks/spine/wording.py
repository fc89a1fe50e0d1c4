"""The words of a card: tally, what is contradicted, missing and found, evidence, caveats.

See clinical.md, section 7. Text of the record stands in code spans only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain

from cds_service.engine.assessment import Assessment, Judged
from cds_service.engine.card import NOTHING_CHECKED, Concept
from cds_service.engine.content import Configuration
from cds_service.engine.evidence import Evidence, Origin, Verification
from cds_service.engine.judgement import Reason, Status
from cds_service.engine.markdown import code_span
from cds_service.engine.record import Search
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
    Reason.CONFLICTING: "sources conflict",
    Reason.STALE: "too old to count",
    Reason.UNCERTAIN_TEXT: "the text does not settle it",
    Reason.WRONG_MODALITY: "shown by another kind of imaging only, or coded without a CT",
    Reason.BEFORE_SURGERY: "older than the last operation",
    Reason.BETWEEN_THRESHOLDS: "between the two thresholds",
    Reason.IMPRECISE_DATE: "the date is not exact enough",
    Reason.LEVEL_GAP: "not every level is addressed",
    Reason.PRELIMINARY: "preliminary report only",
    Reason.POSSIBLE: "possible, not confirmed",
    Reason.UNREADABLE: "a document is not machine readable: open it",
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
BADGES = {
    Verification.OUR_ADDITION: "not from the source article",
    Verification.CONTRADICTED: "literature contradicts",
    Verification.VERIFIED: "seed + literature",
    Verification.PARTLY: "seed, in part literature",
    Verification.SEED_ONLY: "seed only",
}
_FREE_TEXT = frozenset({Origin.REPORT_TEXT, Origin.NOTE_TEXT, Origin.NARRATIVE})
_EVIDENCE_SHOWN = (4, 2, 1)  # of one answer; fewer when the card is too long
_ORDERS_SHOWN = 6
_CODES_SHOWN = 4
_CUT = "*More did not fit; the assessment of this card holds everything.*"


def detail(
    assessment: Assessment,
    lead: str,
    notices: Iterable[str],
    caveats: Iterable[str],
    closing: Iterable[str] = (),
    hidden: frozenset[str] = frozenset(),
    *,
    limit: int,
) -> str:
    """Return the Markdown of a card, at most ``limit`` characters, most important first.

    ``closing`` and the safety text stand however long the rest is. Before lines are cut, each shows
    less of its evidence.
    """
    end = "\n\n".join([*closing, SAFETY])
    sections: list[str] = []
    for shown in _EVIDENCE_SHOWN:
        sections = _sections(assessment, lead, notices, caveats, hidden, shown)
        if len("\n\n".join([*sections, end])) <= limit:
            break
    return _fitted(sections, end, limit)


def _sections(
    assessment: Assessment,
    lead: str,
    notices: Iterable[str],
    caveats: Iterable[str],
    hidden: frozenset[str],
    shown: int,
) -> list[str]:
    criteria = _lines_by_status(assessment.criteria, shown)
    judged = [j for j in assessment.risk_factors if j.criterion.id not in hidden]
    risks = _lines_by_status(judged, shown)
    return [
        lead,
        *notices,
        *_section("Contradicted", criteria[Status.NOT_MET]),
        *_section("Not found", criteria[Status.UNKNOWN]),
        *_section("Risk factors present", risks[Status.PRESENT]),
        *_section("Found", criteria[Status.MET]),
        *_section("Risk factors not established", risks[Status.UNKNOWN]),
        *_section("Risk factors absent", risks[Status.ABSENT]),
        *_section("Could not be read", [_unread(s) for s in assessment.unread]),
        *caveats,
    ]


def _fitted(sections: Sequence[str], end: str, limit: int) -> str:
    """Return as many whole lines as fit before the end, which always stands."""
    whole = "\n\n".join([*sections, end])
    if len(whole) <= limit:
        return whole
    room = max(limit - len(end) - len(_CUT) - 4, 0)
    kept = whole[:room].rpartition("\n")[0].rstrip()
    return "\n\n".join(filter(None, [kept, _CUT, end]))


def _lines_by_status(judged: Iterable[Judged], shown: int) -> dict[Status, list[str]]:
    lines: dict[Status, list[str]] = defaultdict(list)
    for each in judged:
        lines[each.judgement.status].append(_line(each, shown))
    return lines


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"**{title}**\n\n" + "\n".join(lines)] if lines else []


def _line(judged: Judged, most: int) -> str:
    criterion, judgement = judged.criterion, judged.judgement
    said, remark = criterion.statement.rstrip("."), judgement.remark
    if judgement.status is Status.NOT_MET and criterion.if_not_met:
        said = _sentence(criterion.if_not_met)
    elif judgement.reason is not None and judgement.status is Status.UNKNOWN:
        said = _sentence(criterion.if_unknown)
        if remark == criterion.if_unknown:
            remark = ""
        else:
            said = f"{said}: {_REASONS[judgement.reason]}"
    if remark:
        said = f"{said} ({remark.rstrip('.')})"
    shown = "; ".join([evidence_in_words(e) for e in judgement.evidence[:most]])
    if (more := len(judgement.evidence) - most) > 0:
        shown += f"; and {more} more"
    if shown:
        said = f"{said}. {_sentence(shown)}"
    return f"- {said} [{BADGES[criterion.verification]}]"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def thresholds(assessment: Assessment, configuration: Configuration) -> str:
    """Return the configured thresholds that the criteria were judged with (clinical.md, 7)."""
    judged = assessment.criteria + assessment.risk_factors
    said = _set_to(tuple([each.criterion.settings for each in judged]), configuration)
    return f"Thresholds are configuration, not all of them from the source: {', '.join(said)}."


@lru_cache(maxsize=64)
def _set_to(settings: tuple[tuple[str, ...], ...], configuration: Configuration) -> tuple[str, ...]:
    names = dict.fromkeys(chain.from_iterable(settings))
    return tuple([f"{name} {configuration[name]}" for name in names])


def evidence_in_words(evidence: Evidence) -> str:
    """Return what was read, from where and of when; quotes stand in code spans."""
    said = evidence.says
    if evidence.quote:
        said = f"{said} {code_span(evidence.quote)}".lstrip()
    where = _named(evidence.resource) or f"searched: {', '.join(evidence.searched)}"
    dated = f", {evidence.date}" if evidence.date else ""
    dated += ", from free text" if evidence.origin in _FREE_TEXT else ""
    return f"{said} ({where}{dated})" if said else f"({where}{dated})"


def _named(reference: str) -> str:
    """Return the reference of a resource, in a code span if an id may be taken for a host name."""
    letters = reference.replace("/", "").replace("-", "")
    return reference if letters.isascii() and letters.isalnum() else code_span(reference, 90)


def _unread(search: Search) -> str:
    return f"- {search.key}: {_UNREAD[search.unread] if search.unread else ''}"


def order_lines(intent: SpineOrderIntent) -> str:
    """Return the orders that the card is about, by reference and code."""
    more = len(intent.orders) - _ORDERS_SHOWN
    shown = [_order(order) for order in intent.orders[:_ORDERS_SHOWN]]
    return "About " + "; ".join(shown) + (f"; and {more} more." if more > 0 else ".")


def _order(order: DraftOrder) -> str:
    codes = ", ".join([code_span(c.code, 20) for c in order.codings if c.code][:_CODES_SHOWN])
    named = code_span(order.text, 120)
    said = " ".join(part for part in (codes, named) if part)
    return f"order {code_span(order.reference, 90)}{' ' + said if said else ''}"


def common_notices(
    intent: SpineOrderIntent,
    *,
    age_known: bool,
    pregnant: bool = False,
    read_anything: bool = True,
) -> list[str]:
    """Return the notices that both guidelines share."""
    notices = [] if read_anything else [NOTHING_CHECKED]
    if intent.combined:
        notices.append("Removal and reinsertion or fusion are combined: read as revision.")
    if intent.by_text:
        notices.append("The order carries no code that is known here: recognised by text.")
    if pregnant:
        notices.append("Pregnancy is recorded: nothing with radiation is suggested.")
    if not age_known:
        notices.append("The date of birth is missing: age not known; the sources speak of adults.")
    return notices
