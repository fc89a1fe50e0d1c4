"""What the removal card suggests: CT, ESR and CRP, intra-operative cultures."""

from __future__ import annotations

from cds_service.engine.assessment import Assessment
from cds_service.engine.card import Suggestion
from cds_service.engine.judgement import Reason
from hooks.hardware_removal.inputs import RemovalInputs
from hooks.spine.suggestions import (
    CRP,
    CT,
    CULTURES,
    ESR,
    MRI,
    Proposal,
    suggestions,
    wants_ct,
    wants_mri,
)
from hooks.spine.windows import ct_without_report


def suggested(assessment: Assessment, inputs: RemovalInputs) -> tuple[Suggestion, ...]:
    """Return the suggestions that close a gap of this assessment (HR-A1 to HR-A3)."""
    proposals: list[Proposal] = []
    infection = assessment["no-evidence-of-infection"]
    adjacent = assessment["no-adjacent-segment-disease"]
    if _ct_is_missing(assessment, inputs):
        proposals.append(CT.because_of(assessment["solid-fusion-on-ct"]))
    possible = infection.reason is Reason.POSSIBLE
    if wants_mri(inputs.imaging, inputs.configuration, possible, adjacent.is_unknown):
        proposals.append(MRI.because_of(infection, adjacent))
    if _markers_are_missing(inputs):
        proposals += [ESR.because_of(infection), CRP.because_of(infection)]
    if inputs.configuration.flag("suggest.intraopCulture"):
        proposals.append(CULTURES.because_of(infection))
    return suggestions(
        inputs.record, inputs.intent.drafted, proposals, pregnant=bool(inputs.pregnancy)
    )


def _ct_is_missing(assessment: Assessment, inputs: RemovalInputs) -> bool:
    """Whether a CT would answer: not where nonunion stands, nor where reports were not read."""
    fusion = assessment["solid-fusion-on-ct"]
    if not fusion.is_unknown or fusion.reason is Reason.NOT_SEARCHED:
        return False
    if assessment["no-pseudarthrosis"].is_not_met:
        return False
    if ct_without_report(inputs.record, inputs.imaging, inputs.configuration):
        return False
    return wants_ct(inputs.imaging, inputs.configuration)


def _markers_are_missing(inputs: RemovalInputs) -> bool:
    """Whether ESR or CRP is missing or outside its window (rule 22), infection not being known."""
    infection = inputs.infection
    if infection.is_affirmed or not inputs.record.newest_known("observations"):
        return False
    return len(infection.current_markers) < 2  # ESR and CRP
