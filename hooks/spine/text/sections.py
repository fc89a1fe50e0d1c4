"""What counts in which section of a report or note (R1)."""

from __future__ import annotations

from hooks.spine.text.lexicon import CONSTRUCT, Stance
from hooks.spine.text.operations import PRIOR_FUSION
from hooks.spine.text.places import Found
from hooks.spine.text.union import SOLID

TALKED = "expectations"
_REMEMBERED = frozenset({CONSTRUCT, PRIOR_FUSION, "conservative-care"})


def counted(found: Found, section: str) -> Stance | None:
    """Return the stance that counts in a section, if any.

    A history says what there was (R1) and what was tried; a plan counts only for what was talked
    about.
    """
    target = found.target
    if section in ("findings", "impression", "addendum", "told"):
        return found.stance
    if section == "plan":
        return found.stance if target == TALKED else None
    if target in _REMEMBERED:
        return found.stance
    asserted = found.stance in (Stance.AFFIRMED, Stance.HISTORICAL) and found.target != SOLID
    return Stance.HISTORICAL if asserted else None
