"""Implanted devices show a construct and may name its levels (contract, rule 10)."""

import pytest

from hooks.spine.devices import read_implants
from tests.chart import record


def device(name="Pedicle screw system, lumbar", status="active", **members):
    return {
        "resourceType": "Device",
        "id": "device",
        "status": status,
        "deviceName": [{"name": name, "type": "user-friendly-name"}],
    } | members


def levels(*devices):
    return [str(implant.levels) for implant in read_implants(record(*devices))]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Pedicle screw system, lumbar", [""]),
        ("Lumbar interbody cage L4-5", ["L4-L5"]),
        ("Rods L2 to pelvis", ["L2-S1, pelvis"]),
        ("Spinal fixation T10-L2", ["T10-L2"]),
        ("Cervical plate C5-6", []),
        ("Thoracic rods T4-T8", []),
        ("Lumbar drain", []),
        ("Total hip stem", []),
        ("Pedicle screw", [""]),
        ("Titanium mesh cage, lumbar", [""]),
        ("Lumbar connector", [""]),
        ("Spinal implant", [""]),
        ("Cement-augmented pedicle screw L4", ["L4"]),
        ("Pedicle screw system lumbar, fenestrated for cement", [""]),
        ("Vertebral body reconstruction cage lumbar", [""]),
        ("Lumbar fixation plate, interspinous fusion", [""]),
        ("Lumbar interspinous implant", []),
        ("Spinal cord stimulator implant", []),
        ("Sacral nerve stimulator implant", []),
        ("Lumbar drain connector", []),
        ("Lumbar disc prosthesis implant", []),
        ("Pelvic mesh implant", []),
        ("Pelvic reconstruction plate and screws", []),
        ("Pelvic screws", []),
        ("", []),
    ],
)
def test_an_implant_of_the_lower_spine_is_known_by_its_name(name, expected):
    assert levels(device(name)) == expected


def test_type_and_note_may_name_what_the_name_does_not():
    typed = device("X-17", type={"text": "Lumbar pedicle screw", "coding": [{"display": "L4-S1"}]})
    assert levels(typed) == ["L4-S1"]
    assert levels(device("Pedicle screws", note=[{"text": "placed L4 to S1"}])) == ["L4-S1"]
    assert levels(device("X-17", note=[{"text": "screws L4 to S1"}])) == []


def test_an_inactive_device_is_none_of_the_patient():
    assert levels(device(status="inactive")) == []
    assert levels(device(status=None)) == [""]


def test_an_implant_is_evidence_by_its_resource():
    (implant,) = read_implants(record(device()))
    assert implant.evidence.as_json() == {"resource": "Device/device", "origin": "coded"}
