"""The reader of free text, at its public seams."""

from hooks.spine.text.governing import governing
from hooks.spine.text.lexicon import CONSTRUCT
from hooks.spine.text.places import Reach
from hooks.spine.text.reader import read_text
from hooks.spine.text.tags import words_of_each


def words_of(sentence):
    """The words and marks of one sentence."""
    return words_of_each([sentence])[0]


def told(statement):
    """A statement in one line: "loosening affirmed L5, S1 left"."""
    beyond = statement.reach in (Reach.ALL, Reach.REMAINING)
    reach = f"({statement.reach.value})" if beyond else ""
    words = (statement.target, statement.stance.value, str(statement.levels), statement.side, reach)
    return " ".join(word for word in words if word)


def stated(text, section="findings"):
    """What a text states, sentence by sentence."""
    return [told(s) for s in read_text(text, section)]


def said(text):
    """What of a whole text governs, without the levels of the construct."""
    return [told(s) for s in governing(read_text(text)) if s.target != CONSTRUCT]
