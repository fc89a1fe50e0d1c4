"""Implanted devices of the spine: they show a construct, and may name its levels (rule 10)."""

from __future__ import annotations

import msgspec

from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Device
from hooks.spine.chart_lexicon import chart_words
from hooks.spine.levels import NO_LEVELS, Levels, parse_levels
from hooks.spine.order_lexicon import order_lexicon
from hooks.spine.order_words import Region, region_of_text
from hooks.spine.words import words

_WORDS = chart_words("device")
_IMPLANTS, _SURELY, _OTHERS = _WORDS["implants"], _WORDS["surely"], _WORDS["others"]
_PELVIS = _WORDS["pelvis"]


class Implant(msgspec.Struct, frozen=True, gc=False):
    """One implant of the lower spine and the levels that its names and notes tell."""

    levels: Levels
    evidence: Evidence


def read_implants(record: PatientRecord) -> tuple[Implant, ...]:
    """Return the implants of the lower spine among the active devices, ordered by id."""
    found = (_implant(device) for device in record.all(Device) if device.status != "inactive")
    return tuple(implant for implant in found if implant is not None)


def _implant(device: Device) -> Implant | None:
    names = [name.name for name in device.device_name]
    if device.type is not None:
        names += [device.type.text, *(coding.display for coding in device.type.coding)]
    title = " ; ".join(name for name in names if name)
    noted = " ; ".join(note.text for note in device.note if note.text)
    levels = parse_levels(f"{title} ; {noted}")
    at_vertebrae = Levels(levels.interspaces, levels.vertebrae).reaches_lumbar
    if not _is_of_a_fusion(title) or not (at_vertebrae or _names_spine(title)):
        return None
    said = Evidence(Origin.CODED, device.reference, says="Implant of the spine on record")
    return Implant(levels if levels.reaches_lumbar else NO_LEVELS, said)


def _is_of_a_fusion(title: str) -> bool:
    said = words(title)
    return bool(said & _IMPLANTS) and (bool(said & _SURELY) or not said & _OTHERS)


def _names_spine(title: str) -> bool:
    """Whether a title names the lower spine; the pelvis alone may be a broken one."""
    if region_of_text(title) is not Region.IN_SCOPE:
        return False
    return bool((words(title) & order_lexicon()["spine"]) - _PELVIS)
