"""The generated patients are patients, the same ones each time, and not all alike."""

import json

import pytest

from fhir_fixtures import patient_names
from tests.generated_patients import generated

SEEDS = range(100)


def test_a_seed_makes_the_same_patient_each_time():
    assert generated(7) == generated(7)


def test_a_hundred_seeds_make_patients_of_every_kind_and_no_two_alike():
    made = [generated(seed) for seed in SEEDS]
    assert {like for like, _ in made} == set(patient_names())
    assert len({json.dumps(chart, default=str) for _, chart in made}) > 95


@pytest.mark.parametrize("seed", range(20))
def test_a_server_finds_every_resource_by_its_patient_and_its_id(seed):
    like, chart = generated(seed)
    assert len({(r["resourceType"], r["id"]) for r in chart}) == len(chart)
    for resource in chart:
        owner = next(filter(None, map(resource.get, ("subject", "beneficiary", "patient"))), None)
        assert owner in (None, {"reference": f"Patient/{like.lower()}"})
        assert owner or resource["resourceType"] in ("Patient", "Medication")
