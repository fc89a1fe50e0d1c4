"""What counts in which section of a report or note (R1)."""

from __future__ import annotations

from hooks.spine.text.clauses import CONSTRUCT
from hooks.spine.text.lexicon import Stance
from hooks.spine.text.operations import PRIOR_FUSION
from hooks.spine.text.places import Found
from hooks.spine.text.union import NONUNION, SOLID

TALKED = "expectations"
_REMEMBERED = frozenset({CONSTRUCT, PRIOR_FUSION, "conservative-care"})
_IMAGED = frozenset({SOLID, NONUNION, "loosening", "breakage", "infection", "adjacent-segment"})


def counted(found: Found, section: str) -> Stance | None:
    """Return the stance that counts in a section, if any.

    A history says what there was (R1) and what was tried; a patient tells of symptoms, not of
    images; a plan counts only for what was talked about.
    """
    target = found.target
    if section in ("findings", "impression", "addendum"):
        return found.stance
    if section == "plan":
        return found.stance if target == TALKED else None
    if section == "told":
        return found.stance if target not in _IMAGED else None
    if target in _REMEMBERED:
        return found.stance
    asserted = found.stance in (Stance.AFFIRMED, Stance.HISTORICAL) and found.target != SOLID
    return Stance.HISTORICAL if asserted else None
