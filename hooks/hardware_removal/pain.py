"""Pain at the hardware: where it is coded or documented, and whether that fits the order."""

from __future__ import annotations

from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Judgement, Reason, met, not_met, unknown
from hooks.hardware_removal.inputs import RemovalInputs
from hooks.spine.findings import Finding, Stance
from hooks.spine.laterality import is_opposite, names_of, side_of_words
from hooks.spine.notes import affirmed, denied, hedged
from hooks.spine.order_evidence import order_evidence
from hooks.spine.problems import Problem, evidence_of
from hooks.spine.stated_findings import Topic
from hooks.spine.symptoms import is_sited_elsewhere

READS = ("conditions", "procedures", "document_references")


def at_spine(inputs: RemovalInputs, found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Leave out what is recorded elsewhere, as pain of a knee prosthesis; the construct counts."""
    construct = inputs.imaging.construct.levels
    return tuple(p for p in found if not is_sited_elsewhere(p) or p.levels.overlaps(construct))


def _implant_pain(inputs: RemovalInputs) -> tuple[Problem, ...]:
    return tuple(
        p
        for p in at_spine(inputs, inputs.hardware_problems)
        if "implant-pain" in inputs.record.memberships(p.condition.code)
    )


def _why_nothing(inputs: RemovalInputs) -> Reason:
    return inputs.notes.why_silent(inputs.record, "conditions", "document_references")


def judge_axial_pain(inputs: RemovalInputs) -> Judgement:
    """Judge axial pain at the hardware: coded at the lower spine or pelvis, or found in a note."""
    pain = at_spine(inputs, (*_implant_pain(inputs), *inputs.back_pain))
    localised = [p for p in pain if "site-lumbar-to-pelvis" in p.site_sets or p.levels]
    said = inputs.notes.on("hardware-pain", "pain-elsewhere")
    here = affirmed([t for t in said if t.name == "hardware-pain"])
    elsewhere = affirmed([t for t in said if t.name == "pain-elsewhere"])
    painless = _painless(inputs)
    if (elsewhere or painless) and (here or localised):
        return unknown(Reason.CONFLICTING, *evidence_of(localised), *here, *elsewhere, *painless)
    if elsewhere:
        return not_met(*elsewhere)
    if localised or here:
        return met(*evidence_of(localised), *here)
    noted = affirmed(inputs.notes.on("axial-pain"))
    if pain or noted:
        seen = (*evidence_of(pain), *noted)
        return unknown(Reason.NO_DATA, *seen, remark="pain documented without location")
    return unknown(_why_nothing(inputs))


def judge_pain_matches_site(inputs: RemovalInputs) -> Judgement:
    """Judge whether the pain lies where the hardware to be removed lies (HR-C7).

    A note of tenderness or prominence there, or of relief by an injection, shows it; pain that is
    documented elsewhere, or on the other side than the order, contradicts it.
    """
    noted = [t for t in inputs.notes.on("hardware-pain") if t.stance is Stance.AFFIRMED]
    elsewhere = affirmed(inputs.notes.on("pain-elsewhere"))
    coded = _implant_pain(inputs)
    if mismatch := _other_side(inputs, coded, noted):
        return not_met(*mismatch)
    matching = evidence_of([p for p in coded if _is_at_site(inputs, p)])
    matching += affirmed([t for t in noted if _fits(inputs, t)])
    matching += affirmed(inputs.notes.on("injection-response"))
    matching += tuple(f.evidence for f in inputs.felt.shown if _fits(inputs, f))
    painless = _painless(inputs)
    if matching and (elsewhere or painless):
        return unknown(Reason.CONFLICTING, *matching, *elsewhere, *painless)
    if elsewhere:
        return not_met(*elsewhere)
    if matching:
        return met(*dict.fromkeys(matching))
    if is_open := _left_open(inputs):
        return is_open
    if coded or noted:
        seen = (*evidence_of(coded), *affirmed(noted))
        return unknown(Reason.NO_DATA, *seen, remark="no site that matches is documented")
    return unknown(_why_nothing(inputs))


def _left_open(inputs: RemovalInputs) -> Judgement | None:
    """Return why what notes only hint at there, or dispute, leaves the match open; None if none."""
    felt = inputs.felt.left_open
    if felt and _fits(inputs, felt[0]):
        return unknown(inputs.felt.why_open, *dict.fromkeys(f.evidence for f in felt))
    hints = hedged([t for t in inputs.notes.on("hardware-pain") if _fits(inputs, t)])
    return unknown(Reason.POSSIBLE, *hints) if hints else None


def _painless(inputs: RemovalInputs) -> tuple[Evidence, ...]:
    """Return what the newest note denies of pain at the hardware, when it affirms none."""
    said = inputs.notes.on("hardware-pain")
    denies = denied([t for t in said if not is_opposite(t.side, inputs.intent.side)])
    return () if affirmed(said) else denies


def _is_at_site(inputs: RemovalInputs, problem: Problem) -> bool:
    if inputs.targets_pelvis:
        return "site-iliac-hardware" in problem.site_sets or problem.levels.pelvis
    ordered = inputs.intent.levels or inputs.imaging.construct.levels
    return bool(problem.levels) and problem.levels.overlaps(ordered)


def _fits(inputs: RemovalInputs, found: Topic | Finding) -> bool:
    """Whether what a note found at the hardware is at the hardware that the order names."""
    if inputs.targets_pelvis:
        return found.levels.pelvis
    ordered = inputs.intent.levels or inputs.imaging.construct.levels
    return not found.levels or found.levels.overlaps(ordered)


def _other_side(
    inputs: RemovalInputs, coded: tuple[Problem, ...], noted: list[Topic]
) -> tuple[Evidence, ...]:
    """Return order and pain when every documented side is the opposite of the order's."""
    ordered = inputs.intent.side
    sided = [(side_of_words(*_names(p)), p.evidence) for p in coded]
    sided += [(t.side, t.evidence) for t in noted]
    sided += [(f.side, f.evidence) for f in inputs.felt.shown]
    known = [(side, evidence) for side, evidence in sided if side]
    if not known or not all(is_opposite(side, ordered) for side, _ in known):
        return ()
    orders = [
        order_evidence(inputs.record, order, says=f"Order for the {ordered}:", quote=order.text)
        for order in inputs.intent.orders
    ]
    return (*orders, *(evidence for _, evidence in known))


def _names(problem: Problem) -> list[str | None]:
    condition = problem.condition
    names = names_of(condition.code) if condition.code else []
    return names + [name for site in condition.body_site for name in names_of(site)]
