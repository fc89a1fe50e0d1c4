"""The risk factors of the revision: topics to evaluate before surgery; they only counsel."""

from __future__ import annotations

from cds_service.engine.criterion import RiskFactor
from cds_service.engine.evidence import Evidence
from cds_service.engine.judgement import Judgement, Reason, absent, present, unknown
from hooks.fusion_revision.citations import OPTIMISATION, PSEUDARTHROSIS_RISKS_2024
from hooks.fusion_revision.inputs import RevisionInputs
from hooks.fusion_revision.optimisation import Optimisation, Smoking, is_density, quit_long_ago
from hooks.spine.laboratory import Measurement, Reading, first_evidence
from hooks.spine.problems import evidence_of

_PERCENT = ("%", "percent", "% of total hgb", "{hb}%", "%{hb}")


def judge_tobacco(inputs: RevisionInputs) -> Judgement:
    """Judge tobacco use from the newest smoking status and the problem list (rule 21)."""
    optimisation = inputs.optimisation
    tobacco, record = optimisation.tobacco, inputs.record
    measurement = tobacco.measurement
    observed = first_evidence([measurement])
    coded = evidence_of(tobacco.current)
    stale = measurement is not None and not optimisation.is_recent_status(measurement)
    status = None if stale else tobacco.status
    if coded and status in (Smoking.NEVER, Smoking.FORMER):
        return unknown(Reason.CONFLICTING, *coded, *observed)
    if coded or status is Smoking.CURRENT:
        return _if_newest(inputs, present(*coded, *observed, remark="current"), bool(coded))
    if stale and tobacco.status is not None:
        return unknown(Reason.STALE, *observed)
    if not record.searched("conditions") or not record.newest_known("observations"):
        return unknown(Reason.NOT_SEARCHED, *observed)
    return _without_current_use(inputs, status, observed)


def _without_current_use(
    inputs: RevisionInputs, status: Smoking | None, observed: tuple[Evidence, ...]
) -> Judgement:
    """Judge what the status and the past of a patient say whom nothing shows to smoke."""
    tobacco = inputs.optimisation.tobacco
    waiting = inputs.optimisation.unfinished("smoking-status")
    if open_question := _undecided(tobacco.hinted, waiting, observed):
        return open_question
    if status is Smoking.NEVER and not (tobacco.former or tobacco.earlier):
        return absent(*observed, remark="never smoker recorded")
    if status in (Smoking.NEVER, Smoking.FORMER) or tobacco.former:
        return _former(inputs, status, observed)
    return unknown(Reason.NO_DATA)


def _former(
    inputs: RevisionInputs, status: Smoking | None, observed: tuple[Evidence, ...]
) -> Judgement:
    """Judge who smoked once, whatever the status says: the quit date decides (rule 21)."""
    tobacco = inputs.optimisation.tobacco
    evidence = observed + tobacco.former
    months = inputs.configuration.count("tobacco.quitMonths")
    if quit_long_ago(tobacco, inputs.record, months):
        return absent(*evidence, *tobacco.quit_evidence, remark="former")
    if status is Smoking.NEVER:
        return unknown(Reason.CONFLICTING, *evidence, *tobacco.earlier)
    return unknown(Reason.POSSIBLE, *evidence, remark="former smoker, quit date not known")


def _if_newest(inputs: RevisionInputs, judgement: Judgement, shown_by_code: bool) -> Judgement:
    """Let an answer from the newest value stand only when the newest is surely known (rule 1)."""
    if shown_by_code or inputs.record.newest_known("observations"):
        return judgement
    return unknown(Reason.NOT_SEARCHED, *judgement.evidence)


def _undecided(
    hinted: tuple[Evidence, ...], waiting: tuple[Evidence, ...], evidence: tuple[Evidence, ...]
) -> Judgement | None:
    """Return the unknown that hints and unfinished results make of "absent"; None without any."""
    if hinted:
        return unknown(Reason.POSSIBLE, *hinted, *evidence)
    return unknown(Reason.PRELIMINARY, *waiting, *evidence) if waiting else None


