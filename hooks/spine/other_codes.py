"""Codes that say by themselves that something else than a spine operation is meant.

Words count only where no code says what an order or procedure is (contract, rule 8). A code of CPT,
HCPCS or LOINC always does, but for the sections of CPT in which spine operations lie: of those not
all codes could be verified, and some are "unlisted". SNOMED CT and ICD-10-PCS are no such systems:
their codes for a revision were not found (clinical.md 3.2), so that there the words count.
"""

from __future__ import annotations

from collections.abc import Iterable

from cds_service.engine.codes import CPT, LOINC, canonical
from cds_service.engine.datatypes import Coding

# Surgery of the vertebral column and of the spinal cord, by the headings of public coding pages.
_SPINE_SECTIONS = ((22010, 22899), (63001, 63308))
_HCPCS = ("HCPCSReleaseCodeSets", "urn:oid:2.16.840.1.113883.6.285")


def names_something_else(codings: Iterable[Coding]) -> bool:
    """Whether a code says what is meant, and that is no operation on the spine."""
    return any(_is_of_something_else(c.system or "", c.code or "") for c in codings)


def _is_of_something_else(system: str, code: str) -> bool:
    if not code:
        return False
    if system.endswith(_HCPCS):
        return True
    system, code = canonical(system, code)
    if system == LOINC:
        return True
    return system == CPT and not _may_be_of_the_spine(code)


def _may_be_of_the_spine(code: str) -> bool:
    """Whether a CPT code is in a section of spine operations, or of new technology (0001T)."""
    if not code.isascii() or not code.isdigit():
        return code.endswith("T")
    return any(first <= int(code) <= last for first, last in _SPINE_SECTIONS)
