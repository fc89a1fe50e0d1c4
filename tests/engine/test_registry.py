"""The registry refuses at the start what could not be offered."""

from dataclasses import replace

import pytest

from cds_service.engine.registry import Registry, RegistryError
from tests.toy_service import HAS_CONDITION, SERVICES, TOY


def test_services_are_found_by_id_and_listed_in_their_order():
    registry = Registry(SERVICES)
    assert list(registry) == list(SERVICES)
    assert registry.get("toy") is TOY
    assert registry.get("other") is None


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"id": "Toy_1"}, "no kebab-case id"),
        ({"id": "toy\n"}, "no kebab-case id"),
        ({"id": "-toy"}, "no kebab-case id"),
        ({"criteria": ()}, "has no criteria"),
        ({"minimal": frozenset({"coverages"})}, "minimal names keys without a template"),
        ({"criteria": (HAS_CONDITION, HAS_CONDITION)}, "occurs twice"),
        ({"prefetch": {"patient": "Patient/1"}}, "reads undeclared \\['conditions'\\]"),
    ],
)
def test_an_ill_formed_service_stops_the_start(broken, message):
    with pytest.raises(RegistryError, match=message):
        Registry([replace(TOY, **broken)])


def test_two_services_of_one_id_stop_the_start():
    with pytest.raises(RegistryError, match="two services have the id toy"):
        Registry([TOY, TOY])
