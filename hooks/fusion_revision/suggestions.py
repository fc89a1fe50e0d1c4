"""What the revision card suggests: imaging that is missing, and what to evaluate before surgery."""

from __future__ import annotations

from cds_service.engine.assessment import Assessment
from cds_service.engine.card import Suggestion
from cds_service.engine.dates import days_since
from cds_service.engine.judgement import Judgement, Reason
from hooks.fusion_revision.inputs import RevisionInputs
from hooks.spine.findings import Stance
from hooks.spine.suggestions import (
    ALBUMIN,
    CESSATION,
    CT,
    DXA,
    FLEXION_EXTENSION,
    HBA1C,
    MRI,
    PREALBUMIN,
    SPECT_CT,
    VITAMIN_D,
    Proposal,
    suggestions,
    wants_ct,
    wants_mri,
)
from hooks.spine.windows import ct_without_report, is_done

_INDETERMINATE = frozenset({Reason.UNCERTAIN_TEXT, Reason.CONFLICTING})


def suggested(assessment: Assessment, inputs: RevisionInputs) -> tuple[Suggestion, ...]:
    """Return the suggestions that close a gap of this assessment (RV-A1 to RV-A4)."""
    proposals = [*_imaging(assessment, inputs)]
    if not inputs.red_flags:
        proposals += _optimisation(assessment, inputs)
    return suggestions(
        inputs.record, inputs.intent.drafted, proposals, pregnant=bool(inputs.pregnancy)
    )


def _imaging(assessment: Assessment, inputs: RevisionInputs) -> list[Proposal]:
    on_ct = (assessment["hardware-failure-on-ct"], assessment["nonunion-on-ct"])
    found: list[Proposal] = []
    if _ct_is_missing(inputs, on_ct):
        found.append(CT.because_of(*on_ct))
    if _is_indeterminate(inputs, on_ct):
        found.append(SPECT_CT.because_of(*on_ct))
    infection = assessment["no-evidence-of-infection"]
    if wants_mri(inputs.imaging, inputs.configuration, infection.reason is Reason.POSSIBLE):
        found.append(MRI.because_of(infection))
    if inputs.record.newest_known("diagnostic_reports") and not _has_flexion_extension(inputs):
        found.append(FLEXION_EXTENSION.because_of(on_ct[1]))
    return found


def _ct_is_missing(inputs: RevisionInputs, on_ct: tuple[Judgement, ...]) -> bool:
    """Whether a CT would answer, whatever keeps the last one from it (RV-A1).

    It would not where a finding stands, nor where reports that may be CTs were not read.
    """
    if any(judged.is_met or judged.reason is Reason.NOT_SEARCHED for judged in on_ct):
        return False
    if ct_without_report(inputs.record, inputs.imaging, inputs.configuration):
        return False
    return wants_ct(inputs.imaging, inputs.configuration)


def _is_indeterminate(inputs: RevisionInputs, on_ct: tuple[Judgement, ...]) -> bool:
    """Whether the newest CT leaves a finding open, and is no reason for a new CT itself (RV-A2)."""
    newest = inputs.imaging.newest
    if newest is None or newest.when is None or inputs.imaging.is_stale(newest.when):
        return False
    return any(j.reason in _INDETERMINATE for j in on_ct) or _hedges(inputs, on_ct)


def _hedges(inputs: RevisionInputs, on_ct: tuple[Judgement, ...]) -> bool:
    """Whether the governing CT hedges about what is not known, whatever else it leaves out."""
    answers = zip((inputs.hardware, inputs.fusion), on_ct, strict=True)
    return any(
        judged.reason is Reason.LEVEL_GAP and answer.findings(lambda f: f.stance is Stance.POSSIBLE)
        for answer, judged in answers
    )


def _has_flexion_extension(inputs: RevisionInputs) -> bool:
    record, days = inputs.record, inputs.configuration.count("flexext.maxAgeDays")
    return is_done(
        record, FLEXION_EXTENSION, lambda when: days_since(when, record.as_of)[1] <= days
    )


def _optimisation(assessment: Assessment, inputs: RevisionInputs) -> list[Proposal]:
    topic, found = inputs.optimisation, []
    nutrition, tobacco = assessment["nutritional-deficiency"], assessment["tobacco-use"]
    if inputs.record.newest_known("observations"):
        diabetic = topic.diabetes or topic.diabetes_hinted
        if diabetic and topic.is_due("hba1c", topic.hba1c):
            found.append(HBA1C.because_of(assessment["uncontrolled-diabetes"]))
        proteins = (("albumin", topic.albumin), ("prealbumin", topic.prealbumin))
        if all(topic.is_due(name, value) for name, value in proteins):
            found += [ALBUMIN.because_of(nutrition), PREALBUMIN.because_of(nutrition)]
        if topic.is_due("vitamin-d", topic.vitamin_d):
            found.append(VITAMIN_D.because_of(nutrition))
        measured = topic.current_t_scores or topic.odd_t_scores or topic.unfinished("dxa-t-score")
        if not measured and not is_done(inputs.record, DXA, topic.is_recent_density):
            found.append(DXA.because_of(assessment["poor-bone-quality"]))
    return [*found, CESSATION.because_of(tobacco)] if tobacco.is_present else found
