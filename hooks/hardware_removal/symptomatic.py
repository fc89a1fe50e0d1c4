"""Whether the hardware is symptomatic: coded, described in notes, or seen on CT (HR-C8)."""

from __future__ import annotations

from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Judgement, Reason, met, not_met, unknown
from hooks.hardware_removal.inputs import RemovalInputs
from hooks.hardware_removal.pain import at_spine
from hooks.spine.findings import Finding, Stance, Target
from hooks.spine.fusion import judge_trouble
from hooks.spine.laterality import is_opposite
from hooks.spine.notes import affirmed, hedged
from hooks.spine.on_ct import Answer
from hooks.spine.problems import evidence_of

_TOPICS = ("symptomatic-hardware", "hardware-pain")
_READS = ("conditions", "diagnostic_reports", "document_references")


def judge_hardware_symptomatic(inputs: RemovalInputs) -> Judgement:
    """Judge symptomatic hardware: pain, loosening, breakage or prominence, coded or described.

    Contradicted only when a report calls the hardware neither loose nor broken and a note the pain
    unrelated.
    """
    shown = evidence_of(at_spine(inputs, inputs.hardware_problems))
    imaged = _governing(inputs, Stance.AFFIRMED)
    noted = affirmed(inputs.notes.on(*_TOPICS)) + _quoted(inputs.felt.shown)
    unrelated = affirmed(inputs.notes.on("pain-elsewhere"))
    if shown or noted:
        if unrelated and not imaged:
            return unknown(Reason.CONFLICTING, *shown, *noted, *unrelated)
        return met(*shown, *_quoted(imaged), *noted)
    if (on_ct := _on_ct(inputs)) is not None:
        return on_ct
    if felt := _quoted(inputs.felt.left_open):
        return unknown(inputs.felt.why_open, *felt)
    if unrelated and (intact := _intact(inputs)):
        return not_met(*intact, *unrelated)
    if hinted := _hinted(inputs):
        return unknown(Reason.POSSIBLE, *hinted)
    return unknown(inputs.notes.why_silent(inputs.record, *_READS))


def _on_ct(inputs: RemovalInputs) -> Judgement | None:
    """Judge the trouble that CT shows; None when it shows none (rules 11 and 12).

    Trouble on the other side than the order alone contradicts it.
    """
    judged = [judge_trouble(answer, inputs.imaging) for answer in _answers(inputs)]
    found = sorted([j for j in judged if j is not None], key=lambda j: not j.is_met)
    if not found or not found[0].is_met:
        return found[0] if found else None
    imaged = _governing(inputs, Stance.AFFIRMED)
    if all(is_opposite(f.side, inputs.intent.side) for f in imaged):
        return unknown(Reason.CONFLICTING, *_quoted(imaged))
    return met(*_quoted(imaged))


def _answers(inputs: RemovalInputs) -> tuple[Answer, ...]:
    return (inputs.hardware, inputs.prominence)


def _governing(inputs: RemovalInputs, stance: Stance) -> tuple[Finding, ...]:
    """Return what the governing CTs say of loose, broken or prominent hardware, if they agree."""
    answers = [answer for answer in _answers(inputs) if answer.reason is None]
    return tuple([f for a in answers for f in a.findings(lambda f: f.stance is stance)])


def _intact(inputs: RemovalInputs) -> tuple[Evidence, ...]:
    """Return what denies both loosening and breakage on CT; nothing if anything is open."""
    denied = _governing(inputs, Stance.DENIED)
    if not {Target.LOOSENING, Target.BREAKAGE} <= {f.target for f in denied}:
        return ()
    return () if _governing(inputs, Stance.POSSIBLE) else _quoted(denied)


def _hinted(inputs: RemovalInputs) -> tuple[Evidence, ...]:
    hinted = _quoted(_governing(inputs, Stance.POSSIBLE))
    hinted += evidence_of(at_spine(inputs, inputs.hardware_unconfirmed))
    return hinted + hedged(inputs.notes.on(*_TOPICS))


def _quoted(findings: tuple[Finding, ...]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys([f.evidence for f in findings]))
