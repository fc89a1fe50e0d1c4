"""Symptoms: where pain is coded, and leg symptoms by codes, orders and notes."""

from __future__ import annotations

import msgspec

from cds_service.engine.codes import SNOMED_CT, canonical
from cds_service.engine.datatypes import Coding
from cds_service.engine.dates import DateInterval, add_months
from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Judgement, Reason, met, not_met, unknown
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import DraftOrder
from hooks.spine.chart_lexicon import chart_words
from hooks.spine.examinations import titles
from hooks.spine.named_problems import RADICULAR, NamedProblems, matters_named
from hooks.spine.notes import NO_NOTES, Notes, affirmed, denied, hedged
from hooks.spine.order_evidence import order_evidence
from hooks.spine.problems import Problem, active, evidence_of, possible, problems
from hooks.spine.stated_findings import Topic
from hooks.spine.words import words

_SITE = chart_words("body site")
_ENDS = str.maketrans(dict.fromkeys(".\n", ";"))
_OURS, _ELSEWHERE, _EITHER = _SITE["ours"], _SITE["elsewhere"], _SITE["either"]


def is_sited_elsewhere(problem: Problem) -> bool:
    """Whether a problem's body site lies surely outside the region from lumbar spine to pelvis.

    So does a SNOMED CT site without words that is none of ours; a site in other words does not.
    """
    sites = problem.condition.body_site
    if "site-lumbar-to-pelvis" in problem.site_sets or problem.levels.reaches_lumbar:
        return False
    codings = [coding for site in sites for coding in site.coding]
    written = [site.text for site in sites] + [coding.display for coding in codings]
    said = words(" ".join(filter(None, written)))
    if said & _OURS:
        return False
    if problem.levels or said & _ELSEWHERE or "site-out-of-scope" in problem.site_sets:
        return True
    return not said & _EITHER and any(_is_snomed(coding) for coding in codings)


def _is_snomed(coding: Coding) -> bool:
    return bool(coding.system) and canonical(coding.system or "", "")[0] == SNOMED_CT


class LegSymptoms(msgspec.Struct, frozen=True, gc=False):
    """What speaks for a radicular pattern: problem list and reasons of the orders."""

    record: PatientRecord
    coded: tuple[Problem, ...]
    reasons: tuple[Evidence, ...]
    stale_months: int
    named: tuple[Evidence, ...]  # problems whose words name leg symptoms
    notes: Notes = NO_NOTES
    worded: tuple[Evidence, ...] = ()  # reasons of the orders whose words name leg symptoms

    def is_stale(self, when: DateInterval | None) -> bool:
        """Whether what was asserted then is too old to tell of today (clinical.md 1.3-L)."""
        return when is not None and add_months(when.last, self.stale_months) < self.record.as_of

    @property
    def noted(self) -> tuple[list[Topic], list[Topic]]:
        """What the newest note on leg symptoms says, when it counts, and when it is too old."""
        said = self.notes.on("radicular")
        old = [t for t in said if self.is_stale(self.record.dated(t.evidence.date))]
        return [t for t in said if t not in old], old


def read_leg_symptoms(
    record: PatientRecord,
    orders: tuple[DraftOrder, ...],
    stale_months: int,
    named: NamedProblems,
    notes: Notes = NO_NOTES,
) -> LegSymptoms:
    """Return the coded radicular conditions, the order reasons, and the notes."""
    reasons = tuple(
        order_evidence(record, order, says="radicular reason given on the order")
        for order in orders
        if any("radicular" in record.memberships(reason) for reason in order.reasons)
    )
    worded = tuple(
        order_evidence(record, order, says="Reason given on the order:", quote=sentence)
        for order in orders
        for sentence in _sentences(order)
        if RADICULAR in matters_named(sentence)
    )
    coded = problems(record, "radicular")
    return LegSymptoms(record, coded, reasons, stale_months, named[RADICULAR], notes, worded)


def _sentences(order: DraftOrder) -> dict[str, None]:
    """Return what the reasons of an order say in words and in the names of their codes."""
    said = " ; ".join(titles(reason) for reason in order.reasons).translate(_ENDS).split(";")
    return dict.fromkeys(filter(None, map(str.strip, said)))


def judge_no_radicular(legs: LegSymptoms) -> Judgement:
    """Judge "no radicular symptoms": the absence of a code is no evidence (HR-C3).

    A note that denies them is; the newest one that speaks of them counts, and the order's own
    reason in words contradicts it.
    """
    said, old_said = legs.noted
    affirms, denies = affirmed(said), denied(said)
    stale = [p for p in active(legs.coded) if legs.is_stale(p.asserted)]
    current = [p for p in active(legs.coded) if p not in stale]
    if current or legs.reasons:
        return not_met(*evidence_of(current), *legs.reasons, *affirms)
    if denies and (affirms or legs.worded):
        return unknown(Reason.CONFLICTING, *affirms, *legs.worded, *denies)
    if affirms:
        return not_met(*affirms, *legs.worded)
    listed = evidence_of(possible(legs.coded)) + legs.named
    if denies and not listed:
        searched = legs.record.searched("conditions")  # else a code may say otherwise (rule 1)
        return met(*denies) if searched else unknown(Reason.NOT_SEARCHED, *denies)
    if stale or old_said:
        old = (*evidence_of(stale), *(t.evidence for t in old_said))
        return unknown(Reason.STALE, *old, *legs.worded)
    if hinted := listed + legs.worded + hedged(said):
        return unknown(Reason.POSSIBLE, *hinted, *denies)
    reason = legs.notes.why_silent(legs.record, "conditions", "document_references")
    return unknown(reason, remark="leg symptoms not documented")
