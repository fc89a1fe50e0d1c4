"""Codes that say by themselves that something else than a spine operation is meant.

Words count only where no code says what an order or procedure is (contract, rule 8). A code of CPT,
HCPCS or LOINC does, but for the sections of CPT in which spine operations lie: of those not all
codes could be verified, and some are "unlisted"; and but for what is billed beside an operation.
SNOMED CT and ICD-10-PCS are no such systems: their codes for a revision were not found (clinical.md
3.2), so that there the words count.
"""

from __future__ import annotations

from collections.abc import Iterable

from cds_service.engine.codes import CPT, LOINC, canonical
from cds_service.engine.datatypes import Coding

# Surgery of the vertebral column and of the spinal cord, by the headings of public coding pages.
_SPINE_SECTIONS = ((22010, 22899), (63001, 63308))
# Grafts of the spine, unlisted procedures, navigation and fluoroscopy: part of a spine operation.
_BESIDE_ONE = ((20930, 20938), (20999, 20999), (61783, 61783), (64999, 64999), (77003, 77003))
_HCPCS = ("HCPCSReleaseCodeSets", "urn:oid:2.16.840.1.113883.6.285")
_DEVICES = "C1"  # of hospitals: an implant that is billed beside its operation


def names_something_else(codings: Iterable[Coding]) -> bool:
    """Whether codes say what is meant, and that is no operation on the spine.

    A code that is not known beside them leaves it to the words.
    """
    coded = [as_cpt(c.system or "", c.code) for c in codings if c.code]
    return bool(coded) and all(_is_of_something_else(*each) for each in coded)


def as_cpt(system: str, code: str) -> tuple[str, str]:
    """Return a code and its system; five digits that are filed as HCPCS are of CPT."""
    digits = code.strip().partition("-")[0]  # 22849-59
    is_cpt = system.endswith(_HCPCS) and len(digits) == 5 and digits.isascii() and digits.isdigit()
    return (CPT, digits) if is_cpt else (system, code)


def _is_of_something_else(system: str, code: str) -> bool:
    if system.endswith(_HCPCS):
        return not code.strip().upper().startswith(_DEVICES)
    system, code = canonical(system, code)
    if system == LOINC:
        return True
    return system == CPT and not _may_be_of_the_spine(code)


def _may_be_of_the_spine(code: str) -> bool:
    """Whether a CPT code is in a section of spine operations, or of new technology (0001T)."""
    if not code.isascii() or not code.isdigit():
        return code.endswith("T")
    return any(first <= int(code) <= last for first, last in _SPINE_SECTIONS + _BESIDE_ONE)
