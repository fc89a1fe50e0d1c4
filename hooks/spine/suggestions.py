"""Suggestions: draft ServiceRequests for what is missing, unless it is drafted, ordered or done.

The coding that identifies each is the contract's; nothing in a suggestion comes from free text.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
from msgspec.structs import replace

from cds_service.engine.card import Suggestion
from cds_service.engine.codes import CPT, LOINC, SNOMED_CT
from cds_service.engine.content import Configuration
from cds_service.engine.datatypes import CodeableConcept
from cds_service.engine.dates import DateInterval, add_months
from cds_service.engine.evidence import Origin
from cds_service.engine.judgement import Judgement
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import ORDERED, DraftOrder, ServiceRequest
from hooks.spine.examinations import GUIDING, Modality, titles
from hooks.spine.imaging import Imaging
from hooks.spine.order_words import Region, region_of_text
from hooks.spine.words import words

_SUPPORTING = 5  # references of a suggestion


class Proposal(msgspec.Struct, frozen=True, gc=False):
    """One thing that may be suggested.

    ``value_sets`` and ``words`` tell when an order is for the same thing: one of the word lists has
    all its words, or pairs of words, in the order's text, and none of ``unless`` makes it another
    thing. ``of_spine`` is for an examination that another part of the body may have, too.
    ``because`` are references to the resources that it rests on.
    """

    label: str
    text: str
    codings: tuple[tuple[str, str], ...] = ()
    value_sets: tuple[str, ...] = ()
    words: tuple[tuple[str, ...], ...] = ()
    unless: tuple[str, ...] = ()
    of_spine: bool = False
    not_in_pregnancy: bool = False
    category: str = ""
    because: tuple[str, ...] = ()

    def because_of(self, *judgements: Judgement) -> Proposal:
        """Return the proposal with the resources that the judgements rest on (clinical.md 3.9)."""
        seen = [e.resource for j in judgements for e in j.evidence if e.origin is not Origin.ORDER]
        known = [reference for reference in dict.fromkeys(seen) if _is_reference(reference)]
        return replace(self, because=tuple(known[:_SUPPORTING]))


# Of what guides an intervention these say so no more where one of the others stands: "CT before
# injection", "CT with intraoperative navigation".
_LATER = frozenset(
    ("injection", "injections", "intraoperative", "intra-operative", "intraop", "intra-op")
)
_PLANNED = frozenset(("before", "prior", "planning", "plan", "navigation"))

CT = Proposal(
    "CT lumbar spine without contrast",
    "CT lumbar spine without contrast",
    ((LOINC, "30620-9"), (CPT, "72131")),
    ("ct-lumbar-spine",),
    (("ct", "lumbar"), ("ct", "lumbosacral"), ("ct", "l-spine"), ("tomography", "lumbar")),
    unless=("spect", "emission", "intraoperative ct", "intra-operative ct", "intraop ct",
            "intra-op ct", *sorted(GUIDING)),
    not_in_pregnancy=True,
)  # fmt: skip
FLEXION_EXTENSION = Proposal(
    "Flexion-extension radiographs of the lumbar spine",
    "Flexion-extension radiographs of the lumbar spine",
    ((LOINC, "24971-4"),),
    ("xr-flexion-extension",),
    (("flexion", "extension"), ("flex", "ext")),
    unless=("therapy", "exercise", "exercises", "stretching", "brace", "orthosis", "range of"),
    of_spine=True,
    not_in_pregnancy=True,
)
SPECT_CT = Proposal(
    "SPECT/CT of the spine (optional adjunct)",
    "SPECT/CT of the spine",
    words=(("spect",),),
    unless=("myocardial", "cardiac", "heart", "perfusion", "brain", "cerebral", "parathyroid",
            "thyroid", "sestamibi", "mibi", "datscan", "dopamine", "lung", "liver", "renal",
            "octreotide", "sentinel"),
    of_spine=True,
    not_in_pregnancy=True,
)  # fmt: skip
MRI = Proposal(
    "MRI lumbar spine without and with contrast (not from the source article)",
    "MRI lumbar spine without and with contrast",
    ((CPT, "72158"),),
    ("mr-lumbar-spine",),
    (("mri", "lumbar"), ("mr", "lumbar"), ("mri", "lumbosacral")),
    unless=tuple(sorted(GUIDING)),
    not_in_pregnancy=True,
)
ESR = Proposal(
    "ESR",
    "Erythrocyte sedimentation rate",
    ((LOINC, "4537-7"),),
    ("esr",),
    (("esr",), ("erythrocyte", "sedimentation")),
)
CRP = Proposal(
    "CRP",
    "C-reactive protein",
    ((LOINC, "1988-5"),),
    ("crp", "crp-high-sensitivity"),
    (("crp",), ("c-reactive",)),
)
CULTURES = Proposal(
    "Intra-operative deep tissue cultures",
    "Intraoperative deep tissue cultures (aerobic + anaerobic, extended incubation)",
    value_sets=("tissue-culture",),
    words=(("culture",), ("cultures",)),
    unless=("blood", "urine", "urinary", "sputum", "throat", "stool", "csf", "nasal", "nares",
            "mrsa", "surveillance", "screen", "screening", "strep", "vaginal", "genital",
            "rectal", "respiratory", "bronchial", "ear", "eye", "bottle"),
    category="laboratory",
)  # fmt: skip
HBA1C = Proposal(
    "HbA1c", "Hemoglobin A1c", ((LOINC, "4548-4"),), ("hba1c",), (("hba1c",), ("a1c",))
)
ALBUMIN = Proposal(
    "Albumin",
    "Albumin",
    ((LOINC, "1751-7"),),
    ("albumin",),
    (("albumin",),),
    unless=("urine", "urinary", "albumin creatinine", "albumin creat", "albumin cr",
            "creatinine ratio", "microalbumin", "csf", "infusion", "transfusion", "glycated"),
)  # fmt: skip
PREALBUMIN = Proposal(
    "Prealbumin",
    "Prealbumin",
    ((LOINC, "14338-8"),),
    ("prealbumin",),
    (("prealbumin",),),
)
VITAMIN_D = Proposal(
    "25-OH vitamin D",
    "25-hydroxyvitamin D",
    ((LOINC, "62292-8"),),
    ("vitamin-d",),
    (("vitamin d",), ("vitamin-d",), ("vit d",), ("25-hydroxyvitamin d",), ("hydroxyvitamin d",),
     ("25-hydroxy-vitamin d",), ("25-oh-vitamin d",), ("25-oh d",), ("oh d",)),
    unless=("1 25-dihydroxy", "25-dihydroxy", "dihydroxy", "1 25-oh", "1 25-oh-vitamin",
            "1 25-hydroxy-vitamin", "calcitriol", "supplement"),
)  # fmt: skip
DXA = Proposal(
    "DXA axial bone density",
    "DXA axial bone density",
    value_sets=("dxa-order", "dxa-t-score"),
    words=(("dxa",), ("dexa",), ("bone", "density")),
    unless=("injection", "suppression"),
    not_in_pregnancy=True,
)
CESSATION = Proposal(
    "Smoking cessation counselling",
    "Smoking cessation counselling",
    ((SNOMED_CT, "225323000"),),
    ("smoking-cessation-counselling",),
    (("smoking", "cessation"),),
)


def suggestions(
    record: PatientRecord,
    drafted: Iterable[DraftOrder],
    proposals: Iterable[Proposal],
    *,
    pregnant: bool,
) -> tuple[Suggestion, ...]:
    """Return the proposals that nobody has ordered yet.

    In pregnancy radiation is left out, and so is contrast medium.
    """
    orders = tuple(drafted)
    return tuple(
        Suggestion(proposal.label, _draft(record, proposal))
        for proposal in proposals
        if not (pregnant and proposal.not_in_pregnancy)
        and not is_drafted(record, orders, proposal)
        and not _is_ordered(record, proposal)
    )


def is_drafted(record: PatientRecord, orders: Iterable[DraftOrder], proposal: Proposal) -> bool:
    """Whether the same thing is among the orders of this session."""
    return any(
        is_for(record, proposal, [CodeableConcept(list(order.codings))], order.text)
        for order in orders
        if not order.resource_type.startswith("Medication")  # vitamin D to take is not measured
    )


def _is_ordered(record: PatientRecord, proposal: Proposal) -> bool:
    """Whether the same thing is already ordered and open."""
    return any(
        is_for(record, proposal, [request.code])
        for request in record.all(ServiceRequest)
        if request.status in ("active", "on-hold") and request.intent in ORDERED and request.code
    )


def is_for(
    record: PatientRecord,
    proposal: Proposal,
    concepts: Iterable[CodeableConcept],
    words_beside: str = "",
) -> bool:
    """Whether codes, or the words of codes or beside them, name the thing proposed."""
    known = tuple(concepts)
    if any(record.memberships(concept).intersection(proposal.value_sets) for concept in known):
        return True
    return _says(" ; ".join([*map(titles, known), words_beside]), proposal)


def _says(text: str, proposal: Proposal) -> bool:
    said = words(text)
    if "pre-albumin" in said or "pre albumin" in said:  # which is no albumin
        said = words(_one_word(text))
    against = said.intersection(proposal.unless)
    if against - _LATER if said & _PLANNED else against:
        return False
    if proposal.of_spine and region_of_text(text) is Region.ELSEWHERE:
        return False
    return any(said.issuperset(each) for each in proposal.words)


def _one_word(text: str) -> str:
    return text.lower().replace("pre-albumin", "prealbumin").replace("pre albumin", "prealbumin")


def _draft(record: PatientRecord, proposal: Proposal) -> dict[str, Any]:
    """Return the draft ServiceRequest (clinical.md 3.9; FHIR R4, ServiceRequest)."""
    code: dict[str, Any] = {"text": proposal.text}
    if proposal.codings:
        code["coding"] = [{"system": s, "code": c} for s, c in proposal.codings]
    draft: dict[str, Any] = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "code": code,
        "subject": {"reference": f"Patient/{record.patient_id}"},
        "authoredOn": record.as_of.isoformat(),
    }
    if proposal.because:
        draft["supportingInfo"] = [{"reference": reference} for reference in proposal.because]
    if proposal.category:
        draft["category"] = [{"text": proposal.category}]
    return draft


def _is_reference(text: str) -> bool:
    """Whether a reference is one to a resource with an id that FHIR allows."""
    kind, _, name = text.partition("/")
    letters = name.replace("-", "").replace(".", "")
    plain = kind.isascii() and kind.isalpha() and letters.isascii() and letters.isalnum()
    return plain and len(name) <= 64  # FHIR R4, id


def wants_mri(imaging: Imaging, configuration: Configuration, *open_questions: bool) -> bool:
    """Whether MRI is to be suggested: one of the questions is open, and no young MRI is there.

    It stands in no source article; a site has to ask for it (clinical.md 3.9).
    """
    if not configuration.flag("suggest.mri") or not imaging.reports_known:
        return False
    done = (r for r in imaging.of(Modality.MR) if r.is_final and r.when and imaging.is_after(r))
    return any(open_questions) and all(imaging.is_stale(r.when) for r in done if r.when)


def wants_ct(imaging: Imaging, configuration: Configuration) -> bool:
    """Whether the windows leave room for a CT (contract, "Suggestion windows").

    They do not when an adequate CT after the last fusion is young enough to count, or when any CT
    is so young that its final report or an addendum is asked for instead.
    """
    if any(r.when and not imaging.is_stale(r.when) for r in imaging.after_surgery):
        return False
    made = [ct.when for ct in imaging.of(Modality.CT) if ct.when]
    return not any(is_young(when, imaging.as_of, configuration) for when in made)


def is_young(made: DateInterval, as_of: date, configuration: Configuration) -> bool:
    """Whether a CT may be so young that it is not repeated."""
    return add_months(made.last, configuration.count("ct.repeatMonths")) >= as_of
