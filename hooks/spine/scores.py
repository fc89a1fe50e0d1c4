"""Function and pain scores: how much pain limits, and whether it grows (HR-C10, RV-C3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from enum import Enum, auto

import msgspec

from cds_service.engine.dates import days_since
from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Judgement, Reason, met, not_met, unknown
from cds_service.engine.record import PatientRecord
from hooks.spine.constructs import Construct
from hooks.spine.laboratory import Measurement, first_evidence, measurements, preliminary
from hooks.spine.notes import NO_NOTES, Notes, affirmed, denied
from hooks.spine.problems import Problem, active, evidence_of
from hooks.spine.stated_findings import Topic

ODI_RANGE = (0.0, 100.0)
PAIN_RANGE = (0.0, 10.0)
_DIGITS = 6  # no scale is finer


class Score(msgspec.Struct, frozen=True, gc=False):
    """The dated scores of one scale, newest first, and how many were in another unit or range."""

    name: str
    scores: tuple[Measurement, ...]
    odd: tuple[Measurement, ...]

    @property
    def newest(self) -> Measurement | None:
        """The newest usable score."""
        return self.scores[0] if self.scores else None

    @property
    def newer_odd(self) -> tuple[Measurement, ...]:
        """The scores that are not usable and may be newer than the newest usable one."""
        newest = self.newest.when if self.newest else None
        if newest is None:
            return self.odd
        return tuple(m for m in self.odd if m.when is not None and m.when.last > newest.last)


def read_score(
    record: PatientRecord, value_set: str, name: str, limits: tuple[float, float]
) -> Score:
    """Return the scores of a scale; a value outside its range, or with a unit, is not usable.

    Per cent is the unit of a scale to 100 alone, and what lies below 1 there is a fraction of it.
    """
    found = measurements(record, value_set)
    usable = tuple(m for m in found if _is_score(m, limits))
    odd = tuple(m for m in found if not _is_score(m, limits))
    return Score(name, usable, odd)


def _is_score(measurement: Measurement, limits: tuple[float, float]) -> bool:
    low, high = limits
    value, unit, to_100 = measurement.value, measurement.unit, limits == ODI_RANGE
    plain = unit in ("", "1", "points", "score") or unit.startswith("{") or (to_100 and unit == "%")
    if value is None or not plain or measurement.comparator:
        return False
    return low <= value <= high and not (to_100 and 0 < value <= 1)


class FunctionScores(msgspec.Struct, frozen=True, gc=False):
    """ODI and pain scores with the thresholds they are held against; the thresholds are ours."""

    record: PatientRecord
    odi: Score
    pain: Score
    max_age_days: int
    odi_min: float
    pain_min: float
    notes: Notes = NO_NOTES

    @property
    def noted(self) -> tuple[list[Topic], list[Topic]]:
        """What the newest note on function says, when it counts, and when it is too old."""
        said, record = self.notes.on("function"), self.record
        days = [(t, record.dated(t.evidence.date)) for t in said]
        old = [
            t for t, when in days if when and days_since(when, record.as_of)[1] > self.max_age_days
        ]
        return [t for t in said if t not in old], old


def judge_function_limited(function: FunctionScores) -> Judgement:
    """Judge "pain limits function" by the newest scores, and by what a note says (HR-C10)."""
    scored = _judge_scores(function)
    said, old = function.noted
    limits, unlimited = affirmed(said), denied(said)
    if (limits and (unlimited or scored.is_not_met)) or (unlimited and scored.is_met):
        return unknown(Reason.CONFLICTING, *scored.evidence, *limits, *unlimited)
    if limits:
        return met(*scored.evidence, *limits, remark=scored.remark if scored.is_met else "")
    if unlimited and scored.is_unknown:
        return not_met(*unlimited)
    if old and scored.reason is Reason.NO_DATA:
        return unknown(Reason.STALE, *(t.evidence for t in old))
    return scored


def _judge_scores(function: FunctionScores) -> Judgement:
    found: dict[_Says, list[Measurement]] = defaultdict(list)
    for score, minimum in ((function.odi, function.odi_min), (function.pain, function.pain_min)):
        says, scores = _newest_says(function, score, minimum)
        found[says] += scores
    evidence = {says: tuple(m.evidence for m in scores) for says, scores in found.items() if scores}
    if high := evidence.get(_Says.HIGH):
        return _if_newest_known(function.record, met(*high, remark="thresholds are ours"))
    if odd := evidence.get(_Says.UNUSABLE):
        return unknown(Reason.NOT_COMPUTABLE, *odd)
    if low := evidence.get(_Says.LOW):
        return _if_newest_known(function.record, not_met(*low, remark="thresholds are ours"))
    if stale := evidence.get(_Says.STALE):
        return unknown(Reason.STALE, *stale)
    if odd := evidence.get(_Says.NOTHING):
        return unknown(Reason.NOT_COMPUTABLE, *odd)
    return _without_scores(function.record)


class _Says(Enum):
    """What the newest score of a scale says."""

    HIGH = auto()
    LOW = auto()
    STALE = auto()
    UNUSABLE = auto()  # a score that cannot be read is newer than the one that can
    NOTHING = auto()  # no score can be read


def _newest_says(
    function: FunctionScores, score: Score, minimum: float
) -> tuple[_Says, tuple[Measurement, ...]]:
    newest, days = score.newest, function.max_age_days
    if newest is None:
        return _Says.NOTHING, score.odd
    newer = [m for m in score.newer_odd if not m.older_than_days(function.record, days)]
    if newer:
        return _Says.UNUSABLE, (*newer, newest)
    if newest.older_than_days(function.record, days):
        return _Says.STALE, (newest,)
    is_high = newest.value is not None and newest.value >= minimum
    return (_Says.HIGH if is_high else _Says.LOW), (newest,)


def _if_newest_known(record: PatientRecord, judgement: Judgement) -> Judgement:
    """Let an answer from the newest value stand only when the newest is surely known (rule 1)."""
    if record.newest_known("observations"):
        return judgement
    return unknown(Reason.NOT_SEARCHED, *judgement.evidence)


def _without_scores(record: PatientRecord) -> Judgement:
    if not record.searched("observations"):
        return unknown(Reason.NOT_SEARCHED)
    waiting = first_evidence(preliminary(record, "odi-score", "pain-score"))
    return unknown(Reason.PRELIMINARY if waiting else Reason.NO_DATA, *waiting)


class SymptomTrend(msgspec.Struct, frozen=True, gc=False):
    """Serial scores since the last fusion, and the differences that count as a change (ours)."""

    record: PatientRecord
    pain_coded: tuple[Problem, ...]
    odi: Score
    pain: Score
    odi_delta: float
    pain_delta: float
    construct: Construct
    notes: Notes = NO_NOTES


def judge_worsening(trend: SymptomTrend) -> Judgement:
    """Judge "symptoms worsen" when documented so, or by scores that rise (contract, rule 24)."""
    scored = _judge_trend(trend)
    said = trend.notes.on("worsening")
    worse, better = affirmed(said), denied(said)
    contrary = (worse and (better or scored.is_not_met)) or (better and scored.is_met)
    if contrary or scored.reason is Reason.CONFLICTING:
        return unknown(Reason.CONFLICTING, *scored.evidence, *worse, *better)
    if worse:
        return met(*scored.evidence, *worse, remark=scored.remark if scored.is_met else "")
    return not_met(*better) if better and scored.is_unknown else scored


def _judge_trend(trend: SymptomTrend) -> Judgement:
    rises, falls = [], []
    for score, delta in ((trend.odi, trend.odi_delta), (trend.pain, trend.pain_delta)):
        series = _since_fusion(score, trend.construct)
        rises += _risen(series, delta)
        falls += _fallen(series, delta)
    if rises and falls:
        return unknown(Reason.CONFLICTING, *dict.fromkeys(rises + falls))
    if rises:
        return _if_newest_known(trend.record, met(*rises, remark="difference is our threshold"))
    if falls:
        return _if_newest_known(trend.record, not_met(*falls, remark="difference is our threshold"))
    if not trend.record.searched("conditions", "observations", "document_references"):
        return unknown(Reason.NOT_SEARCHED, *evidence_of(active(trend.pain_coded)))
    return unknown(
        Reason.NO_DATA, *evidence_of(active(trend.pain_coded)), remark="no trend documented"
    )


def _since_fusion(score: Score, construct: Construct) -> tuple[Measurement, ...]:
    """Return the dated scores that are not surely older than the last fusion, newest first."""
    last = construct.last_dated_fusion
    return tuple(
        m for m in score.scores if m.when and (last is None or m.when.surely_not_before(last))
    )


def _risen(series: tuple[Measurement, ...], delta: float) -> list[Evidence]:
    """Return the newest score and the earlier one above which it rose by the difference."""
    return _changed(series, lambda rise: rise >= delta)


def _fallen(series: tuple[Measurement, ...], delta: float) -> list[Evidence]:
    return _changed(series[:2], lambda rise: -rise >= delta)


def _changed(series: tuple[Measurement, ...], test: Callable[[float], bool]) -> list[Evidence]:
    if not series or series[0].value is None:
        return []
    newest = series[0]
    for earlier in series[1:]:
        if not _is_earlier(earlier, newest) or earlier.value is None or newest.value is None:
            continue
        if test(round(newest.value - earlier.value, _DIGITS)):  # 5.1 is 2 above 3.1
            return [earlier.evidence, newest.evidence]
    return []


def _is_earlier(one: Measurement, other: Measurement) -> bool:
    return one.when is not None and other.when is not None and one.when.surely_before(other.when)
