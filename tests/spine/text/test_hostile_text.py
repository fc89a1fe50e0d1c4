"""Any text at all: nothing is raised, offsets hold, the work is linear, order adds no fusion."""

import sys
from base64 import b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cds_service.engine.codes import load_yaml
from hooks.spine.text.governing import governing
from hooks.spine.text.lexicon import Stance
from hooks.spine.text.plain import LIMIT, decoded, of_html, of_rtf
from hooks.spine.text.reader import read_text
from tests.reading.scoring import HERE

SENTENCES = load_yaml(HERE / "misleading.yaml")["solid-fusion"]  # none states a solid fusion
PIECES = [
    "no ", "not ", "L4-5 ", "L4-S1 ", "solid ", "fusion ", "nonunion ", "fused ", "loose ",
    "screw ",
    "intact ", "except ", "but ", "at ", "left ", "IMPRESSION:", "INDICATION: ", "ADDENDUM: ", "\n",
    "\n\n", ". ", "? ", ": ", ", ", "; ", "| ", "-> ", "/ ", "[x] ", "[ ] ", "(", ")", "L ",
    "four ",
    "five ", "to ", "grade ", "Bridwell ", "II ", "40% ", "history of ", "may ", "2019 ", "\0", "ß",
    "pseudarthosis ", "Level ", "yes ", "no\n", " period", "'", "-", "..",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=40).map("".join)


def affirms_fusion(text):
    found = governing(read_text(text))
    return any(s.target == "solid-fusion" and s.stance is Stance.AFFIRMED for s in found)


@given(texts)
@example("L4-5 : : ")  # a sentence of levels and marks has no clause at all
@example("L4-5 : ; : ")
@example("nonunion  period period")
def test_any_text_is_read_and_every_statement_lies_in_it(text):
    for statement in (*read_text(text), *governing(read_text(text))):
        sentence = text[statement.start : statement.end]
        assert sentence == sentence.strip() != ""


@given(texts)
def test_reading_a_text_twice_gives_the_same(text):
    assert governing(read_text(text)) == governing(read_text(text))


@given(st.text() | texts)
def test_any_markup_and_any_data_is_turned_into_text_or_none(text):
    for markup in (text, "{\\rtf1 " + text.replace("-", "\\u"), f"<p>{text}</p><!--{text}"):
        assert isinstance(of_html(markup), str)
        assert isinstance(of_rtf(markup), str)
    assert decoded(None, text) is None or isinstance(decoded(None, text), str)


@given(st.binary())
def test_any_bytes_are_text_or_none(raw):
    for content_type in ("text/plain", "text/html", "application/rtf"):
        found = decoded(content_type, b64encode(raw).decode())
        assert found is None or len(found) <= LIMIT


@given(st.lists(st.sampled_from(SENTENCES), max_size=6))
def test_no_order_of_sentences_without_fusion_makes_one(sentences):
    assert not affirms_fusion("\n\n".join(sentences))


@given(st.permutations(
    ["Solid fusion at L4-5.", "Nonunion at L4-5.", "No loosening.", "Screws are intact."]
))  # fmt: skip
def test_a_nonunion_at_its_level_keeps_fusion_from_being_affirmed_in_any_order(lines):
    assert not affirms_fusion("\n\n".join(lines))


def lines_run(read):
    """How many lines of Python a call runs: a measure of work that no other process disturbs."""
    count = 0

    def trace(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        read()
    finally:
        sys.settrace(before)
    return count


UNITS = [
    "no ", "(", "fusion ", "[ ] ", "[", "\0", "x", "L4-5 ", "?", "a:", "| ", "|\n", "- \n", "-> / ",
    "solid fusion, ", "Solid fusion at L4-5. ", "Nonunion at L4-5.\n", "IMPRESSION: Loose. ",
    "loosening or ", "\n", " . ", "is\n", "x period ", "except L4-5 ", "pseudarthosis ",
    "<p>", "&#",
    "FINDINGS: Solid fusion at L4-5.\nIMPRESSION: Nonunion at L4-5.\n",
]  # fmt: skip
SMALL, EIGHTFOLD, TOLERANCE = 8_192, 8, 1.5


@pytest.mark.parametrize("unit", UNITS)
def test_eight_times_the_text_is_about_eight_times_the_work(unit):
    text = (unit * LIMIT)[:LIMIT]
    read_text(text[:SMALL])  # caches are warm
    small = lines_run(lambda: governing(read_text(text[:SMALL])))
    large = lines_run(lambda: governing(read_text(text)))
    assert large <= EIGHTFOLD * TOLERANCE * small


@pytest.mark.parametrize("unit", ["<div>", "<p", "</", "<!--", "<script>", "&amp;", "<"])
def test_deeply_nested_or_broken_html_is_linear_work(unit):
    markup = (unit * LIMIT)[:LIMIT]
    small = lines_run(lambda: of_html(markup[:SMALL]))
    assert lines_run(lambda: of_html(markup)) <= EIGHTFOLD * TOLERANCE * small


@pytest.mark.parametrize("unit", ["{", "}", "\\", "\\'", "\\u1?", "{\\*", "\\par ", "\\'e9"])
def test_deeply_nested_or_broken_rtf_is_linear_work(unit):
    markup = ("{\\rtf1 " + unit * LIMIT)[:LIMIT]
    small = lines_run(lambda: of_rtf(markup[:SMALL]))
    assert lines_run(lambda: of_rtf(markup)) <= EIGHTFOLD * TOLERANCE * small


def test_a_word_of_any_length_is_no_typo():
    assert read_text("\0" * LIMIT) == ()
    assert lines_run(lambda: read_text("x-" + "\0" * LIMIT)) < 10_000
