"""Opioid use of a patient: regular or not, chronic or not, and the daily dose of all together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import msgspec
from msgspec.structs import replace

from cds_service.engine.content import Configuration
from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import (
    CodeableConcept,
    Dosage,
    MedicationRequest,
    MedicationStatement,
    Quantity,
    Reference,
)
from hooks.spine.opioids.dose import is_as_needed, mme_per_day
from hooks.spine.opioids.products import Product, is_named, opioid_of
from hooks.spine.problems import Problem, active, problems

READS = ("medication_requests", "medication_statements", "conditions")
_DAYS_OF = {"d": 1.0, "wk": 7.0, "mo": 30.0, "a": 365.0, "h": 1 / 24}


class OpioidUse(msgspec.Struct, frozen=True):
    """One opioid of one request or statement.

    ``mme`` is MME a day, None when it cannot be computed; ``supply_days`` is None when the
    supply is not recorded.
    """

    product: Product
    mme: float | None
    as_needed: bool
    supply_days: float | None
    is_active: bool
    in_window: bool
    evidence: Evidence
    is_statement: bool


class OpioidHistory(msgspec.Struct, frozen=True, dict=True):
    """All opioids of the record, the medicines that cannot be named, and what is coded."""

    uses: tuple[OpioidUse, ...]
    unnamed: tuple[Evidence, ...]
    coded: tuple[Problem, ...]
    duplicates: int
    record: PatientRecord
    configuration: Configuration

    @property
    def active(self) -> tuple[OpioidUse, ...]:
        """The opioids that are taken now, each once."""
        return tuple(use for use in self.uses if use.is_active)

    @property
    def mme(self) -> float:
        """The MME a day of all active opioids that can be computed."""
        return sum(use.mme for use in self.active if use.mme is not None)

    @property
    def not_computable(self) -> tuple[OpioidUse, ...]:
        """The active opioids whose dose cannot be computed."""
        return tuple(use for use in self.active if use.mme is None)

    @property
    def is_chronic(self) -> bool:
        """Whether any active opioid has a supply that makes it chronic."""
        wanted = self.configuration.number("opioid.chronicSupplyDays")
        return any(use.supply_days is not None and use.supply_days >= wanted for use in self.active)

    def dose_in_words(self) -> str:
        """Return the dose as the card says it: the computed part and the agents left out."""
        parts = []
        computed = [use for use in self.active if use.mme is not None]
        if computed:
            up_to = "up to " if any(use.as_needed for use in computed) else ""
            parts.append(f"{up_to}{self.mme:g} MME/day")
        if self.not_computable:
            names = ", ".join(sorted({u.product.ingredient.name for u in self.not_computable}))
            count = len(self.not_computable)
            agents = "agent" if count == 1 else "agents"
            parts.append(f"{count} {agents} not calculable ({names}): dose could not be computed")
        if self.duplicates:
            parts.append("a possible duplicate was counted once")
        return "; ".join(parts)


def read_opioids(record: PatientRecord, configuration: Configuration) -> OpioidHistory:
    """Return the opioid history of the record, requests and statements together."""
    uses: list[OpioidUse] = []
    unnamed: list[Evidence] = []
    for medicine, use in _medicines(record, configuration):
        product = opioid_of(medicine) if medicine is not None else None
        if product is not None:
            dosages = use.dosages
            uses.append(use.of(product, mme_per_day(product, dosages), is_as_needed(dosages)))
        elif not is_named(medicine) and (use.is_active or use.in_window):
            unnamed.append(replace(use.evidence, says="a medicine that cannot be named"))
    kept = _without_duplicates(uses)
    return OpioidHistory(
        uses=tuple(kept),
        unnamed=tuple(unnamed),
        coded=active(problems(record, "opioid-use")),
        duplicates=len(uses) - len(kept),
        record=record,
        configuration=configuration,
    )


class _Entry(msgspec.Struct, frozen=True):
    dosages: Sequence[Dosage]
    supply_days: float | None
    is_active: bool
    in_window: bool
    reference: str
    dated: str
    is_statement: bool

    @property
    def evidence(self) -> Evidence:
        return Evidence(Origin.CODED, self.reference, self.dated)

    def of(self, product: Product, mme: float | None, as_needed: bool) -> OpioidUse:
        dose = f" {mme:g} MME/day" if mme is not None else ", dose could not be computed"
        evidence = replace(
            self.evidence,
            says=f"{product.ingredient.name}{' as needed' if as_needed else ''}{dose}",
        )
        return OpioidUse(
            product,
            mme,
            as_needed,
            self.supply_days,
            self.is_active,
            self.in_window,
            evidence,
            self.is_statement,
        )


def _medicines(
    record: PatientRecord, configuration: Configuration
) -> Iterator[tuple[CodeableConcept | None, _Entry]]:
    since = record.as_of - timedelta(days=configuration.count("opioid.windowDays"))
    window = configuration.number("opioid.chronicWindowDays")
    for request in record.all(MedicationRequest):
        concept = request.medication_codeable_concept
        if concept is None:
            concept = record.medicine(request, _named_by(request.medication_reference)).concept
        yield concept, _request(record, request, since)
    for statement in record.all(MedicationStatement):
        concept = statement.medication_codeable_concept
        if concept is None:
            concept = record.medicine(statement, _named_by(statement.medication_reference)).concept
        yield concept, _statement(record, statement, since, window)


def _request(record: PatientRecord, request: MedicationRequest, since: date) -> _Entry:
    when = record.dated(request.authored_on)
    supply = _supply(record, request)
    ended = _end_of_bounds(record, request.dosage_instruction)
    is_active = request.status in ("active", "on-hold") and not (ended and ended < record.as_of)
    return _Entry(
        dosages=request.dosage_instruction,
        supply_days=supply,
        is_active=is_active,
        in_window=is_active or _lasted_until(when, supply) >= since,
        reference=request.reference,
        dated=when.text if when else "",
        is_statement=False,
    )


def _statement(
    record: PatientRecord, statement: MedicationStatement, since: date, window: float
) -> _Entry:
    period = statement.effective_period
    start = record.dated(
        period.start if period else None, statement.effective_date_time, statement.date_asserted
    )
    end = record.dated(period.end) if period else None
    is_active = statement.status == "active" and not (end and end.last < record.as_of)
    days = None
    if period and period.start and start is not None:
        last = min(end.last, record.as_of) if end else record.as_of
        days = min(float((last - start.last).days), window)
    lasted = end.last if end else (start.last if start else date.min)
    return _Entry(
        dosages=statement.dosage,
        supply_days=days,
        is_active=is_active,
        in_window=is_active or lasted >= since,
        reference=statement.reference,
        dated=start.text if start else "",
        is_statement=True,
    )


def _supply(record: PatientRecord, request: MedicationRequest) -> float | None:
    """Return the days of supply of a request: dispensed with its refills, else its bounds."""
    dispense = request.dispense_request
    if dispense and (days := _in_days(dispense.expected_supply_duration)) is not None:
        return days * (1 + (dispense.number_of_repeats_allowed or 0))
    for dosage in request.dosage_instruction:
        repeat = dosage.timing.repeat if dosage.timing else None
        if repeat is None:
            continue
        if (days := _in_days(repeat.bounds_duration)) is not None:
            return days
        bounds = repeat.bounds_period
        start = record.dated(bounds.start) if bounds else None
        if start is not None:
            end = record.dated(bounds.end) if bounds else None
            last = min(end.last, record.as_of) if end else record.as_of
            return float(max((last - start.last).days, 0))
    return None


def _end_of_bounds(record: PatientRecord, dosages: Sequence[Dosage]) -> date | None:
    ends = [
        record.dated(d.timing.repeat.bounds_period.end)
        for d in dosages
        if d.timing and d.timing.repeat and d.timing.repeat.bounds_period
    ]
    known = [end.last for end in ends if end is not None]
    return max(known) if known and len(known) == len(dosages) else None


def _lasted_until(when: DateInterval | None, supply: float | None) -> date:
    if when is None:
        return date.min
    return when.last + timedelta(days=supply or 0)


def _in_days(duration: Quantity | None) -> float | None:
    if duration is None or duration.value is None:
        return None
    unit = (duration.code or duration.unit or "").lower()
    known = _DAYS_OF.get(unit) or _DAYS_OF.get(
        {"days": "d", "day": "d", "weeks": "wk"}.get(unit, "")
    )
    return duration.value * known if known else None


def _without_duplicates(uses: list[OpioidUse]) -> list[OpioidUse]:
    """Count the same medicine once when a request and a statement both carry it (rule 18)."""
    requests = [use for use in uses if not use.is_statement]
    kept = list(requests)
    for use in uses:
        if use.is_statement and not any(_same(use, other) for other in requests):
            kept.append(use)
    return kept


def _same(one: OpioidUse, other: OpioidUse) -> bool:
    return (
        one.is_active == other.is_active
        and one.product.ingredient is other.product.ingredient
        and one.mme == other.mme
        and one.as_needed == other.as_needed
    )


def _named_by(reference: Reference | None) -> str | None:
    return reference.reference if reference else None
