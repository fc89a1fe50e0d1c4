"""Whether a SPECT/CT says that its own CT is of diagnostic quality (clinical.md 3.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hooks.spine.words import in_order

_PHRASES = (
    " diagnostic ct ",
    " diagnostic quality ct ",
    " ct of diagnostic quality ",
    " ct component is diagnostic ",
    " ct component is of diagnostic quality ",
    " ct is diagnostic ",
    " ct is of diagnostic quality ",
)
# With one of these the CT of this examination is none, or another one is asked for.
_AGAINST = frozenset(
    ("no", "not", "non", "nor", "neither", "never", "without", "cannot", "nondiagnostic", "isn't",
     "wasn't", "rather", "than", "instead", "recommend", "recommends", "recommended",
     "recommendation", "recommendations", "correlate", "correlated", "correlation", "dedicated",
     "separate", "separately", "advise", "advised", "suggest", "suggested", "consider",
     "considered", "needed", "necessary", "required", "requires", "should", "would", "could",
     "may", "might", "if", "unless", "until", "pending", "planned", "scheduled", "awaited",
     "follow", "plan", "limited", "suboptimal", "inadequate", "insufficient")
)  # fmt: skip
# With one of these it is of another examination.
_OF_ANOTHER = frozenset(
    ("prior", "previous", "previously", "comparison", "comparisons", "compared", "compare",
     "outside", "earlier", "recent", "last", "history", "indication", "indications", "reason",
     "clinical", "correlative", "reviewed", "available")
)  # fmt: skip
_DOUBTED = (" nondiagnostic ", " non diagnostic ", " not diagnostic ", " not of diagnostic ")
_ENDS = str.maketrans(dict.fromkeys(".;!?", "\n"))
_LABEL = 3  # words of a heading at most


def has_diagnostic_ct(bodies: Iterable[str]) -> bool:
    """Whether one sentence says that the CT is diagnostic, and none says anything against it."""
    claims = [claim for body in bodies for claim in _claims(body)]
    return any(claims) and None not in claims


def _claims(body: str) -> Iterator[bool | None]:
    """Yield True for a sentence that claims a diagnostic CT, None for one that speaks against it.

    A heading counts for the sentences up to the next one: a comparison is of another examination.
    """
    heading = ""
    for sentence in filter(str.strip, body.translate(_ENDS).split("\n")):
        label, colon, _ = sentence.partition(":")
        alone = sentence.isupper() and len(sentence.split()) <= _LABEL
        if alone or (colon and len(label.split()) <= _LABEL):
            heading = label
        said = f" {_in_words(sentence)} "
        if any(words in said for words in _DOUBTED):
            yield None
        elif any(phrase in said for phrase in _PHRASES):
            words = frozenset(said.split()).union(_in_words(heading).split())
            is_dated = any(map(_is_year, said.split()))
            yield None if words & _AGAINST else not (is_dated or words & _OF_ANOTHER)


def _in_words(sentence: str) -> str:
    return " ".join(in_order(sentence)).replace("-", " ")


def _is_year(word: str) -> bool:
    """Whether a word is a year, which is that of another examination."""
    return len(word) == 4 and word.isdigit() and word[:2] in ("19", "20")
