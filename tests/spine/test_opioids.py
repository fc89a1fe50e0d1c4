"""Opioids: which medicine is one, how much a day, how long (contract, rules 3, 18 and 19)."""

import pytest

from cds_service.engine.datatypes import CodeableConcept
from cds_service.engine.judgement import Reason, Status
from hooks.spine.opioids.products import ingredients, is_named, opioid_of
from hooks.spine.opioids.risk import judge_high_dose, judge_regular_use
from hooks.spine.opioids.use import read_opioids
from tests.chart import CONTENT, condition, configured, days_ago, icd, record, rxnorm, typed

PRESENT, ABSENT, UNKNOWN = Status.PRESENT, Status.ABSENT, Status.UNKNOWN
OXYCODONE_5, OXYCODONE_20, MORPHINE_15 = "1049621", "1049686", "892582"
OXYCODONE = "7804"
FENTANYL_25, BUPRENORPHINE_PATCH, ACTIQ = "245134", "904870", "261106"
HYCET, PROMETHAZINE_CODEINE = "856942", "991486"
HYDROCODONE_5, CODEINE_30, TRAMADOL_50 = "857002", "993781", "835603"


def dose(value, unit="TAB"):
    return {"doseAndRate": [{"doseQuantity": {"value": value, "unit": unit, "code": unit}}]}


def every(period, unit="h", frequency=1, **members):
    repeat = {"frequency": frequency, "period": period, "periodUnit": unit}
    return {"timing": {"repeat": repeat | members}}


PRN = {"asNeededBoolean": True}
QID = every(1, "d", 4)


def supplied(days, repeats=None, unit="d"):
    given = {"expectedSupplyDuration": {"value": days, "unit": unit, "code": unit}}
    if repeats is not None:
        given["numberOfRepeatsAllowed"] = repeats
    return {"dispenseRequest": given}


def ordered(code=OXYCODONE_5, *dosages, **members):
    named = {"medicationCodeableConcept": rxnorm(code)} if isinstance(code, str) else code
    return {
        "resourceType": "MedicationRequest",
        "id": "rx",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-02-01",
        "dosageInstruction": list(dosages),
        **named,
    } | members


def taken(code=OXYCODONE_5, *dosages, **members):
    return {
        "resourceType": "MedicationStatement",
        "id": "statement",
        "status": "active",
        "medicationCodeableConcept": rxnorm(code),
        "dosage": list(dosages),
    } | members


def history(*resources, configuration=CONTENT.configuration, **extents):
    return read_opioids(record(*resources, **extents), configuration)


def mme(*resources):
    found = history(*resources)
    return None if found.not_computable else pytest.approx(found.mme)


def in_words(text):
    return {"medicationCodeableConcept": {"text": text}}


# Which medicine is an opioid


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("codeine", 0.15),
        ("hydrocodone", 1.0),
        ("hydromorphone", 5.0),
        ("methadone", 4.7),
        ("morphine", 1.0),
        ("oxycodone", 1.5),
        ("oxymorphone", 3.0),
        ("tapentadol", 0.4),
        ("tramadol", 0.2),
        ("buprenorphine", None),
        ("levorphanol", None),
        ("meperidine", None),
    ],
)
def test_the_factors_are_those_of_the_cdc_of_2022(name, factor):
    (found,) = [i for i in ingredients().values() if i.name == name]
    assert found.factor == factor


def test_only_fentanyl_has_a_factor_for_patches():
    assert {i.name: i.patch_factor for i in ingredients().values() if i.patch_factor} == {
        "fentanyl": 2.4
    }


@pytest.mark.parametrize(
    ("text", "ingredient"),
    [
        ("Oxycodone 5 mg tablet", "oxycodone"),
        ("Percocet 5-325", "oxycodone"),
        ("OXYCONTIN", "oxycodone"),
        ("MS Contin 15 mg", "morphine"),
        ("hydrocodone-acetaminophen 5/325", "hydrocodone"),
        ("Tylenol with Codeine #3", "codeine"),
        ("Butrans 10 mcg/h", "buprenorphine"),
        ("Ultram", "tramadol"),
    ],
)
def test_an_opioid_is_known_by_its_name_or_brand(text, ingredient):
    assert opioid_of(CodeableConcept(text=text)).ingredient.name == ingredient