def judge_nutrition(inputs: RevisionInputs) -> Judgement:
    """Judge nutrition by codes and by the laboratory's own reading of albumin and vitamin D."""
    topic = inputs.optimisation
    if topic.malnutrition:
        return present(*evidence_of(topic.malnutrition))
    proteins = [m for m in (topic.albumin, topic.prealbumin) if m and topic.is_current(m)]
    vitamin = [m for m in (topic.vitamin_d,) if m and topic.is_current(m)]
    measured = proteins + vitamin
    evidence = first_evidence(measured)
    if not inputs.record.newest_known("observations"):
        return unknown(Reason.NOT_SEARCHED, *evidence)
    if low := [m for m in measured if m.reading is Reading.LOW]:
        return present(*first_evidence(low))
    if not inputs.record.searched("conditions"):
        return unknown(Reason.NOT_SEARCHED, *evidence)
    waiting = topic.unfinished("albumin", "prealbumin", "vitamin-d")
    if open_question := _undecided(topic.malnutrition_hinted, waiting, evidence):
        return open_question
    if not proteins or not vitamin:
        return _not_measured(topic, measured)
    if any(m.reading is Reading.NOT_COMPUTABLE for m in measured):
        return unknown(Reason.NOT_COMPUTABLE, *evidence)
    return absent(*evidence, remark="adequate by the laboratory's own range")


def _not_measured(topic: Optimisation, measured: list[Measurement]) -> Judgement:
    """Return why one of proteins and vitamin D does not count: it is stale, or missing."""
    known = [m for m in (topic.albumin, topic.prealbumin, topic.vitamin_d) if m]
    reason = Reason.STALE if len(known) > len(measured) else Reason.NO_DATA
    return unknown(reason, *first_evidence(measured))


def judge_diabetes(inputs: RevisionInputs) -> Judgement:
    """Judge diabetes control by HbA1c, whatever the problem list says (rule 20)."""
    topic, record = inputs.optimisation, inputs.record
    hba1c = topic.hba1c if topic.is_current(topic.hba1c) else None
    percent = hba1c_percent(hba1c)
    evidence = first_evidence([hba1c]) + evidence_of(topic.diabetes)
    if hba1c_is_high(inputs):
        return _if_newest(inputs, present(*evidence), shown_by_code=False)
    if not record.searched("conditions") or not record.newest_known("observations"):
        return unknown(Reason.NOT_SEARCHED, *evidence)
    hinted = () if topic.diabetes else topic.diabetes_hinted
    if open_question := _undecided(hinted, topic.unfinished("hba1c"), evidence):
        return open_question
    if topic.diabetes:
        return _diabetic(topic, percent, evidence)
    return _no_diabetes(inputs, hba1c, percent, evidence)


def _no_diabetes(
    inputs: RevisionInputs,
    hba1c: Measurement | None,
    percent: float | None,
    evidence: tuple[Evidence, ...],
) -> Judgement:
    """Judge HbA1c without diabetes on the problem list."""
    topic = inputs.optimisation
    diabetic_from = inputs.configuration.number("rv.hba1cDiabetesPercent")
    if hba1c is None and (hba1c_percent(topic.hba1c) or 0.0) >= diabetic_from:
        return unknown(Reason.STALE, *first_evidence([topic.hba1c]))
    if percent is not None and percent >= diabetic_from:
        return unknown(Reason.POSSIBLE, *evidence, remark="no diabetes recorded, HbA1c raised")
    if hba1c is not None and (percent is None or hba1c.comparator):
        return unknown(Reason.NOT_COMPUTABLE, *evidence)
    none_recorded = inputs.record.absence("conditions", says="no diabetes recorded")
    return absent(*evidence, none_recorded, remark="no diabetes recorded")


def _diabetic(
    topic: Optimisation, percent: float | None, evidence: tuple[Evidence, ...]
) -> Judgement:
    if percent is not None and topic.hba1c is not None and not topic.hba1c.comparator:
        return absent(*evidence, remark="diabetes, HbA1c not above our threshold")
    if topic.hba1c is not None and not topic.is_current(topic.hba1c):
        return unknown(Reason.STALE, *first_evidence([topic.hba1c]), *evidence)
    reason = Reason.NO_DATA if topic.hba1c is None else Reason.NOT_COMPUTABLE
    return unknown(reason, *evidence, remark="diabetes without a recent HbA1c")


def hba1c_is_high(inputs: RevisionInputs) -> bool:
    """Whether a current HbA1c surely lies above the limit."""
    topic, limit = inputs.optimisation, inputs.configuration.number("rv.hba1cHighPercent")
    hba1c = topic.hba1c if topic.is_current(topic.hba1c) else None
    return hba1c is not None and hba1c_percent(hba1c) is not None and hba1c.is_above(limit)


