"""Attachments and narratives to plain text; what cannot be read is None and never empty text."""

from base64 import b64encode

import pytest

from hooks.spine.text.plain import LIMIT, decoded, is_readable, of_html, of_rtf, text_of


def base64(raw):
    return b64encode(raw).decode()


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "TEXT/PLAIN; charset=utf-8", " text/html ", "application/rtf", "", None],
)
def test_text_html_and_rtf_are_readable_and_so_is_what_has_no_type(content_type):
    assert is_readable(content_type)
    assert decoded(content_type, base64(b"Solid.")) == "Solid."


@pytest.mark.parametrize("content_type", ["application/pdf", "image/png", "text/calendar", "x"])
def test_other_types_are_not_readable(content_type):
    assert not is_readable(content_type)
    assert decoded(content_type, base64(b"Solid.")) is None


@pytest.mark.parametrize(
    "raw", [b"%PDF-1.7 Solid.", b"So\0lid.", "Solid.".encode("utf-16"), b"\0" * 100]
)
def test_bytes_that_are_no_text_are_not_read_whatever_they_are_called(raw):
    assert text_of("text/plain", raw) is None


@pytest.mark.parametrize("data", ["U29saWQu", "U29s\naWQu\r\n", "U29s aWQu"])
def test_base64_may_be_broken_into_lines(data):
    assert decoded("text/plain", data) == "Solid."
    assert decoded("text/plain", "U29saWQ") == "Solid"  # without its padding
    assert decoded("text/plain", "\n".join(base64(b"Solid fusion."))) == "Solid fusion."


@pytest.mark.parametrize("data", ["é" * 8, "!!!!", "a*b=c", "=", "====", "\ud800abc"])
def test_what_is_no_base64_is_not_read(data):
    assert decoded("text/plain", data) is None


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Knochen über".encode(), "Knochen über"),
        ("Knochen über".encode("cp1252"), "Knochen über"),
        (b"\xef\xbb\xbfINDICATION: x", "INDICATION: x"),
        (b"\x81\x8d", "\ufffd\ufffd"),
    ],
)
def test_text_is_utf8_or_else_windows_and_has_no_byte_order_mark(raw, text):
    assert text_of("text/plain", raw) == text


def test_rtf_is_known_by_its_first_bytes_whatever_it_is_called():
    assert text_of("text/plain", rb"{\rtf1 Solid.}") == "Solid."


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<div><p>Solid.</p><p>No loosening.</p></div>", "Solid.|No loosening."),
        ("Solid<br/>No <b>loosening</b>.", "Solid|No loosening."),
        ("<h2>Impression</h2>Solid", "Impression|Solid"),
        ("<tr><td>L4-5</td><td>solid</td></tr>", "| L4-5 | solid"),
        ("a\nb", "a b"),
        ("&lt;2 mm &amp; solid&nbsp;bone", "<2 mm & solid bone"),
        ("<script>Solid</script><style>p {}</style>Loose", "Loose"),
        ("<head><title>Solid</title></head>Loose", "Loose"),
        ("<!-- <p>Solid.</p> -->Loose", "Loose"),
        ("Loose<!-- Solid", "Loose"),
        ("Loose<!-- a --> at<!-- b --> L4", "Loose at L4"),
        ("<?xml version='1.0'?>Loose", "Loose"),
        ("Lucency < 2 mm. Nonunion.", "Lucency < 2 mm. Nonunion."),
        ("Lucency <2 mm. <b>Nonunion</b>.", "Lucency <2 mm. Nonunion."),
        ("Loose<p", "Loose"),
        ("Loose <", "Loose <"),
        ("<P CLASS='x'>Loose</P\n>", "Loose"),
        ("<p\nclass='x'>Loose", "Loose"),
        ("", ""),
    ],
)
def test_blocks_begin_a_line_and_hidden_text_is_left_out(markup, text):
    lines = [line for line in of_html(markup).split("\n") if line]
    assert "|".join(lines) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (r"{\rtf1\ansi{\fonttbl{\f0 Solid;}}\f0 Loose.\par Broken.}", "Loose.\nBroken."),
        (r"{\rtf1 a\tab b\cell c\row d}", "a b | c\nd"),
        (r"{\rtf1 caf\'e9 \'zz}", "café zz"),
        (r"{\rtf1 \u8211? L4\u8209?5}", "– L4‑5"),
        (r"{\rtf1 L4\u8211\'965, L5\u8211 ?S1}", "L4–5, L5–S1"),
        (r"{\rtf1 \u-3913?x}", "\uf0b7x"),
        (r"{\rtf1 \u55357?x}", "x"),
        (r"{\rtf1 \u8211\par x}", "–\nx"),
        (r"{\rtf1 \{L4\} \\ a\~b\_c}", r"{L4} \ a b-c"),
        (r"{\rtf1 {\*\generator Solid;}Loose}", "Loose"),
        (r"{\rtf1 {\*\company Solid;}Loose}", "Loose"),
        (r"{\rtf1 {\pict 00ff}Loose\emdash stable}", "Loose-stable"),
        ("{\\rtf1 Lo\r\nose}", "Loose"),
        (r"{\rtf1 Loose}}}} x", "Loose x"),
        ("{\\rtf1 Loose\\", "Loose"),
        ("{\\rtf1 Loose\\'", "Loose"),
        (r"{\rtf1 Loose\u", "Loose"),
        (r"{\rtf1 Loose\u--? x", "Loose? x"),
        (r"{\rtf1 Loose\u1-2? x", "Loose? x"),
        (r"{\rtf1 Loose\u²? x", "Loose? x"),
        (r"{\rtf1 Loose\u" + "1" * 5_000 + "? x", "Loose? x"),
    ],
)
def test_rtf_is_read_without_the_groups_that_hold_no_text(markup, text):
    assert of_rtf(markup) == text


def test_base64_in_lines_that_is_too_long_is_read_as_far_as_it_is_looked_at():
    lines = "\r\n".join([base64(b"Loose screws at S1.\n" * 3)] * 20_000)
    assert decoded("text/plain", lines).startswith("Loose screws at S1.\nLoose")


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", "text/rtf"])
def test_at_most_64_kib_of_text_are_returned(content_type):
    assert len(decoded(content_type, base64(b"no " * 400_000))) <= LIMIT
