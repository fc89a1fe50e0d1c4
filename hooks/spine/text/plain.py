"""Attachments and narratives to plain text: text, HTML and RTF; nothing else is readable.

Own readers in one pass each: the libraries for this match free text with backtracking regular
expressions, or part a sentence at every inline element (faults.md, P-06).
"""

from __future__ import annotations

from binascii import a2b_base64
from html import unescape

LIMIT = 65_536  # characters of one field that are read (faults.md, P-06)
_MARKUP = 8 * LIMIT  # characters of markup that are looked through for them
TEXT, HTML, RTF = "text/plain", "text/html", "rtf"
_KINDS = {
    "text/plain": TEXT,
    "text/markdown": TEXT,
    "text/html": HTML,
    "application/xhtml+xml": HTML,
    "text/rtf": RTF,
    "application/rtf": RTF,
}
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "br",
        "li",
        "tr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "ul",
        "ol",
        "section",
        "article",
        "header",
        "footer",
        "pre",
        "hr",
        "dt",
        "dd",
        "blockquote",
        "title",
        "thead",
        "tbody",
    ]
)
_CODE = 5  # digits of a character's number in RTF
_CELLS = frozenset(("td", "th"))
_HIDDEN = frozenset(("script", "style", "head"))


def is_readable(content_type: str | None) -> bool:
    """Whether an attachment of this type can be read; one without a type is taken for text."""
    return _kind(content_type) is not None


def _kind(content_type: str | None) -> str | None:
    if not content_type:
        return TEXT
    return _KINDS.get(content_type.partition(";")[0].strip().lower())


def decoded(content_type: str | None, data: str) -> str | None:
    """Return the text of base64 data; None when its type is not readable or it is no base64."""
    if not is_readable(content_type):
        return None
    head = "".join(data[: _MARKUP // 3 * 4].split())  # it may be broken into lines
    is_whole = len(data) <= _MARKUP // 3 * 4
    head = head + "=" * (-len(head) % 4) if is_whole else head[: len(head) // 4 * 4]
    try:
        raw = a2b_base64(head, strict_mode=True)
    except ValueError:
        return None
    return text_of(content_type, raw)


def text_of(content_type: str | None, raw: bytes) -> str | None:
    """Return the text of bytes by their type; None where neither type nor bytes are readable."""
    kind = _kind(content_type)
    if kind is None or b"\0" in raw or raw.startswith(b"%PDF"):
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    if kind is RTF or text.startswith("{\\rtf"):
        return of_rtf(text)
    return of_html(text) if kind is HTML else text[:LIMIT]


def of_html(markup: str) -> str:
    """Return the text of HTML or XHTML: blocks begin a line, cells are parted by a bar."""
    found: list[str] = []
    hidden, place, markup = "", 0, markup[:_MARKUP]
    while place < len(markup):
        opened = markup.find("<", place)
        opened = len(markup) if opened < 0 else opened
        if not hidden:
            found.append(" ".join(markup[place:opened].replace("\n", " ").split(" ")))
        if not _begins_tag(markup, opened):
            found.append(markup[opened : opened + 1] if not hidden else "")
            place = opened + 1
            continue
        closed = _tag_end(markup, opened)
        if closed < 0:
            break
        name = _element(markup[opened + 1 : min(closed, opened + 16)])
        if hidden:
            hidden = "" if name == f"/{hidden}" else hidden
        elif name in _HIDDEN:
            hidden = name
        else:
            found.append(_break(name))
        place = closed + 1
    lines = unescape("".join(found)).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines)[:LIMIT]


def _begins_tag(markup: str, opened: int) -> bool:
    """Whether "<" begins a tag or a comment, as browsers have it: "< 2 mm" is text."""
    following = markup[opened + 1 : opened + 2]
    return following.isalpha() or following in ("/", "!", "?")


def _tag_end(markup: str, opened: int) -> int:
    """Return where a tag ends, or the comment that begins here; below 0 when it does not."""
    if not markup.startswith("<!--", opened):
        return markup.find(">", opened)
    closed = markup.find("-->", opened)
    return closed if closed < 0 else closed + 2


def _element(tag: str) -> str:
    name = tag.lstrip().partition(" ")[0].rstrip("/").lower()
    return name.partition("\n")[0]


def _break(name: str) -> str:
    bare = name.lstrip("/")
    if bare in _CELLS:
        return " | " if name in _CELLS else ""
    return "\n" if bare in _BLOCKS else ""


# Destinations of RTF that hold no text of the document.
_SKIPPED = frozenset(
    [
        "fonttbl",
        "colortbl",
        "stylesheet",
        "info",
        "pict",
        "header",
        "footer",
        "generator",
        "listtable",
        "listoverridetable",
        "themedata",
        "datastore",
        "object",
        "fldinst",
        "rsidtbl",
        "xmlnstbl",
        "latentstyles",
    ]
)
_RTF_WORDS = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "cell": " | ", "tab": " ",
    "emdash": "-", "endash": "-", "bullet": "- ", "lquote": "'", "rquote": "'",
    "ldblquote": '"', "rdblquote": '"',
}  # fmt: skip


def of_rtf(markup: str) -> str:
    """Return the text of an RTF document; groups that hold no text are left out."""
    found: list[str] = []
    stack: list[bool] = []
    place, skips, markup = 0, False, markup[:_MARKUP]
    while place < len(markup):
        char = markup[place]
        if char == "{":
            stack.append(skips)
            place += 1
        elif char == "}":
            skips = stack.pop() if stack else False
            place += 1
        elif char == "\\":
            word, text, place = _control(markup, place)
            skips = skips or word in _SKIPPED or word == "*"
            if not skips:
                found.append(text)
        else:
            if not skips and char not in "\r\n":
                found.append(char)
            place += 1
    return "".join(found)[:LIMIT]


def _control(markup: str, place: int) -> tuple[str, str, int]:
    """Return a control word, the text that it stands for, and where what follows begins."""
    following = markup[place + 1 : place + 2]
    if following == "'":
        code = markup[place + 2 : place + 4]
        try:
            return "", bytes.fromhex(code).decode("cp1252", errors="replace"), place + 4
        except ValueError:
            return "", "", place + 2
    if not following.isalpha():
        text = {"~": " ", "_": "-"}.get(following, following if following in "\\{}" else "")
        return following, text, place + 2
    end = place + 1
    while end < len(markup) and markup[end].isalpha() and markup[end].isascii():
        end += 1
    word, digits = markup[place + 1 : end], end
    while digits < len(markup) and (markup[digits].isdigit() or markup[digits] == "-"):
        digits += 1
    if word == "u" and digits > end:
        return word, *_unicode(markup, end, digits)
    text = _RTF_WORDS.get(word, "")
    if markup[digits : digits + 1] == " ":
        digits += 1
    return word, text, digits


def _unicode(markup: str, start: int, end: int) -> tuple[str, int]:
    """Return the character of a Unicode word, and the place behind its one replacement."""
    number = markup[start:end]
    end += markup[end : end + 1] == " "
    digits = number.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _CODE):
        return "", end
    if markup.startswith("\\'", end):
        after = end + 4
    else:
        after = end + 1 if markup[end : end + 1] not in ("\\", "{", "}", "") else end
    code = int(number) % 65_536
    return ("" if 0xD800 <= code <= 0xDFFF else chr(code)), after