@pytest.mark.parametrize(
    "text", ["Ipratropium bromide", "Ibuprofen 400 MG", "Loperamide", "Naloxone", ""]
)
def test_other_medicines_are_no_opioid(text):
    assert opioid_of(CodeableConcept(text=text)) is None


def test_a_code_that_the_table_knows_outweighs_the_words():
    medicine = typed(ordered(MORPHINE_15)).medication_codeable_concept
    medicine.text = "Oxycodone"
    assert opioid_of(medicine).ingredient.name == "morphine"


@pytest.mark.parametrize("code", ["7804", OXYCODONE_5, "1049625"], ids=["ingredient", "SCD", "SBD"])
def test_ingredients_clinical_and_branded_drugs_are_known_by_code(code):
    found = opioid_of(typed(ordered(code)).medication_codeable_concept)
    assert found.ingredient.name == "oxycodone"


@pytest.mark.parametrize(
    ("concept", "named"),
    [
        (None, False),
        (CodeableConcept(), False),
        (typed(ordered("99999999")).medication_codeable_concept, False),
        (CodeableConcept(text="Ibuprofen"), True),
    ],
)
def test_a_medicine_is_named_by_words_only(concept, named):
    assert is_named(concept) is named


# How much a day


@pytest.mark.parametrize(
    ("code", "dosage", "expected"),
    [
        (OXYCODONE_20, dose(1) | every(6), 120),
        (OXYCODONE_5, dose(2) | QID, 60),
        (MORPHINE_15, dose(1, "{tablet}") | every(1, "d", 2), 30),
        (HYDROCODONE_5, dose(1) | every(4), 30),
        (CODEINE_30, dose(2) | every(6), 36),
        (TRAMADOL_50, dose(2) | QID, 80),
        ("7804", dose(10, "mg") | QID, 60),
        ("7804", dose(0.01, "g") | QID, 60),
        ("7804", dose(10000, "ug") | QID, 60),
        (OXYCODONE_5, dose(1) | every(1, "wk", 7), 7.5),
        (OXYCODONE_5, dose(1) | every(1440, "min"), 7.5),
        (OXYCODONE_5, dose(1) | every(4, frequencyMax=2), 90),
    ],
)
def test_tablets_count_by_strength_dose_and_frequency(code, dosage, expected):
    assert mme(ordered(code, dosage)) == expected


def test_of_a_dose_range_the_highest_counts():
    both = {"low": {"value": 1, "unit": "TAB"}, "high": {"value": 2, "unit": "TAB"}}
    assert mme(ordered(OXYCODONE_5, {"doseAndRate": [{"doseRange": both}]} | QID)) == 60


@pytest.mark.parametrize(
    ("code", "times"),
    [
        ("QD", 1),
        ("BID", 2),
        ("TID", 3),
        ("QID", 4),
        ("QOD", 0.5),
        ("Q4H", 6),
        ("Q6H", 4),
        ("AM", 1),
        ("BED", 1),
        ("Q1H", 24),
        ("Q2H", 12),
        ("Q3H", 8),
        ("Q8H", 3),
        ("WK", 1 / 7),
        ("MO", 1 / 30),
    ],
)
def test_a_timing_code_says_how_often(code, times):
    timing = {"timing": {"code": {"coding": [{"code": code}]}}}
    assert mme(ordered(OXYCODONE_5, dose(1) | timing)) == 7.5 * times


def test_all_dosages_of_an_order_are_added():
    assert mme(ordered(OXYCODONE_5, dose(1) | every(1, "d"), dose(2) | every(1, "d"))) == 22.5


