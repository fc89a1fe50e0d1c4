"""The card about one revision order."""

from __future__ import annotations

from cds_service.engine.assessment import Assessment
from cds_service.engine.card import Card, Concept, Source
from cds_service.engine.judgement import Judgement, Reason
from hooks.fusion_revision.citations import SEED
from hooks.fusion_revision.inputs import RevisionInputs
from hooks.fusion_revision.outcomes import CLAIMS, GRADE
from hooks.fusion_revision.risk_factors import hba1c_is_high
from hooks.fusion_revision.suggestions import suggested
from hooks.spine.cards import about_a_child, advisory, in_short, is_wanted
from hooks.spine.claims import figures_section
from hooks.spine.findings import Stance, Target
from hooks.spine.suggestions import CT, is_drafted
from hooks.spine.windows import ask_for_report
from hooks.spine.wording import common_notices, evidence_in_words

VERSION = "1.0.0"
SOURCE = Source(
    label=f"{SEED.label} (AI-generated, review status: pending human review; last updated "
    f"{SEED.reviewed_on.isoformat()}; rules {VERSION})",
    topic=Concept(
        "spinal-fusion-revision",
        "https://spine-cds.org/fhir/CodeSystem/topic",
        "Revision of a lumbar fusion",
    ),
)
PAYER_POSITION = (
    "The source article holds that payer criteria (MCG) should not override the physician's "
    "determination when hardware failure and nonunion are documented; coverage rules were not "
    "evaluated."
)
_CONTRADICTED = "newest CT contradicts the stated indication"
_OPEN = frozenset({Reason.EARLY, Reason.CONFLICTING})


def advise(assessment: Assessment, inputs: RevisionInputs) -> Card | None:
    """Return the card about the revision orders; None when open points are wanted and none is."""
    if inputs.age.is_child:
        return about_a_child(assessment, inputs.intent, SOURCE, "Revision fusion")
    if not inputs.intent.certain and not inputs.prior_fusion:
        return _unchecked(assessment, inputs)
    if not is_wanted(assessment, inputs.configuration):
        return None
    headline, causes = headline_of(assessment, inputs), alerts(assessment, inputs)
    beside = [cause for cause in causes if cause != "not shown on CT"]  # the headline says so
    return advisory(
        assessment,
        inputs.intent,
        inputs.configuration,
        SOURCE,
        summary=in_short(f"Revision fusion: {headline}", beside),
        warns=bool(causes),
        notices=[_labelled(headline), *notices(assessment, inputs)],
        caveats=[*caveats(assessment, inputs), *figures(inputs)],
        closing=payer_position(assessment, inputs),
        hidden=_hidden(inputs),
        suggestions=suggested(assessment, inputs),
    )


def _labelled(headline: str) -> str:
    """Return the headline as a sentence; that a CT may contradict is our addition (RV-X2)."""
    label = " (not from the source article)" if headline == _CONTRADICTED else ""
    return f"{headline[0].upper()}{headline[1:]}{label}."


def _unchecked(assessment: Assessment, inputs: RevisionInputs) -> Card:
    """Return the card for a fusion order whose record could not be read (contract, rule 7)."""
    said = "Whether this fusion revises an earlier one could not be checked."
    return advisory(
        assessment,
        inputs.intent,
        inputs.configuration,
        SOURCE,
        summary="Lumbar fusion: whether it revises an earlier fusion could not be checked",
        warns=False,
        notices=[said, *common_notices(inputs.intent, age_known=inputs.age.is_known)],
        hidden=_hidden(inputs),
        suggestions=suggested(assessment, inputs),
    )


def headline_of(assessment: Assessment, inputs: RevisionInputs) -> str:
    """Return how hardware failure and nonunion together stand to the stated indication (1.3-D)."""
    hardware, nonunion = assessment["hardware-failure-on-ct"], assessment["nonunion-on-ct"]
    if hardware.is_met and nonunion.is_met:
        return "matches the source article's stated indication"
    if hardware.is_met or nonunion.is_met:
        if inputs.configuration["rv.combine"] == "OR":
            return "matches the source article's indication by one of its two findings"
        return "partly matches the source article's stated indication"
    if hardware.is_not_met and nonunion.is_not_met:
        return _CONTRADICTED
    return "hardware failure and nonunion not shown on an adequate CT"


