"""Why no CT answers: the reasons of the contract's rule 11, in its order."""

from __future__ import annotations

from datetime import date

from cds_service.engine.judgement import Reason
from hooks.spine.examinations import Modality
from hooks.spine.findings import FUSION_TARGETS, Target
from hooks.spine.governing import Governing, is_adverse
from hooks.spine.imaging import Imaging
from hooks.spine.reports import ImagingReport


def adequate(imaging: Imaging, targets: frozenset[Target]) -> tuple[ImagingReport, ...]:
    """Return the CTs that may answer: of fusion those since the last fusion (rule 11).

    Hardware may be gone since any operation.
    """
    return imaging.after_surgery if targets is FUSION_TARGETS else imaging.after_any_surgery


def why_nothing_governs(imaging: Imaging, targets: frozenset[Target]) -> Reason | None:
    """Return the first reason of rule 11 that leaves no adequate CT at all."""
    if not imaging.reports_known or not imaging.procedures_known:
        return Reason.NOT_SEARCHED
    if adequate(imaging, targets):
        return None
    if any(report.may_be_ct for report in imaging.reports):
        return Reason.NOT_SEARCHED
    cts = imaging.of(Modality.CT)
    if any(ct.is_final and ct.when is None for ct in cts):
        return Reason.IMPRECISE_DATE
    if any(ct.is_final for ct in cts):
        of_fusion = targets is FUSION_TARGETS
        last = imaging.construct.last_dated_fusion if of_fusion else imaging.last_at_hardware
        final = [ct.when for ct in cts if ct.is_final and ct.when]
        if last and any(not when.surely_before(last) for when in final):
            return Reason.IMPRECISE_DATE
        return Reason.BEFORE_SURGERY
    if cts:
        return Reason.PRELIMINARY
    spoken = imaging.reports or any(f.target in FUSION_TARGETS for f in imaging.noted)
    return Reason.WRONG_MODALITY if spoken else Reason.NO_DATA


def silent_reason(
    imaging: Imaging, targets: frozenset[Target], statements: tuple[Governing, ...]
) -> Reason | None:
    """Return why a CT as new as the governing ones, but not read, leaves the question open.

    A CT without a date may be the newest.
    """
    if any(ct.when is None for ct in imaging.of(Modality.CT)):
        return Reason.IMPRECISE_DATE
    is_since = imaging.is_after if targets is FUSION_TARGETS else imaging.is_after_any
    newest = max((s.when.last for s in statements), default=None)
    found: set[Reason | None] = {
        _why_silent(ct, targets, spoken=bool(statements))
        for ct in imaging.reports
        if ct.may_be_ct or (ct.modality is Modality.CT and is_since(ct))
        if ct.when is None or is_as_new(ct, newest)
    }
    return next((reason for reason in _SILENT if reason in found), None)


_SILENT = (Reason.NOT_SEARCHED, Reason.UNREADABLE, Reason.PRELIMINARY, Reason.UNCERTAIN_TEXT)


def _why_silent(ct: ImagingReport, targets: frozenset[Target], *, spoken: bool) -> Reason | None:
    """Return why a CT, or what may be one, was not read, not in full, or is not final.

    What it shows to be bad stands whatever else it says. Text beside codes of other matters leaves
    open only what another report answers; else the matter is a gap.
    """
    if not ct.is_final:
        return Reason.NOT_SEARCHED if ct.may_be_ct else Reason.PRELIMINARY
    shown = any(f.target in targets and is_adverse(f) for f in ct.findings)
    if ct.may_be_ct or (ct.unread_results and not shown):
        return Reason.NOT_SEARCHED
    if ct.unreadable:
        return Reason.UNREADABLE
    in_text = ct.leaves_in_text(targets) if spoken else ct.unread_text
    return Reason.UNCERTAIN_TEXT if in_text else None


def is_as_new(ct: ImagingReport, newest: date | None) -> bool:
    """Whether a CT may be of the given day or newer; each is where no day is given."""
    return newest is None or (ct.when is not None and ct.when.last >= newest)