@pytest.mark.parametrize(
    "dosage",
    [dose(25, "ug/h"), dose(25, "mcg/h"), dose(1, "patch") | every(72), dose(1, "1") | every(72)],
    ids=["ug/h", "mcg/h", "one patch", "one piece"],
)
def test_a_fentanyl_patch_counts_by_its_rate(dosage):
    assert mme(ordered(FENTANYL_25, dosage)) == 60


def test_a_patch_may_give_its_rate_as_such():
    rate = {"doseAndRate": [{"rateQuantity": {"value": 50, "unit": "mcg/h"}}]}
    assert mme(ordered(FENTANYL_25, rate)) == 120


def test_a_patch_known_by_its_words_counts_by_its_rate():
    assert mme(ordered(in_words("fentanyl transdermal patch"), dose(25, "mcg/h"))) == 60


@pytest.mark.parametrize(
    ("code", "dosages"),
    [
        (OXYCODONE_5, ()),
        (OXYCODONE_5, (dose(1),)),
        (OXYCODONE_5, (QID,)),
        (OXYCODONE_5, (dose(1) | {"timing": {"code": {"text": "as told"}}},)),
        (OXYCODONE_5, (dose(1) | {"timing": {"repeat": {"frequency": 2}}},)),
        (OXYCODONE_5, ({"doseAndRate": [{"doseQuantity": {"unit": "TAB"}}]} | QID,)),
        (OXYCODONE_5, (dose(5, "mL") | QID,)),
        (OXYCODONE_5, (dose(1) | QID, dose(1))),
        ("7804", (dose(1) | QID,)),
        ("4337", (dose(1, "mg") | QID,)),
        (FENTANYL_25, (every(72),)),
        (FENTANYL_25, (dose(1, "mL"),)),
        (BUPRENORPHINE_PATCH, (dose(1, "patch") | every(7, "d"),)),
        (ACTIQ, (dose(1, "each") | QID,)),
        (PROMETHAZINE_CODEINE, (dose(5, "mL") | QID,)),
        ("238133", (dose(30, "mg") | QID,)),
    ],
    ids=[
        "no dosage", "no timing", "no dose", "timing in words", "no period", "no value",
        "millilitres of a tablet", "one of two dosages", "no strength", "fentanyl by mouth",
        "patch without dose", "patch in millilitres", "buprenorphine", "lozenge", "cough syrup",
        "injection",
    ],
)  # fmt: skip
def test_a_dose_that_cannot_be_computed_is_said_and_never_zero(code, dosages):
    found = history(ordered(code, *dosages))
    assert len(found.not_computable) == 1
    assert "dose could not be computed" in found.dose_in_words()
    assert judge_high_dose(found).reason is Reason.NOT_COMPUTABLE


def test_a_liquid_counts_by_its_concentration_when_its_partner_is_no_cough_medicine():
    assert mme(ordered(HYCET, dose(15, "mL") | every(4))) == 45


def test_what_is_taken_as_needed_is_the_most_that_may_be_taken():
    found = history(ordered(OXYCODONE_5, dose(1) | QID | PRN))
    assert found.dose_in_words() == "up to 30 MME/day"
    (use,) = found.uses
    assert use.as_needed
    assert (
        history(ordered(OXYCODONE_5, dose(1) | QID | {"asNeededCodeableConcept": {"text": "pain"}}))
        .uses[0]
        .as_needed
    )


def test_the_dose_of_an_order_that_is_as_needed_in_part_is_the_most_that_may_be_taken():
    (use,) = history(ordered(OXYCODONE_5, dose(1) | QID | PRN, dose(1) | QID)).uses
    assert use.evidence.says == "oxycodone up to 60 MME/day"
    assert history(ordered(OXYCODONE_5, dose(1) | QID)).dose_in_words() == "30 MME/day"
    as_needed = ordered(OXYCODONE_5, dose(1) | QID | PRN)
    assert history(as_needed).uses[0].evidence.says == "oxycodone as needed up to 30 MME/day"