def alerts(assessment: Assessment, inputs: RevisionInputs) -> list[str]:
    """Return why the card is a warning, in a few words each (contract, "Cards" and rule 4)."""
    hardware, nonunion = assessment["hardware-failure-on-ct"], assessment["nonunion-on-ct"]
    found = []
    if not hardware.is_met and not nonunion.is_met:
        found.append("not shown on CT")
    if nonunion.reason in _OPEN and not (hardware.is_met and _is_broken(inputs)):
        found.append(f"nonunion {nonunion.reason}")
    if _minds_infection(inputs):
        found += _about_infection(assessment["no-evidence-of-infection"], inputs)
    if inputs.omitted_levels:
        found.append("order omits levels")
    if hba1c_is_high(inputs):
        found.append("HbA1c high")
    return found


def _about_infection(infection: Judgement, inputs: RevisionInputs) -> list[str]:
    if infection.is_not_met:
        return ["infection documented"]
    if infection.reason is Reason.POSSIBLE:
        return ["infection possible"]
    return ["infection data unread"] if inputs.infection.is_unread else []


def _is_broken(inputs: RevisionInputs) -> bool:
    return bool(
        inputs.hardware.findings(
            lambda f: f.target is Target.BREAKAGE and f.stance is Stance.AFFIRMED
        )
    )


def _minds_infection(inputs: RevisionInputs) -> bool:
    """Whether infection, which the source article does not name, makes the card a warning."""
    return inputs.configuration.flag("rv.addons.infection")


def notices(assessment: Assessment, inputs: RevisionInputs) -> list[str]:
    """Return what the reader must know before the list of criteria."""
    found = common_notices(
        inputs.intent,
        age_known=inputs.age.is_known,
        pregnant=bool(inputs.pregnancy),
        read_anything=inputs.record.read_anything,
    )
    if inputs.red_flags:
        seen = "; ".join(evidence_in_words(e) for e in inputs.red_flags[:2])
        found.append(
            "Cauda equina syndrome or a sign of it is recorded: do not delay; nothing to optimise "
            f"is suggested (not from the source article). {seen[0].upper()}{seen[1:]}."
        )
    if inputs.infection.is_affirmed and _minds_infection(inputs):
        found.append(
            "Infection is documented; see the infection pathway (not from the source article)."
        )
    if omitted := inputs.omitted_levels:
        found.append(
            f"A report names failing levels that the order omits: {', '.join(omitted)}. "
            "The source article asks to address all levels."
        )
    return found + _about_the_ct(assessment, inputs)


def _about_the_ct(assessment: Assessment, inputs: RevisionInputs) -> list[str]:
    """Return what keeps the CT from answering, and what to ask for."""
    on_ct = (assessment["hardware-failure-on-ct"], assessment["nonunion-on-ct"])
    found = []
    if on_ct[1].reason is Reason.EARLY:
        found.append("Early after the last fusion: bridging may still be incomplete.")
    if not any(judged.is_met for judged in on_ct):
        found += ask_for_report(inputs.record, inputs.imaging, inputs.configuration)
        if is_drafted(inputs.record, inputs.intent.drafted, CT):
            found.append("A CT is ordered in this session: its result is pending.")
    reasons = {judged.reason for judged in on_ct}
    if Reason.PRELIMINARY in reasons:
        found.append("The newest CT report is preliminary: ask for the final report.")
    if Reason.LEVEL_GAP in reasons:
        found.append("The CT report does not address every level: ask for an addendum.")
    return found


def caveats(assessment: Assessment, inputs: RevisionInputs) -> list[str]:
    """Return what follows the criteria; nothing does in an emergency (RV-X3 shortens the card)."""
    hardware, nonunion = assessment["hardware-failure-on-ct"], assessment["nonunion-on-ct"]
    if inputs.red_flags or not (hardware.is_met or nonunion.is_met):
        return []
    named = ", ".join(inputs.failing_levels)
    return [
        "The source article asks to address all levels of the construct that show instability or "
        f"nonunion{f' (reports name {named})' if named else ''}."
    ]


def figures(inputs: RevisionInputs) -> list[str]:
    """Return what the article's figures come to; nothing in an emergency."""
    if inputs.red_flags:
        return []
    return figures_section(CLAIMS, inputs.configuration, grade=GRADE)


def payer_position(assessment: Assessment, inputs: RevisionInputs) -> list[str]:
    """Return the attributed sentence on payer criteria, where both findings are met (1.3-F)."""
    both = (assessment["hardware-failure-on-ct"], assessment["nonunion-on-ct"])
    wanted = inputs.configuration.flag("payer.sourcePosition")
    return [PAYER_POSITION] if wanted and all(finding.is_met for finding in both) else []


def _hidden(inputs: RevisionInputs) -> frozenset[str]:
    """Return the risk factors left out: nothing to optimise delays an emergency (RV-X3)."""
    if not inputs.red_flags:
        return frozenset()
    return frozenset(
        {"tobacco-use", "nutritional-deficiency", "uncontrolled-diabetes", "poor-bone-quality"}
    )
