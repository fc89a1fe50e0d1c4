"""Text of the record in Markdown (faults.md, O-01, O-02 and T14)."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cds_service.engine.markdown import code_span, plain, visible

# GitHub's Markdown: CommonMark with tables and strikethrough. Bare links are made from the text
# between elements only, so that a lone code element leaves none of it.
GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
MARKUP = (
    "` `` ``` | \\ < > ** __ ~~ # - + 1. ![ ]( ) [x](https://evil.example) <img src=x> &#96; &lt; "
    "https://a.b www.evil.example a@b.example <script> $ ~~~ :--- --- ==="
)
ODD = ("\n", "\r", "\t", "\x00", "\u202e", "\u200b", "\u0301", "\ufeff", "\u2028", "\ud800", " ")
HOSTILE = st.sampled_from([*MARKUP.split(), *ODD])
ANYTHING = st.text(st.characters(codec=None), max_size=300) | st.lists(
    HOSTILE | st.text(max_size=3), max_size=60
).map("".join)


def inline(text):
    """The inline elements of a text, which must be one paragraph."""
    opened, content, closed = GFM.parse(text)
    assert (opened.type, closed.type) == ("paragraph_open", "paragraph_close")
    return content.children


@settings(max_examples=600, deadline=None)
@given(ANYTHING)
def test_any_text_of_the_record_is_one_code_element_and_nothing_else(text):
    shown = code_span(text)
    if not shown:
        assert plain(text) == ""
        return
    (element,) = inline(shown)
    assert element.type == "code_inline"
    if "`" * 5 not in plain(text):
        assert element.content == plain(text)


@settings(max_examples=200, deadline=None)
@given(ANYTHING)
def test_in_a_list_and_in_a_table_cell_it_is_still_one_code_element(text):
    shown = code_span(text)
    if not shown:
        return
    for page in (f"- before {shown} after", f"| a | b |\n|---|---|\n| {shown} | x |"):
        rendered = GFM.render(page)
        assert rendered.count("<code>") == 1
        assert not any(tag in rendered for tag in ("<a ", "<img", "<h1", "<h2", "<script", "<pre"))


@settings(max_examples=300, deadline=None)
@given(ANYTHING, st.integers(1, 60))
def test_plain_text_is_one_visible_line_within_its_limit(text, limit):
    line = plain(text, limit)
    assert len(line) <= limit
    assert "|" not in line
    assert line == " ".join(line.split())
    assert not {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} & set(map(unicodedata.category, line))


def test_a_long_text_is_cut_with_an_ellipsis():
    assert plain("abcdefgh", 5) == "abcd…"
    assert plain("abcde", 5) == "abcde"


def test_a_text_is_cut_at_a_base_character_and_never_inside_its_marks():
    assert plain("abc" + "q\u0323\u0307" + "z", 5) == "abc…"


def test_of_a_pile_of_marks_two_stay():
    assert plain("q" + "\u0323" * 50) == "q\u0323\u0323"


def test_bidirectional_and_zero_width_characters_are_taken_out():
    assert plain("a\u202eb\u200bc\ufeff") == "abc"


def test_line_breaks_become_spaces():
    assert plain("a\r\nb\u2028c\td") == "a b c d"


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\n\n", "|"])
def test_nothing_visible_makes_no_code_element(text):
    assert code_span(text) == ""


@pytest.mark.parametrize("run", [5, 79, 80, 81, 500])
def test_a_run_of_backticks_longer_than_renderers_take_is_shown_shorter(run):
    shown = code_span("a " + "`" * run + " https://evil.example", 600)
    assert shown == "````` a ```` https://evil.example `````"


def test_the_fence_is_longer_than_any_run_of_backticks():
    assert code_span("a`b``c") == "``` a`b``c ```"
    assert code_span("abc") == "`abc`"


@given(ANYTHING)
def test_what_leaves_as_data_keeps_its_lines_and_hides_nothing(text):
    left = visible(text)
    assert not {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} & set(
        map(unicodedata.category, left.replace("\n", ""))
    )
    assert left.count("\n") == text.count("\n")
    assert visible("a\u202eb\x07\nc d") == "ab\nc d"