def test_one_scheduled_dosage_makes_an_order_more_than_as_needed():
    assert not history(ordered(OXYCODONE_5, dose(1) | QID | PRN, dose(1) | QID)).uses[0].as_needed


def test_opioids_add_up_and_those_left_out_are_named():
    found = history(
        ordered(OXYCODONE_20, dose(1) | every(6), id="a"),
        ordered(BUPRENORPHINE_PATCH, dose(1, "patch"), id="b"),
    )
    assert found.dose_in_words() == (
        "120 MME/day; 1 agent not calculable (buprenorphine): dose could not be computed"
    )


# Where a medicine is named


def test_a_contained_medication_names_the_medicine():
    pointing = {"medicationReference": {"reference": "#1"}}
    inside = {"resourceType": "Medication", "id": "1", "code": rxnorm(OXYCODONE_5)}
    for entry in (
        ordered(pointing, dose(1) | QID),
        taken(id="rx") | pointing | {"medicationCodeableConcept": None, "dosage": [dose(1) | QID]},
    ):
        named = {f"{entry['resourceType']}/rx#1": inside}
        assert history(entry, contained=named).mme == 30


def test_a_medicine_that_cannot_be_named_makes_both_risks_unknown():
    unresolved = ordered({"medicationReference": {"reference": "Medication/9"}})
    found = history(unresolved)
    assert [e.resource for e in found.unnamed] == ["MedicationRequest/rx"]
    for judgement in (judge_regular_use(found), judge_high_dose(found)):
        assert (judgement.status, judgement.reason) == (UNKNOWN, Reason.NOT_COMPUTABLE)


@pytest.mark.parametrize("named", ["https://pharmacy.example.org/fhir/Medication/9", "Substance/9"])
def test_the_id_of_another_servers_or_another_types_resource_names_no_medicine_here(named):
    paracetamol = {"resourceType": "Medication", "id": "9", "code": rxnorm("161")}
    found = history(paracetamol, ordered({"medicationReference": {"reference": named}}))
    for judgement in (judge_regular_use(found), judge_high_dose(found)):
        assert (judgement.status, judgement.reason) == (UNKNOWN, Reason.NOT_COMPUTABLE)


def test_a_medicine_without_name_that_ended_long_ago_does_not_matter():
    old = ordered({}, status="stopped", authoredOn="2020-01-01")
    assert judge_high_dose(history(old)).status is ABSENT


def test_a_known_opioid_is_present_although_another_medicine_cannot_be_named():
    found = history(
        ordered(OXYCODONE_20, dose(1) | every(6), **supplied(90)), ordered({}, id="unnamed")
    )
    assert judge_regular_use(found).status is PRESENT
    assert judge_high_dose(found).status is PRESENT


# The same medicine twice


def test_a_statement_of_what_is_ordered_counts_once_and_is_flagged():
    found = history(ordered(OXYCODONE_5, dose(1) | QID), taken(OXYCODONE_5, dose(1) | QID))
    assert (found.mme, found.duplicates) == (30, 1)
    assert "a possible duplicate was counted once" in found.dose_in_words()


def test_a_statement_of_another_schedule_counts_too():
    found = history(ordered(OXYCODONE_5, dose(1) | QID), taken(OXYCODONE_5, dose(2) | QID))
    assert (found.mme, found.duplicates) == (90, 0)


def test_a_statement_counted_once_keeps_the_longer_supply():
    long_taken = taken(OXYCODONE_20, dose(1) | every(6), effectivePeriod={"start": "2025-01-01"})
    both = history(ordered(OXYCODONE_20, dose(1) | every(6)), long_taken)
    assert judge_high_dose(history(long_taken)).status is PRESENT
    assert judge_high_dose(both).status is PRESENT


