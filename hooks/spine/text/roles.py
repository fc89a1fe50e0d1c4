"""What a phrase does in a sentence, what it is, and what noun it is, as bits of one number.

The names are those of lexicon.yaml. Whether a clause holds any of several is one operation on the
bits of all its tags, however long it is.
"""

from __future__ import annotations

ROLES = {
    name: 1 << place
    for place, name in enumerate(
        (
            "negation forward", "negation around", "negation back",
            "uncertain", "historical forward", "historical around", "historical adjective",
            "historical outside",
            "historical reporting", "historical examination", "present still", "hypothetical",
            "not assessed", "answers yes", "answers no", "grading possible", "grading denied",
            "solid adjectives", "strict adjectives", "all levels", "remaining levels", "exception",
            "elsewhere", "bone breaks", "referring", "ends a clause", "finite verbs", "stated of",
            "relative", "links", "the present", "same level", "stands behind",
            "past tense", "suggesting", "wary", "heals", "with", "risks",
            "all levels unless named", "some level", "taken out",
        )
    )
}  # fmt: skip
# These hold words that mean something elsewhere, and nothing together: they have no bit.
IDIOMS = ("not a negation", "months", "idioms")
_FIRST_KIND = len(ROLES)
# What a tag is, beside what it does.
KINDS = {
    name: 1 << (_FIRST_KIND + place)
    for place, name in enumerate(
        (
            "cue",
            "solid cue",
            "union cue",
            "construct",
            "level",
            "interspace",
            "side",
            "mark",
            "colon",
        )
    )
}
_FIRST_NOUN = _FIRST_KIND + len(KINDS)
NOUNS = {
    name: 1 << (_FIRST_NOUN + place)
    for place, name in enumerate(
        ("hardware", "fusion", "neighbour", "asd", "fusion head", "pain", "tried", "injection")
    )
}


# Marks that may part clauses, and those that part a sentence into a label and its answers.
_PARTS = KINDS["mark"] | KINDS["colon"]
MARKS = dict.fromkeys(",()[]", KINDS["mark"]) | dict.fromkeys(":;", _PARTS)


def role(*names: str) -> int:
    """Return the bits of the named roles together."""
    return sum(ROLES[name] for name in names)
