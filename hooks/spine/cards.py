"""The frame of a card that both guidelines fill: whether one is wanted, how urgent, how long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cds_service.engine.assessment import Assessment
from cds_service.engine.card import SUMMARY_LIMIT, Card, Source, Suggestion
from cds_service.engine.content import Configuration
from cds_service.engine.judgement import Status
from hooks.spine.order_intent import SpineOrderIntent
from hooks.spine.wording import OVERRIDE_REASONS, SAFETY, detail, order_lines, thresholds

ADULTS_ONLY = "The patient is a child, and the source article speaks of adults: not judged."


def is_wanted(assessment: Assessment, configuration: Configuration) -> bool:
    """Whether there is to be a card: always, or only while a criterion is not met."""
    if configuration["card.when"] == "always":
        return True
    return set(assessment.statuses) != {Status.MET}


def in_short(headline: str, causes: Sequence[str]) -> str:
    """Return the summary of a card: as many whole causes as fit, and how many more there are."""
    for shown in range(len(causes), -1, -1):
        more = [f"{len(causes) - shown} more"] if shown < len(causes) else []
        said = "; ".join([headline, *causes[:shown], *more])
        if len(said) < SUMMARY_LIMIT:
            break
    return said


def advisory(
    assessment: Assessment,
    intent: SpineOrderIntent,
    configuration: Configuration,
    source: Source,
    *,
    summary: str,
    warns: bool,
    notices: Iterable[str],
    caveats: Iterable[str] = (),
    closing: Iterable[str] = (),
    hidden: frozenset[str] = frozenset(),
    suggestions: tuple[Suggestion, ...] = (),
) -> Card:
    """Return a card about the orders; ``closing`` stands however long the rest is."""
    may_warn = configuration["indicator.max"] == "warning"
    return Card(
        summary=summary,
        indicator="warning" if warns and may_warn else "info",
        detail=detail(
            assessment,
            lead=f"**{assessment.tally()}.** {order_lines(intent)}",
            notices=notices,
            caveats=[*caveats, thresholds(assessment, configuration)],
            closing=closing,
            hidden=hidden,
            limit=configuration.count("card.maxDetailCharacters"),
        ),
        source=source,
        assessment=assessment,
        suggestions=suggestions,
        override_reasons=OVERRIDE_REASONS,
    )


def about_a_child(
    assessment: Assessment, intent: SpineOrderIntent, source: Source, what: str
) -> Card:
    """Return the card that says no more than that the source does not speak of children."""
    return Card(
        summary=f"{what}: the source article speaks of adults; not judged",
        indicator="info",
        detail="\n\n".join([order_lines(intent), ADULTS_ONLY, SAFETY]),
        source=source,
        assessment=assessment,
        override_reasons=OVERRIDE_REASONS,
    )
