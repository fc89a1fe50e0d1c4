"""Opioid use of a patient: regular or not, chronic or not, and the daily dose of all together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from cds_service.engine.content import Configuration
from cds_service.engine.datatypes import CodeableConcept, Dosage, Reference
from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import MedicationRequest, MedicationStatement
from hooks.spine.opioids.dose import is_as_needed, is_at_most, is_unscheduled, mme_per_day, schedule
from hooks.spine.opioids.products import Product, is_named, opioid_of
from hooks.spine.opioids.supply import (
    days_supplied,
    end_of_bounds,
    lasted_until,
    still_taken,
    supply_of,
)
from hooks.spine.problems import active, evidence_of, possible, problems

_Alike: TypeAlias = tuple[str, float | None, bool, bool, tuple[float | None, ...]]

_OPEN = (None, "unknown")  # statuses of which nobody knows whether the medicine is taken
READS = ("medication_requests", "medication_statements", "conditions")


class OpioidUse(msgspec.Struct, frozen=True, gc=False):
    """One opioid of one request or statement.

    ``mme`` is MME a day, None when it cannot be computed; ``at_most`` says that it is the most that
    may be taken. ``supply_days`` is None when the supply is not recorded. ``start`` is the day from
    which the supply counts. ``unscheduled`` is True when words alone say when it is taken.
    """

    product: Product
    mme: float | None
    as_needed: bool
    at_most: bool
    unscheduled: bool
    schedule: tuple[float | None, ...]
    start: date | None
    supply_days: float | None
    is_active: bool
    in_window: bool
    evidence: Evidence


class OpioidHistory(msgspec.Struct, frozen=True, dict=True):
    """All opioids of the record, the medicines that cannot be named, and what the problems say.

    ``perhaps_taken`` are opioids of which the record does not know whether they are taken.
    ``days_supplied`` counts the days for which any opioid was given in the chronic window, those to
    come as well; ``chronic_days`` of them make the use chronic. What was taken within
    ``window_days`` is recent.
    """

    uses: tuple[OpioidUse, ...]
    unnamed: tuple[Evidence, ...]
    perhaps_taken: tuple[Evidence, ...]
    problems: tuple[Evidence, ...]
    duplicates: int
    days_supplied: float
    chronic_days: int
    window_days: int
    record: PatientRecord
    configuration: Configuration

    @cached_property
    def active(self) -> tuple[OpioidUse, ...]:
        """The opioids that are taken now, each once."""
        return tuple([use for use in self.uses if use.is_active])

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
        """Whether the supply of all opioids together makes their use chronic."""
        return self.days_supplied >= self.chronic_days

    def dose_in_words(self) -> str:
        """Return the dose as the card says it: the computed part and the agents left out."""
        parts = []
        computed = [use for use in self.active if use.mme is not None]
        if computed:
            up_to = "up to " if any(use.at_most for use in computed) else ""
            parts.append(f"{up_to}{self.mme:g} MME/day")
        if self.not_computable:
            names = ", ".join(sorted({u.product.ingredient.name for u in self.not_computable}))
            count = len(self.not_computable)
            agents = "agent" if count == 1 else "agents"
            parts.append(f"{count} {agents} not calculable ({names}): dose could not be computed")
        if self.duplicates:
            parts.append("a possible duplicate was counted once")
        return "; ".join(parts)


def read_opioids(
    record: PatientRecord, configuration: Configuration, named: tuple[Evidence, ...] = ()
) -> OpioidHistory:
    """Return the opioid history of the record; ``named`` are the problems in words that tell it."""
    uses: list[OpioidUse] = []
    unnamed: list[Evidence] = []
    perhaps: list[Evidence] = []
    recent = configuration.count("opioid.windowDays")
    for medicine, use in _medicines(record, record.as_of - timedelta(days=recent)):
        product = opioid_of(medicine) if medicine is not None else None
        if product is not None and use.is_perhaps_taken:
            perhaps.append(
                replace(use.evidence, says=f"{product.ingredient.name}, perhaps not taken")
            )
        elif product is not None:
            dosages = still_taken(record, use.dosages) if use.is_active else use.dosages
            uses.append(use.of(product, mme_per_day(product, dosages), is_as_needed(use.dosages)))
        elif not is_named(medicine) and (use.in_window or use.is_perhaps_taken):
            unnamed.append(replace(use.evidence, says="a medicine that cannot be named"))
    kept, coded = _without_duplicates(uses), problems(record, "opioid-use")
    enough, window = configuration.ratio("opioid.chronicDays")
    return OpioidHistory(
        uses=tuple(kept),
        unnamed=tuple(unnamed),
        perhaps_taken=tuple(perhaps),
        problems=evidence_of(active(coded) + possible(coded)) + named,
        duplicates=len(uses) - len(kept),
        days_supplied=days_supplied(
            [(use.start, use.supply_days) for use in uses], record.as_of - timedelta(days=window)
        ),
        chronic_days=enough,
        window_days=recent,
        record=record,
        configuration=configuration,
    )


class _Entry(msgspec.Struct, frozen=True, gc=False):
    dosages: Sequence[Dosage]
    when: DateInterval | None
    supply_days: float | None
    is_active: bool
    in_window: bool
    is_perhaps_taken: bool
    reference: str

    @property
    def evidence(self) -> Evidence:
        return Evidence(Origin.CODED, self.reference, self.when.text if self.when else "")

    def of(self, product: Product, mme: float | None, as_needed: bool) -> OpioidUse:
        at_most = is_at_most(self.dosages)
        up_to = "up to " if at_most else ""
        dose = f" {up_to}{mme:g} MME/day" if mme is not None else ", dose could not be computed"
        evidence = replace(
            self.evidence,
            says=f"{product.ingredient.name}{' as needed' if as_needed else ''}{dose}",
        )
        return OpioidUse(
            product,
            mme,
            as_needed,
            at_most,
            is_unscheduled(self.dosages),
            schedule(self.dosages),
            self.when.last if self.when else None,
            self.supply_days,
            self.is_active,
            self.in_window,
            evidence,
        )


def _medicines(
    record: PatientRecord, since: date
) -> Iterator[tuple[CodeableConcept | None, _Entry]]:
    for request in record.all(MedicationRequest):
        concept = request.medication_codeable_concept
        if concept is None:
            concept = record.medicine(request, _named_by(request.medication_reference))
        yield concept, _request(record, request, since)
    for statement in record.all(MedicationStatement):
        concept = statement.medication_codeable_concept
        if concept is None:
            concept = record.medicine(statement, _named_by(statement.medication_reference))
        yield concept, _statement(record, statement, since)


def _request(record: PatientRecord, request: MedicationRequest, since: date) -> _Entry:
    when = record.dated(request.authored_on)
    supply = supply_of(record, request)
    ended = end_of_bounds(record, request.dosage_instruction)
    is_active = request.status == "active" and not (ended and ended < record.as_of)
    lasted, is_open = lasted_until(when, supply), request.status in _OPEN
    has_ended = bool(ended and ended < since) or bool(when and supply and lasted < since)
    return _Entry(
        dosages=request.dosage_instruction,
        when=when,
        supply_days=supply,
        is_active=is_active,
        in_window=is_active or (lasted >= since and not is_open),
        is_perhaps_taken=is_open and not has_ended,
        reference=request.reference,
    )


def _statement(record: PatientRecord, statement: MedicationStatement, since: date) -> _Entry:
    period = statement.effective_period
    start = record.dated(
        period.start if period else None, statement.effective_date_time, statement.date_asserted
    )
    end = record.dated(period.end) if period else None
    is_active = statement.status == "active" and not (end and end.last < record.as_of)
    days = None
    if period and period.start and start is not None:
        last = min(end.last, record.as_of) if end else record.as_of
        # The period of a medicine taken as needed says since when, not how much was supplied.
        is_regular = not (is_as_needed(statement.dosage) or is_unscheduled(statement.dosage))
        days = float((last - start.last).days) if is_regular else None
    lasted = end.last if end else (start.last if start else date.min)
    is_open = statement.status in _OPEN
    return _Entry(
        dosages=statement.dosage,
        when=start,
        supply_days=days,
        is_active=is_active,
        in_window=is_active or (lasted >= since and not is_open),
        is_perhaps_taken=is_open and (end is None or end.last >= since),
        reference=statement.reference,
    )


def _without_duplicates(uses: Iterable[OpioidUse]) -> list[OpioidUse]:
    """Count a medicine that is taken now once when several rows of it say so (rule 18).

    The first stands for all, with the longest supply that any of them records. What has ended is
    no dose, and the day of each row tells whether it was taken lately: they stay apart.
    """
    kept: list[OpioidUse] = []
    places: dict[_Alike, dict[float | None, int]] = {}
    for use in uses:
        of_strength = places.setdefault(_alike(use), {}) if use.is_active else {}
        place = _place(of_strength, use.product.strength)
        if place is None:
            of_strength[use.product.strength] = len(kept)
            kept.append(use)
        else:
            kept[place] = _with_longest_supply(kept[place], use)
    return kept


def _place(of_strength: dict[float | None, int], strength: float | None) -> int | None:
    """Return where the same medicine stands; a strength that is not said may be any."""
    if strength is None:
        return next(iter(of_strength.values()), None)
    return of_strength.get(None, of_strength.get(strength))


def _with_longest_supply(one: OpioidUse, other: OpioidUse) -> OpioidUse:
    supplies = [u.supply_days for u in (one, other) if u.supply_days is not None]
    return replace(one, supply_days=max(supplies)) if supplies else one


def _alike(use: OpioidUse) -> _Alike:
    """Return what must agree, beside the strength, for two to be the same medicine."""
    return (
        use.product.ingredient.rxcui,
        use.mme,
        use.as_needed,
        use.unscheduled,
        use.schedule,
    )


def _named_by(reference: Reference | None) -> str | None:
    return reference.reference if reference else None