def hba1c_percent(hba1c: Measurement | None) -> float | None:
    """Return HbA1c in percent; None without a value in percent (mmol/mol is not converted)."""
    if hba1c is None or hba1c.value is None or hba1c.comparator in ("<", "<="):
        return None
    return hba1c.value if hba1c.unit.lower() in _PERCENT else None


def judge_bone(inputs: RevisionInputs) -> Judgement:
    """Judge bone quality by codes and by the lowest current T-score."""
    topic, record = inputs.optimisation, inputs.record
    coded = evidence_of(topic.osteoporosis)
    limit, scored = inputs.configuration.number("dxa.osteoporosisTScore"), topic.current_t_scores
    osteoporotic = [m for m in scored if m.is_at_most(limit)]
    lowest = min(osteoporotic or scored, key=lambda m: m.value or 0.0, default=None)
    evidence = coded + first_evidence([lowest])
    if coded:
        return present(*evidence, remark="osteoporosis")
    known = record.newest_known("observations")
    if osteoporotic and known:
        return present(*evidence, remark="osteoporosis by T-score")
    if not known or not record.searched("conditions"):
        return unknown(Reason.NOT_SEARCHED, *evidence)
    waiting = topic.unfinished("dxa-t-score")
    if open_question := _undecided(topic.osteoporosis_hinted, waiting, evidence):
        return open_question
    return _no_t_score(topic) if lowest is None else _by_t_score(inputs, lowest, evidence)


def _by_t_score(
    inputs: RevisionInputs, lowest: Measurement, evidence: tuple[Evidence, ...]
) -> Judgement:
    """Judge the T-scores of which none is surely osteoporotic."""
    topic, normal = inputs.optimisation, inputs.configuration.number("dxa.normalTScore")
    is_below = not lowest.comparator and not lowest.is_at_least(normal)
    if topic.osteopenia or is_below:
        return unknown(Reason.BETWEEN_THRESHOLDS, *evidence, remark="osteopenia")
    unclear = [m for m in topic.current_t_scores if not m.is_at_least(normal)]
    unclear += [m for m in topic.odd_t_scores if m.value is not None and not is_density(m)]
    if unclear:
        return unknown(Reason.NOT_COMPUTABLE, *first_evidence(unclear))
    return absent(*evidence, remark="T-score in the normal category")


def _no_t_score(topic: Optimisation) -> Judgement:
    if topic.osteopenia:
        return unknown(Reason.BETWEEN_THRESHOLDS, *evidence_of(topic.osteopenia))
    if odd := first_evidence(topic.odd_t_scores):
        return unknown(Reason.NOT_COMPUTABLE, *odd)
    stale = first_evidence(topic.t_scores[:1])
    return unknown(Reason.STALE if stale else Reason.NO_DATA, *stale)


_LABORATORY_READS = ("conditions", "observations")

RISK_FACTORS: tuple[RiskFactor[RevisionInputs], ...] = (
    RiskFactor(
        id="tobacco-use",
        claim="RV-R1",
        statement="Tobacco use.",
        reads=_LABORATORY_READS,
        judge=judge_tobacco,
        citations=(OPTIMISATION, PSEUDARTHROSIS_RISKS_2024),
        if_unknown="smoking status not known",
        settings=("tobacco.maxAgeMonths", "tobacco.quitMonths"),
    ),
    RiskFactor(
        id="nutritional-deficiency",
        claim="RV-R2",
        statement="Nutritional deficiency.",
        reads=_LABORATORY_READS,
        judge=judge_nutrition,
        citations=(OPTIMISATION,),
        if_unknown="nutrition not evaluated",
        settings=("labs.optimisationMaxAgeDays",),
    ),
    RiskFactor(
        id="uncontrolled-diabetes",
        claim="RV-R3",
        statement="Uncontrolled diabetes.",
        reads=_LABORATORY_READS,
        judge=judge_diabetes,
        citations=(OPTIMISATION,),
        if_unknown="diabetes control not known",
        settings=("rv.hba1cHighPercent", "rv.hba1cDiabetesPercent", "labs.optimisationMaxAgeDays"),
    ),
    RiskFactor(
        id="poor-bone-quality",
        claim="RV-R4",
        statement="Poor bone quality.",
        reads=_LABORATORY_READS,
        judge=judge_bone,
        citations=(OPTIMISATION,),
        if_unknown="bone quality not evaluated",
        settings=("dxa.osteoporosisTScore", "dxa.normalTScore", "dxa.maxAgeMonths"),
    ),
)
