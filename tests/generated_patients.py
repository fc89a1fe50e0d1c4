"""Patients made of the fixture patients and of pieces of the scenarios, by a seed."""

import random
from functools import cache

import fhir_fixtures
from tests.scenarios import all_scenarios, patient_of


def generated(seed):
    """Return the name of the fixture patient that was varied, and the resources that came of it.

    Only resources of the patient are among them: no search of a server gives those of others.
    """
    choose = random.Random(seed)  # noqa: S311 - a seed, no secret
    like = choose.choice(fhir_fixtures.patient_names())
    records, changes = _pieces(like[0])
    added = [entry for piece in _some(choose, records, 3) for entry in piece]
    names = [entry["resource"]["id"] for entry in fhir_fixtures.load_patient(like)["entry"]]
    without = [name for name in _some(choose, names[1:], 2) if choose.random() < 0.5]
    left = {name for name in names if not any(f"{name}-".startswith(f"{w}-") for w in without)}
    changed = {name: said for name, said in _some(choose, changes, 4) if name in left}
    without = [name for name in without if name not in changed]
    scenario = {"scenario": seed, "like": like, "without": without, "change": changed}
    return like, _own(patient_of(scenario | {"record": added}), like.lower())


def _some(choose, among, at_most):
    return choose.sample(among, min(len(among), choose.randint(0, at_most)))


@cache
def _pieces(letter):
    """What scenarios add to any patient, and what they change of one of this guideline."""
    scenarios = [scenario for _, scenario in all_scenarios()]
    records = [scenario["record"] for scenario in scenarios if "record" in scenario]
    changes = [
        item
        for scenario in scenarios
        if scenario["like"][0] == letter
        for item in scenario.get("change", {}).items()
    ]
    return records, changes


def _own(bundle, patient_id):
    own = f"Patient/{patient_id}"
    found = {}
    for entry in bundle["entry"]:
        resource = entry["resource"]
        subjects = (resource.get(name) for name in ("subject", "beneficiary", "patient"))
        if all(subject is None or subject["reference"] == own for subject in subjects):
            found.setdefault((resource["resourceType"], resource["id"]), resource)
    return list(found.values())