@pytest.mark.parametrize(
    ("codes", "kept"),
    [
        ((OXYCODONE_5, OXYCODONE_20, OXYCODONE_5), [OXYCODONE_5, OXYCODONE_20]),
        ((OXYCODONE_5, OXYCODONE, OXYCODONE_20), [OXYCODONE_5, OXYCODONE_20]),
        ((OXYCODONE, OXYCODONE_5, OXYCODONE_20), [OXYCODONE]),
        ((OXYCODONE_20, MORPHINE_15, OXYCODONE), [OXYCODONE_20, MORPHINE_15]),
    ],
)
def test_a_strength_that_is_not_said_may_be_that_of_the_first_one_like_it(codes, kept):
    rows = [ordered(code, id=f"{n}") for n, code in enumerate(codes)]
    found = [use.evidence.resource for use in history(*rows).uses]
    assert found == [f"MedicationRequest/{codes.index(code)}" for code in kept]


FOUR_A_DAY = dose(1) | QID


def ended(name, days, dosage=FOUR_A_DAY, supply=30):
    """A prescription that is over, of so many days ago."""
    when = days_ago(days)
    return ordered(
        OXYCODONE_5, dosage, id=name, status="completed", authoredOn=when, **supplied(supply)
    )


@pytest.mark.parametrize(("old", "recent"), [("a", "b"), ("b", "a")])
def test_an_old_prescription_does_not_stand_for_a_recent_one_of_the_same_medicine(old, recent):
    found = history(ended(old, 1141), ended(recent, 45))
    (evidence,) = judge_regular_use(found).evidence
    assert evidence.resource == f"MedicationRequest/{recent}"
    assert (judge_regular_use(found).status, found.duplicates) == (PRESENT, 0)


def test_the_supply_of_an_old_prescription_does_not_make_a_recent_short_one_regular():
    as_needed = dose(1) | QID | PRN
    lately, long_ago = ended("a", 19, as_needed, 5), ended("b", 1141, as_needed, 90)
    assert judge_regular_use(history(lately, long_ago)).status is ABSENT


def test_an_opioid_of_long_ago_is_not_worded_as_none_recorded():
    old = history(ended("a", 1141), configuration=configured(opioid__windowDays=60))
    assert [e.says for e in judge_regular_use(old).evidence] == ["no opioid in the last 60 days"]
    assert [e.says for e in judge_high_dose(old).evidence] == ["no opioid is taken now"]
    for judgement in (judge_regular_use(history()), judge_high_dose(history())):
        assert [e.says for e in judgement.evidence] == ["no opioid recorded"]


# Regular use


@pytest.mark.parametrize(
    "entry",
    [
        ordered(OXYCODONE_5, dose(1) | QID),
        ordered(OXYCODONE_5),
        ordered(OXYCODONE_5, dose(1) | QID | PRN, **supplied(28)),
        ordered(OXYCODONE_5, dose(1) | QID | PRN, **supplied(7, 3)),
        ordered(OXYCODONE_5, dose(1) | QID | PRN, **supplied(4, unit="wk")),
        ordered(OXYCODONE_5, dose(1) | QID | PRN, **supplied(28, unit="days")),
        ordered(OXYCODONE_5, status="stopped", authoredOn=days_ago(60)),
        ordered(OXYCODONE_5, status="completed", authoredOn=days_ago(110), **supplied(30)),
        taken(OXYCODONE_5, status="completed", effectivePeriod={"end": days_ago(90)}),
        taken(OXYCODONE_5, status="completed", effectiveDateTime=days_ago(10)),
    ],
)
def test_regular_use_is_scheduled_or_supplied_for_long_enough_within_the_window(entry):
    assert judge_regular_use(history(entry)).status is PRESENT


@pytest.mark.parametrize(
    "entry",
    [
        ordered(OXYCODONE_5, status="stopped", authoredOn=days_ago(91)),
        ordered(OXYCODONE_5, status="stopped", authoredOn=None),
        taken(OXYCODONE_5, status="completed", effectivePeriod={"end": days_ago(91)}),
        taken(OXYCODONE_5, status="completed"),
        ordered(OXYCODONE_5, dose(1) | QID | PRN, **supplied(27)),
        ordered(in_words("Ibuprofen")),
    ],
)
def test_use_before_the_window_or_short_as_needed_use_is_not_regular(entry):
    assert judge_regular_use(history(entry)).status is ABSENT


