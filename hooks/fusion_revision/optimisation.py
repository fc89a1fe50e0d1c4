"""What the source article asks to evaluate first: tobacco, nutrition, diabetes, bone."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from cds_service.engine.content import Configuration
from cds_service.engine.dates import DateInterval, add_months
from cds_service.engine.evidence import Evidence
from cds_service.engine.record import PatientRecord
from hooks.spine.laboratory import (
    Measurement,
    measurements,
    newest,
    preliminary,
)
from hooks.spine.named_problems import (
    BONE,
    DIABETES,
    FORMER_SMOKING,
    NUTRITION,
    SMOKING,
    NamedProblems,
)
from hooks.spine.problems import Problem, active, evidence_of, possible, problems

_T_SCORE_UNITS = frozenset(
    ("", "1", "t-score", "t score", "tscore", "t", "score", "sd", "s.d.", "standard deviation",
     "standard deviations")
)  # fmt: skip
_DENSITY_UNITS = frozenset(("g/cm2", "g/cm^2", "g/cm²", "mg/cm2", "g/sq.cm"))


class Smoking(StrEnum):
    """The answer of a smoking status."""

    CURRENT = "current smoker"
    FORMER = "former smoker"
    NEVER = "never smoker"


class Tobacco(msgspec.Struct, frozen=True, gc=False):
    """The newest smoking status, and what the problem list says of tobacco.

    ``earlier`` shows that the patient smoked once: older statuses, and problems that are over.
    ``quit`` is a day after which nobody recorded that the patient smokes.
    """

    status: Smoking | None
    measurement: Measurement | None
    current: tuple[Problem, ...]
    hinted: tuple[Evidence, ...]
    former: tuple[Evidence, ...]
    earlier: tuple[Evidence, ...]
    quit: DateInterval | None
    quit_evidence: tuple[Evidence, ...]


class Optimisation(msgspec.Struct, frozen=True, dict=True):
    """The four topics with their measurements; ages and limits come from the configuration.

    ``hinted`` are the problems that are not confirmed, or name the matter in words.
    """

    record: PatientRecord
    configuration: Configuration
    tobacco: Tobacco
    albumin: Measurement | None
    prealbumin: Measurement | None
    vitamin_d: Measurement | None
    malnutrition: tuple[Problem, ...]
    malnutrition_hinted: tuple[Evidence, ...]
    diabetes: tuple[Problem, ...]
    diabetes_hinted: tuple[Evidence, ...]
    hba1c: Measurement | None
    osteoporosis: tuple[Problem, ...]
    osteoporosis_hinted: tuple[Evidence, ...]
    osteopenia: tuple[Problem, ...]
    t_scores: tuple[Measurement, ...]

    def is_current(self, measurement: Measurement | None) -> bool:
        """Whether a laboratory value is young enough to count."""
        days = self.configuration.count("labs.optimisationMaxAgeDays")
        return measurement is not None and not measurement.older_than_days(self.record, days)

    def unfinished(self, *value_sets: str) -> tuple[Evidence, ...]:
        """Return the results that are not final yet, nor surely older than a final one of them.

        What would be too old to count, were it final, is no open question.
        """
        found = ((each, m) for each in value_sets for m in preliminary(self.record, each))
        return tuple(m.evidence for each, m in found if self._may_count(each, m))

    def _may_count(self, value_set: str, measurement: Measurement) -> bool:
        if measurement.when is None:
            return True
        if value_set == "smoking-status":
            return self.is_recent_status(measurement)
        if value_set == "dxa-t-score":
            return self.is_recent_density(measurement.when)
        return self.is_current(measurement)

    def is_recent_status(self, status: Measurement) -> bool:
        """Whether a smoking status is young enough to count."""
        months = self.configuration.count("tobacco.maxAgeMonths")
        return not status.older_than_months(self.record, months)

    def is_due(self, value_set: str, measurement: Measurement | None) -> bool:
        """Whether a laboratory value is to be measured: none is current or under way."""
        return not self.is_current(measurement) and not self.unfinished(value_set)

    @property
    def current_t_scores(self) -> tuple[Measurement, ...]:
        """The T-scores that are young enough to count."""
        return tuple(m for m in self._recent_densities if _is_t_score(m))

    @property
    def odd_t_scores(self) -> tuple[Measurement, ...]:
        """The young ones that are none: a bone density in grams, or no number."""
        return tuple(m for m in self._recent_densities if not _is_t_score(m))

    @property
    def _recent_densities(self) -> tuple[Measurement, ...]:
        return tuple(m for m in self.t_scores if m.when and self.is_recent_density(m.when))

    def is_recent_density(self, measured: DateInterval) -> bool:
        """Whether a bone density is surely young enough to count."""
        months = self.configuration.count("dxa.maxAgeMonths")
        return add_months(measured.first, months) >= self.record.as_of


def is_density(measurement: Measurement) -> bool:
    """Whether a value is a bone density itself, from which a T-score is made."""
    return measurement.unit.lower() in _DENSITY_UNITS


def _is_t_score(measurement: Measurement) -> bool:
    """Whether a value is a number of standard deviations, however that is written."""
    unit = measurement.unit.lower()
    return measurement.value is not None and (unit.startswith("{") or unit in _T_SCORE_UNITS)


def read_optimisation(
    record: PatientRecord, configuration: Configuration, named: NamedProblems
) -> Optimisation:
    """Return what the record says about the four topics."""
    malnutrition = problems(record, "malnutrition", "vitamin-d-deficiency")
    diabetes, osteoporosis = problems(record, "diabetes"), problems(record, "osteoporosis")
    return Optimisation(
        record=record,
        configuration=configuration,
        tobacco=_tobacco(record, named),
        albumin=newest(record, "albumin"),
        prealbumin=newest(record, "prealbumin"),
        vitamin_d=newest(record, "vitamin-d"),
        malnutrition=active(malnutrition),
        malnutrition_hinted=evidence_of(possible(malnutrition)) + named[NUTRITION],
        diabetes=active(diabetes),
        diabetes_hinted=evidence_of(possible(diabetes)) + named[DIABETES],
        hba1c=newest(record, "hba1c"),
        osteoporosis=active(osteoporosis),
        osteoporosis_hinted=evidence_of(possible(osteoporosis)) + named[BONE],
        osteopenia=active(problems(record, "osteopenia")),
        t_scores=measurements(record, "dxa-t-score"),
    )


_SMOKING = {
    "smoking-current": Smoking.CURRENT,
    "smoking-former": Smoking.FORMER,
    "smoking-never": Smoking.NEVER,
}


def _tobacco(record: PatientRecord, named: NamedProblems) -> Tobacco:
    answers = measurements(record, "smoking-status")
    measurement = answers[0] if answers else None
    smoking = [m for m in answers if _status(record, m) is Smoking.CURRENT]
    smoked = problems(record, "tobacco-current")
    ended = [
        (record.dated(p.condition.abatement_date_time), p.evidence)
        for p in smoked
        if p.condition.abatement_date_time
    ]
    known = [
        (when, evidence)
        for when, evidence in ended
        if when is not None and all(m.when and m.when.surely_before(when) for m in smoking)
    ]
    last = max(known, key=lambda pair: pair[0].last, default=None)
    return Tobacco(
        status=_status(record, measurement) if measurement else None,
        measurement=measurement,
        current=active(smoked),
        hinted=evidence_of(possible(smoked)) + named[SMOKING],
        former=evidence_of(active(problems(record, "tobacco-former"))) + named[FORMER_SMOKING],
        earlier=_earlier(record, answers[1:], smoked),
        quit=last[0] if last else None,
        quit_evidence=(last[1],) if last else (),
    )


def _earlier(
    record: PatientRecord, answers: Iterable[Measurement], smoked: Iterable[Problem]
) -> tuple[Evidence, ...]:
    """Return the older answers, and the problems that are over, by which the patient smoked."""
    told = ((m.evidence, _status(record, m)) for m in answers)
    found = [replace(e, says=f"{e.says}: {s}") for e, s in told if s and s is not Smoking.NEVER]
    over = evidence_of(p for p in smoked if p.is_confirmed and not p.is_active)
    return (*found, *(replace(e, says=f"{e.says}, ended") for e in over))


def _status(record: PatientRecord, measurement: Measurement) -> Smoking | None:
    memberships = record.memberships(measurement.observation.value_codeable_concept)
    return next((s for vs, s in _SMOKING.items() if vs in memberships), None)


def quit_long_ago(tobacco: Tobacco, record: PatientRecord, months: int) -> bool:
    """Whether a known quit date lies surely at least so many months back."""
    return tobacco.quit is not None and add_months(tobacco.quit.last, months) <= record.as_of
