"""Coded findings of imaging reports: conclusion codes and results (contract, rule 16)."""

from __future__ import annotations

from collections.abc import Iterator

from cds_service.engine.codes import ICD_10_CM, canonical
from cds_service.engine.datatypes import CodeableConcept, Coding
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import DiagnosticReport, Observation
from hooks.spine.findings import Finding, Stance, Target
from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.procedure_places import sites

FINAL = frozenset({"final", "amended", "corrected", "appended"})

_TARGETS = {
    "finding-solid-fusion": Target.SOLID_FUSION,
    "finding-nonunion": Target.NONUNION,
    "hardware-breakage": Target.BREAKAGE,
    "hardware-displacement": Target.LOOSENING,
    "hardware-other-mechanical": Target.LOOSENING,
    "finding-hardware-failure": Target.LOOSENING,
    "finding-hardware-prominence": Target.PROMINENCE,
    "finding-infection": Target.INFECTION,
    "finding-adjacent-segment-disease": Target.ADJACENT_SEGMENT,
}


# What a report may code beside its findings: that and why the patient was examined.
_OF_NO_MATTER = frozenset(
    ("prior-fusion-status", "low-back-pain", "radicular", "implant-pain", "si-joint-pain",
     "scoliosis", "osteoporosis", "osteopenia")
)  # fmt: skip
# Wear, of which no question here is: spondylolisthesis, spondylosis, stenosis, discs (NCHS
# ICD-10-CM April 2026 release, categories M43.1, M47, M48.0 and M51 with all below them).
_OF_WEAR = ("M431", "M47", "M480", "M51")


def coded_findings(
    record: PatientRecord, report: DiagnosticReport, dated: str
) -> Iterator[Finding]:
    """Yield what the codes of a report state; ``dated`` is the day of the examination."""
    for concept in report.conclusion_code:
        for target in targets_of(record, concept):
            yield _finding(target, Stance.AFFIRMED, NO_LEVELS, report.reference, dated)
    for reference in report.result:
        observation = record.by_reference(Observation, reference.reference)
        if observation is not None:
            yield from _observed(record, observation, dated)


def targets_of(record: PatientRecord, concept: CodeableConcept | None) -> list[Target]:
    """Return the targets whose value sets a concept lies in."""
    named = record.memberships(concept) & _TARGETS.keys()
    targets = {_TARGETS[value_set] for value_set in named}
    return sorted(targets) if len(targets) > 1 else list(targets)


def is_understood(record: PatientRecord, concept: CodeableConcept | None) -> bool:
    """Whether a concept is a target, or is known to be of no matter that imaging answers."""
    if record.memberships(concept) & (_TARGETS.keys() | _OF_NO_MATTER):
        return True
    return concept is not None and any(map(_is_of_wear, concept.coding))


def _is_of_wear(coding: Coding) -> bool:
    system, code = canonical(coding.system or "", coding.code or "")
    return system == ICD_10_CM and code.startswith(_OF_WEAR)


def _observed(record: PatientRecord, observation: Observation, dated: str) -> Iterator[Finding]:
    """Yield the findings of one result: its code answered present or absent, or its coded value.

    What is not final, or answered in a way not understood, leaves its target possible.
    """
    site = [observation.body_site] if observation.body_site else []
    levels = sites(record, site)[0]
    is_final = observation.status in FINAL
    stance = _answer(record, observation) if is_final else Stance.POSSIBLE
    for target in targets_of(record, observation.code):
        yield _finding(target, stance, levels, observation.reference, dated)
    stance = Stance.AFFIRMED if is_final else Stance.POSSIBLE
    for target in targets_of(record, observation.value_codeable_concept):
        yield _finding(target, stance, levels, observation.reference, dated)


def _answer(record: PatientRecord, observation: Observation) -> Stance:
    """Return what the value says of the observation's code; possible when it cannot be told."""
    if observation.value_boolean is not None:
        return Stance.AFFIRMED if observation.value_boolean else Stance.DENIED
    value = observation.value_codeable_concept
    memberships = record.memberships(value)
    if "qualifier-absent" in memberships:
        return Stance.DENIED
    return Stance.AFFIRMED if "qualifier-present" in memberships else Stance.POSSIBLE


def _finding(target: Target, stance: Stance, levels: Levels, reference: str, dated: str) -> Finding:
    where = f" at {levels}" if levels else ""
    stated = "reported absent" if stance is Stance.DENIED else stance.value
    says = f"{target.value} {stated}{where}, as coded"
    return Finding(target, stance, levels, Evidence(Origin.CODED, reference, dated, says=says))