def test_use_as_needed_without_a_supply_cannot_be_told():
    found = judge_regular_use(history(ordered(OXYCODONE_5, dose(1) | QID | PRN)))
    assert (found.status, found.reason) == (UNKNOWN, Reason.NOT_COMPUTABLE)


def test_a_supply_in_an_odd_unit_is_not_recorded():
    odd = ordered(OXYCODONE_5, dose(1) | QID | PRN, **supplied(3, unit="bottles"))
    assert judge_regular_use(history(odd)).reason is Reason.NOT_COMPUTABLE


@pytest.mark.parametrize(
    ("bounds", "status"),
    [
        ({"boundsDuration": {"value": 30, "unit": "d"}}, PRESENT),
        ({"boundsDuration": {"value": 10, "unit": "d"}}, ABSENT),
        ({"boundsPeriod": {"start": "2026-01-01"}}, PRESENT),
        ({"boundsPeriod": {"start": "2026-02-20"}}, ABSENT),
        ({"boundsPeriod": {"start": "2026-02-01", "end": "2026-02-05"}}, ABSENT),
    ],
)
def test_the_bounds_of_a_timing_are_a_supply_too(bounds, status):
    entry = ordered(OXYCODONE_5, dose(1) | every(6, **bounds) | PRN)
    assert judge_regular_use(history(entry)).status is status


def test_an_order_whose_bounds_have_ended_is_not_taken_now():
    ended = every(6, boundsPeriod={"start": "2026-01-01", "end": "2026-02-01"})
    assert history(ordered(OXYCODONE_5, dose(1) | ended)).active == ()


def test_a_code_of_opioid_use_alone_is_possible():
    found = judge_regular_use(history(condition(icd("Z79.891"))))
    assert (found.status, found.reason) == (UNKNOWN, Reason.POSSIBLE)


@pytest.mark.parametrize("key", ["medication_requests", "medication_statements", "conditions"])
def test_no_regular_use_needs_every_search(key):
    found = judge_regular_use(history(missing=[key]))
    assert (found.status, found.reason) == (UNKNOWN, Reason.NOT_SEARCHED)


def test_no_opioid_after_complete_searches_is_absent_by_the_searches():
    regular, high = judge_regular_use(history()), judge_high_dose(history())
    assert regular.evidence[0].searched == (
        "medication_requests",
        "medication_statements",
        "conditions",
    )
    assert high.evidence[0].searched == ("medication_requests", "medication_statements")


# High dose


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (ordered(OXYCODONE_20, dose(1) | every(6), **supplied(90)), (PRESENT, None)),
        (ordered(OXYCODONE_20, dose(1) | every(6), **supplied(30, 2)), (PRESENT, None)),
        (
            ordered(OXYCODONE_20, dose(1) | every(6), **supplied(89)),
            (UNKNOWN, Reason.NOT_COMPUTABLE),
        ),
        (ordered(OXYCODONE_20, dose(1) | every(6)), (UNKNOWN, Reason.NOT_COMPUTABLE)),
        (ordered(OXYCODONE_5, dose(1) | QID, **supplied(90)), (ABSENT, None)),
        (ordered("7052", dose(50, "mg") | every(1, "d"), **supplied(90)), (PRESENT, None)),
        (ordered("7052", dose(49, "mg") | every(1, "d"), **supplied(90)), (ABSENT, None)),
        (
            taken(OXYCODONE_20, dose(1) | every(6), effectivePeriod={"start": days_ago(90)}),
            (PRESENT, None),
        ),
        (
            taken(OXYCODONE_20, dose(1) | every(6), effectivePeriod={"start": days_ago(89)}),
            (UNKNOWN, Reason.NOT_COMPUTABLE),
        ),
        (
            taken(OXYCODONE_20, dose(1) | every(6), effectiveDateTime="2025-01-01"),
            (UNKNOWN, Reason.NOT_COMPUTABLE),
        ),
        (ordered(OXYCODONE_20, dose(1) | every(6), status="stopped"), (ABSENT, None)),
    ],
)
def test_high_dose_is_the_flagged_dose_with_chronic_supply(entry, expected):
    found = judge_high_dose(history(entry))
    assert (found.status, found.reason) == expected


