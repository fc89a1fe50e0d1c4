"""The card about one removal order."""

from __future__ import annotations

from cds_service.engine.assessment import Assessment
from cds_service.engine.card import Card, Concept, Source
from cds_service.engine.judgement import Reason, Status
from hooks.hardware_removal.citations import SEED
from hooks.hardware_removal.inputs import RemovalInputs
from hooks.hardware_removal.outcomes import CLAIMS, CURVES, GRADE, ILIAC_SCREWS
from hooks.hardware_removal.suggestions import suggested
from hooks.spine.cards import about_a_child, advisory, is_wanted
from hooks.spine.claims import figures_section
from hooks.spine.suggestions import CT, is_drafted
from hooks.spine.windows import ask_for_report
from hooks.spine.wording import common_notices, evidence_in_words

VERSION = "1.0.0"
SOURCE = Source(
    label=f"{SEED.label} (AI-generated, review status: pending human review; last updated "
    f"{SEED.reviewed_on.isoformat()}; rules {VERSION})",
    topic=Concept(
        "spinal-hardware-removal",
        "https://spine-cds.org/fhir/CodeSystem/topic",
        "Removal of posterior spinal instrumentation",
    ),
)
_WHAT = "Removal of spinal instrumentation"
EXCLUSIONS = (
    "no-evidence-of-infection",
    "no-pseudarthrosis",
    "no-adjacent-segment-disease",
    "no-radicular-symptoms",
)
_CAUSES = EXCLUSIONS[:3]
_OTHER_CAUSES = (
    "No other cause of the pain that the source article names was found (infection, "
    "pseudarthrosis, adjacent segments); it calls removal palliative."
)
# What sources contradict each other about is possible.
_ALARMING = frozenset({Reason.POSSIBLE, Reason.CONFLICTING, Reason.NOT_SEARCHED})


def advise(assessment: Assessment, inputs: RemovalInputs) -> Card | None:
    """Return the card about the removal orders; None when open points are wanted and none is."""
    if inputs.age.is_child:
        return about_a_child(assessment, inputs.intent, SOURCE, _WHAT)
    if not is_wanted(assessment, inputs.configuration):
        return None
    return advisory(
        assessment,
        inputs.intent,
        inputs.configuration,
        SOURCE,
        summary=f"{_WHAT}: {_found_in_short(assessment)}",
        warns=warns(assessment, inputs),
        notices=notices(assessment, inputs),
        caveats=[*caveats(assessment, inputs), *figures(inputs)],
        hidden=frozenset() if speaks_of_curves(inputs) else frozenset({"deformity-with-infection"}),
        suggestions=suggested(assessment, inputs),
    )


def _found_in_short(assessment: Assessment) -> str:
    all_found = set(assessment.statuses) == {Status.MET}
    return "source criteria found: all" if all_found else assessment.tally()


def warns(assessment: Assessment, inputs: RemovalInputs) -> bool:
    """Whether the card is a warning (contract, "Cards" and rule 4)."""
    if not assessment["solid-fusion-on-ct"].is_met:
        return True
    if Status.NOT_MET in assessment.statuses:
        return True
    if inputs.infection.is_unread:
        return True
    return any(assessment[exclusion].reason in _ALARMING for exclusion in EXCLUSIONS)


def notices(assessment: Assessment, inputs: RemovalInputs) -> list[str]:
    """Return what the reader must know before the list of criteria."""
    found = common_notices(
        inputs.intent,
        age_known=inputs.age.is_known,
        pregnant=bool(inputs.pregnancy),
        read_anything=inputs.record.read_anything,
    )
    if inputs.infection.is_affirmed:
        found.append(
            "Infection is documented: the source article's criteria for elective removal do not "
            "apply; see the infection pathway."
        )
    if assessment["no-pseudarthrosis"].is_not_met:
        found.append(
            "Nonunion is documented: removal alone contradicts the source article; consider "
            "evaluation for revision, where SPECT/CT is an optional adjunct."
        )
    fusion = assessment["solid-fusion-on-ct"]
    if fusion.is_unknown:
        found += _about_the_ct(fusion.reason, inputs)
    if assessment["no-radicular-symptoms"].is_not_met and inputs.malposition:
        seen = "; ".join(evidence_in_words(e) for e in inputs.malposition[:2])
        found.append(
            "Radicular symptoms with malpositioned hardware: different indication, not covered by "
            f"this source. {seen[0].upper()}{seen[1:]}."
        )
    if other := inputs.competing_pain:
        seen = "; ".join(evidence_in_words(e) for e in other[:2])
        found.append(
            "Another source of pain is recorded, so that another cause is not excluded: pain of "
            f"the sacroiliac joint. {seen[0].upper()}{seen[1:]}."
        )
    return found


def _about_the_ct(reason: Reason | None, inputs: RemovalInputs) -> list[str]:
    said = []
    if reason is Reason.UNREADABLE:
        said = ["The newest CT report is not machine readable: open it."]
    elif reason is Reason.PRELIMINARY:
        said = ["The newest CT report is preliminary: ask for the final report."]
    elif reason is Reason.LEVEL_GAP:
        said = ["The CT report does not address every instrumented level: ask for an addendum."]
    said += ask_for_report(inputs.record, inputs.imaging, inputs.configuration)
    if is_drafted(inputs.record, inputs.intent.drafted, CT):
        said.append("A CT is ordered in this session: its result is pending.")
    return said


def caveats(assessment: Assessment, inputs: RemovalInputs) -> list[str]:
    """Return what else was looked for (HR-C12), counsel on risk factors, limits of the source."""
    said = [_OTHER_CAUSES] if _no_other_cause(assessment, inputs) else []
    if assessment["workers-compensation"].is_present:
        said.append(
            "The source article asks for extensive counselling on lower success rates in "
            "compensable patients."
        )
    if assessment["regular-opioid-use"].is_present:
        said.append(
            'The source article\'s "grade II opioid use" is undefined there; shown is '
            "regular use. It asks to address expectations of pain management."
        )
    if not assessment["interval-since-fusion"].is_met:
        said.append(
            "The source article's interval of 18-24 months could not be verified: its "
            "likely source measures follow-up after removal."
        )
    if inputs.targets_pelvis:
        said.append(
            "Evidence is from pedicle-screw removal (one surgeon, 34 patients), not from "
            "iliac screws, as far as the article goes."
        )
    return said


def _no_other_cause(assessment: Assessment, inputs: RemovalInputs) -> bool:
    """Whether none of the other causes was found, each of them having been looked for (HR-C12)."""
    return not inputs.competing_pain and all(assessment[cause].is_met for cause in _CAUSES)


def figures(inputs: RemovalInputs) -> list[str]:
    """Return what the article's figures and techniques come to, for this patient's hardware."""
    about = [ILIAC_SCREWS] if inputs.targets_pelvis else []
    about += [CURVES] if speaks_of_curves(inputs) else []
    return figures_section(CLAIMS, inputs.configuration, grade=GRADE, about=about)


def speaks_of_curves(inputs: RemovalInputs) -> bool:
    """Whether the card speaks of loss of curve correction (clinical.md 1.3-K)."""
    shown = inputs.configuration["hr.showCurveLoss"]
    return shown == "always" or (shown == "scoliosisOnly" and bool(inputs.scoliosis))
