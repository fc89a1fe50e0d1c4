"""The card about one revision order."""

from __future__ import annotations

from cds_service.engine.assessment import Assessment
from cds_service.engine.card import SUMMARY_LIMIT, Card, Concept, Source
from cds_service.engine.judgement import Judgement, Reason
from hooks.fusion_revision.citations import SEED
from hooks.fusion_revision.inputs import RevisionInputs
from hooks.fusion_revision.risk_factors import hba1c_is_above
from hooks.fusion_revision.suggestions import suggested
from hooks.spine.findings import Stance, Target
from hooks.spine.suggestions import CT, is_drafted
from hooks.spine.wording import OVERRIDE_REASONS, common_notices, detail, order_lines, thresholds

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
_OPEN = frozenset({Reason.EARLY, Reason.CONFLICTING})


def advise(assessment: Assessment, inputs: RevisionInputs) -> Card | None:
    """Return the card about the revision orders; None when only open points are wanted."""
    if not inputs.intent.certain and not inputs.prior_fusion:
        return _unchecked(assessment, inputs)
    open_points = any(not judged.judgement.is_met for judged in assessment.criteria)
    if inputs.configuration["card.when"] == "open-points" and not open_points:
        return None
    headline, causes = headline_of(assessment), alerts(assessment, inputs)
    beside = [cause for cause in causes if cause != "not shown on CT"]  # the headline says so
    return _card(
        assessment,
        inputs,
        summary="; ".join([f"Revision fusion: {headline}", *beside])[: SUMMARY_LIMIT - 1],
        indicator="warning" if causes else "info",
        notices=[f"{headline[0].upper()}{headline[1:]}.", *notices(assessment, inputs)],
    )


def _card(
    assessment: Assessment,
    inputs: RevisionInputs,
    *,
    summary: str,
    indicator: str,
    notices: list[str],
) -> Card:
    return Card(
        summary=summary,
        indicator=indicator,
        detail=detail(
            assessment,
            lead=f"**{assessment.tally()}.** {order_lines(inputs.intent)}",
            notices=notices,
            caveats=[
                *caveats(assessment, inputs),
                thresholds(assessment, inputs.configuration),
            ],
            hidden=_hidden(inputs),
            limit=inputs.configuration.count("card.maxDetailCharacters"),
        ),
        source=SOURCE,
        assessment=assessment,
        suggestions=suggested(assessment, inputs),
        override_reasons=OVERRIDE_REASONS,
    )


def _unchecked(assessment: Assessment, inputs: RevisionInputs) -> Card:
    """Return the card for a fusion order whose record could not be read (contract, rule 7)."""
    said = "Whether this fusion revises an earlier one could not be checked."
    return _card(
        assessment,
        inputs,
        summary="Lumbar fusion: whether it revises an earlier fusion could not be checked",
        indicator="info",
        notices=[said, *common_notices(inputs.intent, age_known=inputs.age.is_known)],
    )


def headline_of(assessment: Assessment) -> str:
    """Return how hardware failure and nonunion together stand to the stated indication (1.3-D)."""
    hardware, nonunion = assessment["hardware-failure-on-ct"], assessment["nonunion-on-ct"]
    if hardware.is_met and nonunion.is_met:
        return "matches the source article's stated indication"
    if hardware.is_met or nonunion.is_met:
        return "partly matches the source article's stated indication"
    if hardware.is_not_met and nonunion.is_not_met:
        return "newest CT contradicts the stated indication"
    return "hardware failure and nonunion not shown on an adequate CT"


def alerts(assessment: Assessment, inputs: RevisionInputs) -> list[str]:
    """Return why the card is a warning, in a few words each (contract, "Cards" and rule 4)."""
    hardware, nonunion = assessment["hardware-failure-on-ct"], assessment["nonunion-on-ct"]
    found = []
    if not hardware.is_met and not nonunion.is_met:
        found.append("not shown on CT")
    if nonunion.reason in _OPEN and not (hardware.is_met and _is_broken(inputs)):
        found.append(f"nonunion {nonunion.reason}")
    infection = assessment["no-evidence-of-infection"]
    if inputs.configuration.flag("rv.addons.infection"):
        found += _about_infection(infection)
    if inputs.omitted_levels:
        found.append("order omits levels")
    if _hba1c_is_high(inputs):
        found.append("HbA1c high")
    return found


def _about_infection(infection: Judgement) -> list[str]:
    if infection.is_not_met:
        return ["infection documented"]
    if infection.reason is Reason.POSSIBLE:
        return ["infection possible"]
    return ["infection data unread"] if infection.reason is Reason.NOT_SEARCHED else []


def _is_broken(inputs: RevisionInputs) -> bool:
    return bool(
        inputs.hardware.findings(
            lambda f: f.target is Target.BREAKAGE and f.stance is Stance.AFFIRMED
        )
    )


def _hba1c_is_high(inputs: RevisionInputs) -> bool:
    topic = inputs.optimisation
    hba1c = topic.hba1c if topic.is_current(topic.hba1c) else None
    return hba1c_is_above(hba1c, inputs.configuration.number("rv.hba1cHighPercent"))


def notices(assessment: Assessment, inputs: RevisionInputs) -> list[str]:
    """Return what the reader must know before the list of criteria."""
    found = common_notices(inputs.intent, age_known=inputs.age.is_known)
    if inputs.red_flags:
        found.append(
            "Cauda equina syndrome is recorded: do not delay; nothing to optimise is suggested."
        )
    if inputs.infection.is_affirmed and inputs.configuration.flag("rv.addons.infection"):
        found.append(
            "Infection is documented; see the infection pathway (not from the source article)."
        )
    if omitted := inputs.omitted_levels:
        found.append(
            f"A report names failing levels that the order omits: {', '.join(omitted)}. "
            "The source article asks to address all levels."
        )
    hardware, nonunion = assessment["hardware-failure-on-ct"], assessment["nonunion-on-ct"]
    if nonunion.reason is Reason.EARLY:
        found.append("Early after the last fusion: bridging may still be incomplete.")
    if is_drafted(inputs.record, inputs.intent.drafted, CT) and not (
        hardware.is_met or nonunion.is_met
    ):
        found.append("A CT is ordered in this session: its result is pending.")
    if Reason.PRELIMINARY in (hardware.reason, nonunion.reason):
        found.append("The newest CT report is preliminary: ask for the final report.")
    if Reason.LEVEL_GAP in (hardware.reason, nonunion.reason):
        found.append("The CT report does not address every level: ask for an addendum.")
    return found


def caveats(assessment: Assessment, inputs: RevisionInputs) -> list[str]:
    """Return what follows the criteria: all levels, the attributed payer sentence.

    Nothing follows in an emergency (RV-X3 shortens the card).
    """
    if inputs.red_flags:
        return []
    said = []
    hardware, nonunion = assessment["hardware-failure-on-ct"], assessment["nonunion-on-ct"]
    if hardware.is_met or nonunion.is_met:
        said.append(
            "The source article asks to address all levels of the construct that show "
            "instability or nonunion."
        )
    if hardware.is_met and nonunion.is_met and inputs.configuration.flag("payer.sourcePosition"):
        said.append(PAYER_POSITION)
    return said


def _hidden(inputs: RevisionInputs) -> frozenset[str]:
    """Return the risk factors left out: nothing to optimise delays an emergency (RV-X3)."""
    if not inputs.red_flags:
        return frozenset()
    return frozenset(
        {"tobacco-use", "nutritional-deficiency", "uncontrolled-diabetes", "poor-bone-quality"}
    )
