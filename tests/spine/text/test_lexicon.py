"""What a radiologist reviews: lexicon.yaml and sections.yaml are whole and do not contradict."""

from collections import Counter
from pathlib import Path

import pytest

import hooks
from cds_service.engine.codes import load_yaml
from hooks.spine.levels import parse_levels
from hooks.spine.text.headings import named
from hooks.spine.text.lexicon import Cue, Lexicon, Phrase, Stance, lexicon
from hooks.spine.text.roles import IDIOMS, KINDS, NOUNS, ROLES
from hooks.spine.text.tags import tags_of
from tests.spine.text import stated, words_of

TEXT = Path(hooks.__file__).parent / "spine" / "text"
LEXICON, SECTIONS = load_yaml(TEXT / "lexicon.yaml"), load_yaml(TEXT / "sections.yaml")
TARGETS = LEXICON["targets"] | LEXICON["topics"]
NO_ROLES = {
    "targets",
    "topics",
    "nouns",
    "sides",
    "pelvis",
    "spoken levels",
    "scales",
    "tolerant",
    "ordinary",
}
STANCES = {stance.value for stance in Stance} | {""}


def leaves(content, *path):
    """Every phrase with the names above it; in a mapping to single words the keys are phrases."""
    for name, below in content.items():
        if isinstance(below, dict):
            yield from leaves(below, *path, name)
        elif isinstance(below, list):
            yield from (((*path, name), phrase) for phrase in below)
        else:
            yield path, name


def key(phrase):
    return " ".join(phrase.lower().replace("-", " ").split())


def test_every_phrase_is_a_string_in_lower_case():
    wrong = [
        (path, p)
        for path, p in leaves(LEXICON)
        if not isinstance(p, str) or p != p.lower() or not p
    ]
    assert wrong == []


def test_no_list_holds_a_phrase_twice():
    counted = Counter((path, key(phrase)) for path, phrase in leaves(LEXICON))
    assert [entry for entry, times in counted.items() if times > 1] == []


def test_every_group_is_a_role_that_the_reader_knows_and_every_role_is_listed():
    groups = {name for name in LEXICON if name not in NO_ROLES}
    listed = {
        f"{group} {part}" if isinstance(LEXICON[group], dict) else group
        for group in groups
        for part in (LEXICON[group] if isinstance(LEXICON[group], dict) else [""])
    }
    assert listed == {*ROLES, *IDIOMS}
    assert set(LEXICON["nouns"]) == set(NOUNS)


@pytest.mark.parametrize("target", TARGETS)
def test_every_group_of_a_target_is_a_stance_beside_or_near_a_known_noun(target):
    for group in TARGETS[target]:
        stance, _, noun = group.replace("beside ", "near ").partition("near ")
        assert stance.strip() in STANCES
        assert not noun or noun in NOUNS
        assert stance.strip() or noun


@pytest.mark.parametrize("target", TARGETS)
def test_no_phrase_affirms_and_denies_one_target(target):
    stances = {}
    for group, phrases in TARGETS[target].items():
        stance, _, near = group.replace("beside ", "near ").partition("near ")
        for phrase in phrases:
            stances.setdefault((key(phrase), near), set()).add(stance.strip() or "affirmed")
    assert {phrase: said for phrase, said in stances.items() if len(said) > 1} == {}


def at(phrase):
    found = Lexicon(LEXICON).at(words_of(phrase), 0)
    return found and found[0]


def test_a_phrase_has_all_that_it_can_mean():
    assert at("left").side == "left"
    assert str(at("four five").levels) == "L4-L5"
    assert at("bridwell").scale == "bridwell"
    assert at("iliac").levels.pelvis
    assert at("lucency").cues == (Cue("loosening", Stance.AFFIRMED, NOUNS["hardware"]),)
    assert at("tender").cues == (
        Cue("hardware-pain", Stance.AFFIRMED, NOUNS["hardware"], close=True),
    )
    assert at("intact").cues == (Cue("breakage", Stance.DENIED, NOUNS["hardware"]),)
    assert at("no evidence of").roles & ROLES["negation forward"]
    once = ROLES["historical forward"] | ROLES["historical around"]
    assert at("resolved").roles & once == once
    assert at("no such words") is not None
    assert at("weather") is None