def test_a_high_dose_stands_beside_an_agent_that_cannot_be_computed():
    found = judge_high_dose(
        history(
            ordered(OXYCODONE_20, dose(1) | every(6), **supplied(120), id="a"),
            ordered(BUPRENORPHINE_PATCH, dose(1, "patch"), id="b"),
        )
    )
    assert found.status is PRESENT
    assert found.remark.startswith("120 MME/day; 1 agent not calculable")


def test_a_low_dose_beside_an_agent_that_cannot_be_computed_is_not_low():
    found = judge_high_dose(
        history(
            ordered(OXYCODONE_5, dose(1) | QID, id="a"),
            ordered(BUPRENORPHINE_PATCH, dose(1, "patch"), id="b"),
        )
    )
    assert found.reason is Reason.NOT_COMPUTABLE


@pytest.mark.parametrize("key", ["medication_requests", "medication_statements"])
def test_a_low_dose_needs_both_searches_and_a_high_one_stands_without(key):
    assert judge_high_dose(history(missing=[key])).reason is Reason.NOT_SEARCHED
    high = ordered(OXYCODONE_20, dose(1) | every(6), **supplied(90))
    assert judge_high_dose(history(high, missing=["medication_statements"])).status is PRESENT


@pytest.mark.parametrize(("milligrams", "flagged"), [(89, False), (90, True)])
def test_a_very_high_dose_is_said_to_be_one(milligrams, flagged):
    entry = ordered("7052", dose(milligrams, "mg") | every(1, "d"), **supplied(90))
    assert ("at least 90 MME/day" in judge_high_dose(history(entry)).remark) is flagged


def test_the_flag_is_a_setting():
    entry = ordered(OXYCODONE_5, dose(1) | QID, **supplied(90))
    found = history(entry, configuration=configured(opioid__mmeFlag=30))
    assert judge_high_dose(found).status is PRESENT


@pytest.mark.parametrize(
    ("members", "is_active"),
    [
        ({"status": "active"}, True),
        ({"status": "on-hold"}, False),
        ({"status": "completed"}, False),
        ({"status": "stopped"}, False),
    ],
)
def test_only_active_orders_are_taken_now(members, is_active):
    assert bool(history(ordered(OXYCODONE_5, **members)).active) is is_active


def test_a_statement_whose_period_has_ended_is_not_taken_now():
    assert history(taken(effectivePeriod={"end": "2026-02-28"})).active == ()
    assert history(taken(effectivePeriod={"end": "2026-03-01"})).active != ()


def at_most(value, unit, period, period_unit):
    numerator = {"value": value, "unit": unit}
    return {
        "maxDosePerPeriod": {
            "numerator": numerator,
            "denominator": {"value": period, "unit": period_unit},
        }
    }


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (at_most(4, "TAB", 1, "d"), 30),
        (at_most(20, "mg", 1, "day"), 30),
        (at_most(4, "TAB", 24, "h"), 30),
        (at_most(100, "TAB", 1, "d"), 45),
        (at_most(4, "TAB", 1, "wk"), 45),
        (at_most(4, "mL", 1, "d"), 45),
        (at_most(0, "mg", 1, "d"), 45),
        ({"maxDosePerPeriod": {"numerator": {"value": 4, "unit": "TAB"}}}, 45),
    ],
)
def test_the_most_of_one_day_caps_the_dose_where_it_can_be_computed(most, expected):
    assert mme(ordered(OXYCODONE_5, dose(1) | every(4) | most)) == expected


