"""Where a procedure was done: its levels and its region, by body sites, words and notes."""

from __future__ import annotations

from collections.abc import Iterable

from cds_service.engine.datatypes import CodeableConcept
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Procedure
from hooks.spine.levels import NO_LEVELS, Levels, level_of_site, parse_levels
from hooks.spine.operation_words import is_about_lower_spine
from hooks.spine.order_words import Region, region_of_code, region_of_text

ANTERIOR = "anterior-instrumentation"


def titles_of_procedure(procedure: Procedure) -> list[str]:
    """Return the names of a procedure: its text, and what its codes are called."""
    code = procedure.code
    if code is None:
        return []
    return [name for name in (code.text, *(c.display for c in code.coding)) if name]


def place_of(record: PatientRecord, procedure: Procedure) -> tuple[Levels, Region]:
    """Return the levels and the region of a procedure.

    A note may tell of another operation: it places nothing elsewhere. Nor do words do so with a
    code that is lumbar by its meaning.
    """
    levels, region = sites(record, procedure.body_site)
    title = " ; ".join([*titles_of_procedure(procedure), *_named_sites(procedure)])
    noted = _noted(procedure)
    levels |= parse_levels(title)
    in_note = parse_levels(noted)
    if in_note.reaches_lumbar:
        levels |= in_note
    if levels.reaches_lumbar:
        return levels, Region.IN_SCOPE
    is_lumbar = "lumbar-fusion" in record.memberships(procedure.code)
    if levels:
        return (NO_LEVELS, Region.IN_SCOPE) if is_lumbar else (levels, Region.ELSEWHERE)
    if region is Region.NOT_SAID:
        is_anterior = ANTERIOR in record.memberships(procedure.code)
        region = Region.IN_SCOPE if is_lumbar else _region_of_words(title, noted, is_anterior)
    return levels, region


def is_sited_here(record: PatientRecord, procedure: Procedure) -> bool:
    """Whether its body sites place a procedure at the lower spine, by code or in words."""
    levels, region = sites(record, procedure.body_site)
    if levels.reaches_lumbar or region is Region.IN_SCOPE:
        return True
    return any(map(is_about_lower_spine, _named_sites(procedure)))


def is_noted_here(procedure: Procedure) -> bool:
    """Whether the notes of a procedure name the lower spine; it may be that of another one."""
    return is_about_lower_spine(_noted(procedure))


def _named_sites(procedure: Procedure) -> list[str]:
    return [site.text for site in procedure.body_site if site.text]


def _noted(procedure: Procedure) -> str:
    return " ; ".join(note.text for note in procedure.note if note.text)


def _region_of_words(title: str, noted: str, is_anterior: bool) -> Region:
    region = region_of_code(title, is_anterior=True) if is_anterior else region_of_text(title)
    if region is Region.NOT_SAID and region_of_text(noted) is Region.IN_SCOPE:
        return Region.IN_SCOPE
    return region


def sites(record: PatientRecord, body_sites: Iterable[CodeableConcept]) -> tuple[Levels, Region]:
    """Return the levels and the region that body sites name."""
    levels, region = NO_LEVELS, Region.NOT_SAID
    for site in body_sites:
        levels |= parse_levels(site.text) if site.text else NO_LEVELS
        for coding in site.coding:
            levels |= level_of_site(coding.code)
        memberships = record.memberships(site)
        if "site-lumbar-to-pelvis" in memberships:
            region = Region.IN_SCOPE
        elif "site-out-of-scope" in memberships and region is Region.NOT_SAID:
            region = Region.ELSEWHERE
    return levels, region