def test_a_longer_phrase_outweighs_a_shorter_one_and_keeps_its_nouns_and_levels():
    assert at("palpable screws").roles & NOUNS["hardware"]
    assert at("iliac bolt").levels.pelvis
    assert Lexicon(LEXICON).at(words_of("no change in"), 0)[1] == 2
    assert Lexicon(LEXICON).at(["no"], 0)[1] == 1


@pytest.mark.parametrize(
    ("words", "may"),
    [
        ("nonunion", True),
        ("bridging bone", True),
        ("bridwell", True),
        ("lucency", True),  # "no lucency" denies loosening
        ("tender over the screws", True),
        ("tender abdomen", False),
        ("no pulses at the left", False),
    ],
)
def test_a_sentence_may_state_something_when_a_cue_and_the_noun_it_needs_are_there(words, may):
    assert Lexicon(LEXICON).may_state(words.split()) is may


def test_no_phrase_affirms_fusion_and_nonunion():
    solid, nonunion = (
        {key(p) for p in TARGETS[target]["affirmed"]} for target in ("solid-fusion", "nonunion")
    )
    assert not solid & nonunion


def test_every_phrase_can_be_met_in_a_text():
    words, unmet = lexicon(), []
    for path, phrase in leaves(LEXICON):
        if path[0] in ("scales", "tolerant", "ordinary"):
            continue
        said = words_of(phrase)
        if not said or [tag.size for tag in tags_of(said, words)] != [len(said)]:
            unmet.append(phrase)
    assert unmet == []


@pytest.mark.parametrize("phrase", TARGETS["solid-fusion"]["affirmed"])
def test_no_phrase_for_fusion_is_affirmed_behind_no(phrase):
    assert "solid-fusion affirmed" not in stated(f"No {phrase}.")
    assert "solid-fusion affirmed" not in stated(f"There is no evidence of {phrase}.")


def test_strict_adjectives_are_solid_ones_and_suggesting_words_are_doubts():
    assert set(LEXICON["strict adjectives"]) <= set(LEXICON["solid adjectives"])
    assert set(LEXICON["suggesting"]) <= set(LEXICON["uncertain"])


def test_spoken_levels_are_levels():
    assert all(parse_levels(level).interspaces for level in LEXICON["spoken levels"].values())


def test_the_grades_of_every_scale_state_something():
    stated_by_grade = {grade for scale in LEXICON["scales"].values() for grade in scale.values()}
    assert stated_by_grade == {"affirmed", "possible", "denied", "nonunion"}


def test_no_heading_opens_two_sections_and_every_heading_is_known_on_its_own_line():
    headings = Counter(h for listed in SECTIONS["sections"].values() for h in listed)
    assert [heading for heading, times in headings.items() if times > 1] == []
    for section, listed in SECTIONS["sections"].items():
        assert {h for h in listed if named(f"{h.upper()}:") != section} == set()


def test_every_word_of_the_sections_is_a_string_in_lower_case():
    wrong = [p for _, p in leaves(SECTIONS) if not isinstance(p, str) or p != p.lower()]
    assert wrong == []


def test_the_longest_phrase_wins_and_phrases_together_keep_their_side():
    assert Lexicon(LEXICON).at(words_of("risks discussed include nonunion"), 0)[1] == 3
    assert (Phrase(side="left") | Phrase(roles=1)).side == "left"


def test_only_words_that_state_fusion_or_nonunion_by_themselves_imply_fusion():
    words = Lexicon(LEXICON)
    for stating in ("solidly fused", "nonunion"):
        phrase, _ = words.at(words_of(stating), 0)
        assert phrase.roles & KINDS["union cue"]
    assert not at("lucency").roles & KINDS["union cue"]