def test_dosages_of_one_sequence_and_those_without_add_up():
    daily = dose(1) | every(1, "d")
    first, second = daily | {"sequence": 1}, dose(2) | every(1, "d") | {"sequence": 2}
    assert mme(ordered(OXYCODONE_5, first, first)) == 15
    assert mme(ordered(OXYCODONE_5, first, second)) == 15
    assert mme(ordered(OXYCODONE_5, daily, first, second)) == 22.5


def test_an_active_statement_whose_dosages_have_all_ended_has_no_known_dose():
    ended = every(6, boundsPeriod={"end": days_ago(10)})
    assert len(history(taken(OXYCODONE_5, dose(1) | ended)).not_computable) == 1


def test_milligrams_of_a_combined_product_are_not_computed_and_its_tablets_are():
    assert mme(ordered(HYDROCODONE_5, dose(5, "mg") | QID)) is None
    assert mme(ordered(HYDROCODONE_5, dose(1) | QID)) == 20


@pytest.mark.parametrize(
    ("dosage", "status"),
    [
        ({"text": "as told"}, UNKNOWN),
        (dose(1), UNKNOWN),
        ({"timing": {"code": {"text": "at bedtime"}}}, UNKNOWN),
        ({"timing": {"code": {"coding": [{"code": "BID"}]}}}, PRESENT),
        ({"asNeededBoolean": False}, PRESENT),
        ({"doseAndRate": [{"rateQuantity": {"value": 25, "unit": "ug/h"}}]}, PRESENT),
    ],
)
def test_words_alone_do_not_tell_regular_use(dosage, status):
    assert judge_regular_use(history(ordered(OXYCODONE_5, dosage))).status is status
    both = history(ordered(OXYCODONE_5, dosage, dose(1) | QID | PRN))
    assert judge_regular_use(both).status is status


def test_the_period_of_a_statement_in_words_is_no_supply():
    told = taken(OXYCODONE_5, {"text": "as told"}, effectivePeriod={"start": "2025-01-01"})
    assert judge_regular_use(history(told)).reason is Reason.NOT_COMPUTABLE


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({}, UNKNOWN),
        ({"effectivePeriod": {"end": days_ago(90)}}, UNKNOWN),
        ({"effectivePeriod": {"end": days_ago(91)}}, ABSENT),
    ],
)
def test_an_opioid_of_unknown_status_is_neither_taken_nor_not(members, status):
    found = history(taken(OXYCODONE_20, dose(1) | every(6), status="unknown", **members))
    assert found.active == ()
    assert judge_regular_use(found).status is status
    assert judge_high_dose(found).status is status


@pytest.mark.parametrize("status", [None, "unknown"])
@pytest.mark.parametrize("make", [ordered, taken], ids=["request", "statement"])
def test_an_opioid_without_a_known_status_is_neither_taken_nor_not(make, status):
    found = history(make(OXYCODONE_20, dose(1) | every(6), status=status))
    assert judge_regular_use(found).status is UNKNOWN
    assert judge_high_dose(found).status is UNKNOWN


@pytest.mark.parametrize(
    ("members", "status"),
    [
        (supplied(30) | {"authoredOn": days_ago(100)}, UNKNOWN),
        (supplied(30) | {"authoredOn": None}, UNKNOWN),
        (supplied(30) | {"authoredOn": "2024-01-01"}, ABSENT),
    ],
)
def test_a_request_of_unknown_status_may_be_taken_while_its_supply_lasts(members, status):
    found = history(ordered(OXYCODONE_20, dose(1) | every(6), status="unknown", **members))
    assert judge_regular_use(found).status is status


def test_unconfirmed_opioid_use_is_possible():
    found = judge_regular_use(history(condition(icd("Z79.891"), verification="provisional")))
    assert (found.status, found.reason) == (UNKNOWN, Reason.POSSIBLE)
