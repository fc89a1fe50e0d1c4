"""What is kept of words is bounded, and does not change what is found."""

from cds_service.engine.vocabulary import LONGEST, MOST, Vocabulary


def test_a_word_is_asked_for_once_and_keeps_its_answer():
    asked = []
    lengths = Vocabulary(lambda word: asked.append(word) or len(word))
    assert [lengths["screw"], lengths["rod"], lengths["screw"]] == [5, 3, 5]
    assert asked == ["screw", "rod"]


def test_what_is_longer_than_a_word_is_answered_and_not_kept():
    lengths = Vocabulary(len)
    assert lengths["x" * LONGEST] == LONGEST
    assert lengths["x" * (LONGEST + 1)] == LONGEST + 1
    assert list(lengths) == ["x" * LONGEST]


def test_a_full_vocabulary_begins_anew():
    lengths = Vocabulary(len)
    for number in range(MOST + 1):
        assert lengths[str(number)] == len(str(number))
    assert list(lengths) == [str(MOST)]
