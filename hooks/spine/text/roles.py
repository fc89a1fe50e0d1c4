"""What a phrase does in a sentence, by its name in lexicon.yaml, as bits.

One bit a role: whether a clause holds any of several is one operation, however long it is.
"""

from __future__ import annotations

ROLES = {
    name: 1 << place
    for place, name in enumerate(
        (
            "negation forward", "negation around", "negation back", "not a negation",
            "uncertain", "historical forward", "historical around", "historical adjective",
            "historical reporting", "historical examination", "present still", "hypothetical",
            "not assessed", "answers yes", "answers no", "grading possible", "grading denied",
            "solid adjectives", "strict adjectives", "all levels", "remaining levels", "exception",
            "elsewhere", "bone breaks", "referring", "ends a clause", "finite verbs", "stated of",
            "relative", "links", "months", "the present", "idioms", "same level", "stands behind",
            "past tense", "suggesting", "wary", "heals", "with",
        )
    )
}  # fmt: skip
NOUNS = {
    name: 1 << place
    for place, name in enumerate(
        ("hardware", "fusion", "neighbour", "asd", "fusion head", "pain", "tried", "injection")
    )
}


def role(*names: str) -> int:
    """Return the bits of the named roles together."""
    return sum(ROLES[name] for name in names)
