"""Judging regular and high-dose opioid use; a dose that cannot be computed is said, never zero."""

from __future__ import annotations

from cds_service.engine.content import Configuration
from cds_service.engine.judgement import Judgement, Reason, absent, present, unknown
from hooks.spine.opioids.use import READS, OpioidHistory, OpioidUse

MEDICINES = ("medication_requests", "medication_statements")


def judge_regular_use(history: OpioidHistory) -> Judgement:
    """Judge regular use: not as needed, or with a supply that makes it regular (rule 19)."""
    in_window = [use for use in history.uses if use.in_window]
    recent = [use for use in in_window if _counts(use, history.configuration)]
    enough = history.configuration.number("opioid.regularSupplyDays")
    if regular := [use for use in recent if _is_regular(use, enough)]:
        return present(*(use.evidence for use in regular), remark=history.dose_in_words())
    if undecided := [use for use in recent if use.supply_days is None or use.unscheduled]:
        return unknown(Reason.NOT_COMPUTABLE, *(use.evidence for use in undecided))
    evidence = tuple(use.evidence for use in in_window)
    if (open_question := _undecided(history, READS)) is not None:
        return open_question
    if history.problems:
        return unknown(Reason.POSSIBLE, *history.problems)
    none = _none_found(history, f"no opioid in the last {history.window_days} days")
    return absent(*(evidence or (history.record.absence(*READS, says=none),)))


def _none_found(history: OpioidHistory, but_earlier: str) -> str:
    return but_earlier if history.uses else "no opioid recorded"


def _counts(use: OpioidUse, configuration: Configuration) -> bool:
    """Whether an opioid is of the grade that is asked about (clinical.md 1.3-B)."""
    asked, is_weak = configuration["opioid.gradeII"], use.product.ingredient.is_weak
    return asked == "anyRegular" or is_weak == (asked == "whoStep2")


def _is_regular(use: OpioidUse, enough: float) -> bool:
    scheduled = not use.as_needed and not use.unscheduled
    return scheduled or (use.supply_days is not None and use.supply_days >= enough)


def judge_high_dose(history: OpioidHistory) -> Judgement:
    """Judge long-term high dose: the flagged dose with chronic supply (rule 18)."""
    dose, words = history.mme, history.dose_in_words()
    evidence = tuple(use.evidence for use in history.active)
    high = history.configuration.number("opioid.mmeHigh")
    if dose >= high:
        words = f"{words}; at least {high:g} MME/day"
    if dose >= history.configuration.number("opioid.mmeFlag"):
        if history.is_chronic:
            return present(*evidence, remark=words)
        return unknown(Reason.NOT_COMPUTABLE, *evidence, remark=f"{words}; supply not chronic")
    if history.not_computable:
        return unknown(Reason.NOT_COMPUTABLE, *evidence, remark=words)
    if (undecided := _undecided(history, MEDICINES)) is not None:
        return undecided
    none = _none_found(history, "no opioid is taken now")
    return absent(*(evidence or (history.record.absence(*MEDICINES, says=none),)), remark=words)


def _undecided(history: OpioidHistory, keys: tuple[str, ...]) -> Judgement | None:
    """Return the unknown that keeps "absent" from being said; None when nothing does."""
    if history.unnamed:
        return unknown(
            Reason.NOT_COMPUTABLE, *history.unnamed, remark="a medicine could not be named"
        )
    if history.perhaps_taken:
        return unknown(Reason.NOT_COMPUTABLE, *history.perhaps_taken)
    if not history.record.searched(*keys):
        return unknown(Reason.NOT_SEARCHED)
    return None
