"""Text that wants to be markup, put into every text of a request; and a card as one sees it."""

import re
from base64 import b64decode, b64encode
from binascii import Error
from copy import deepcopy
from html.parser import HTMLParser

from cmarkgfm import cmark

from tests.hostile_requests.mutations import node_at, paths

MARK = "Zqx7"  # stands in every hostile text and in none of our own
HOSTILE = (
    "[{m}](https://evil.example/{m})",
    "![{m}](https://evil.example/{m}.png)",
    "https://{m}.example",
    "http://evil.example/?{m}",
    "www.{m}.example",
    "{m}@evil.example",
    "mailto:{m}@evil.example",
    "<https://evil.example/{m}>",
    "xmpp:{m}@evil.example/x",
    "ftp://{m}.example",
    "@{m}",
    "#{m}",
    "javascript:alert('{m}')",
    "[{m}][1]\n\n[1]: https://evil.example",
    "[^{m}]\n\n[^{m}]: note",
    "<script>{m}</script>",
    "<img src=x onerror={m}>",
    "<a href='//evil.example'>{m}</a>",
    "<!-- {m}",
    "<![CDATA[{m}",
    "<?{m}",
    "</code></p></div><h1>{m}",
    "<b>{m}</b>",
    "<{m}",
    "&lt;script&gt;{m}",
    "&#60;b&#62;{m}",
    "&{m};",
    "# {m}",
    "{m}\n===",
    "{m}\n---",
    "\n\n# {m}\n\n",
    "\n- {m}\n- {m}",
    "\n1. {m}",
    "> {m}",
    "\n    {m}",
    "```\n{m}\n```",
    "~~~\n{m}",
    "***\n{m}",
    "|{m}|b|\n|---|---|\n|c|d|",
    "| {m} | https://evil.example |",
    "a | {m}\n--|--\nb | c",
    "`{m}`",
    "``{m}``",
    "`{m}",
    "{m}`",
    "` `` ``` {m} ```` `````",
    "``` {m} ` https://evil.example",
    "\\`{m}\\`",
    "`\\`{m} www.evil.example",
    "{m} `` ` https://evil.example ` ``",
    "**{m}**",
    "~~{m}~~",
    "_{m}_ *{m}* __{m}__",
    "- [ ] {m}",
    "- [x] {m}",
    "{m}\\\nnext",
    "{m}  \nnext",
    "$${m}$$",
    "\u202e{m}\u202c",
    "\u2066{m}\u2069",
    "\u200b{m}\u200d\ufeff",
    "{m}" + "\u0301" * 60,
    "\u212b{m}\u1e9b\u0323",
    "\u2028{m}\u2029",
    "\u0085{m}\x1b[31m",
    "\x07{m}\x7f\x9b",
    "\U000e0041{m}",
    "{m} \ufdd0\uffff",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467{m}",
    "{m}" + "x" * 10_000,
    "https://evil.example/" + "{m}" * 2_000,
    "`" * 10_000 + "{m}",
    "{m} " * 2_500,
    "[" * 3_000 + "{m}",
    "{m}\r\n\r\nhttps://evil.example",
    "\t\t{m}",
    "{m}\u00a0https://evil.example",
    "\U0001f9b4{m}",
    "{m}</code>https://evil.example<code>",
    "{m}`https://evil.example`{m}",
    "'{m}\"",
    "{{{{{m}}}}}",
)
WORDS = (
    "no ",
    "Pain. ",
    "at L4-5 ",
    "\n\n",
    " ",
    ": ",
    "solid fusion ",
    "(",
    ") ",
    "; ",
    "; it ",
    " ",
)
_NOT_TEXT = frozenset(("resourceType", "status", "system", "code", "hook", "hookInstance", "intent",
                       "mode", "type", "contentType", "data", "patientId", "userId", "id",
                       "fullUrl", "recordedDate", "authoredOn", "birthDate", "date"))  # fmt: skip
_DATE = re.compile(r"\d{4}(-\d\d)*(T.*)?\Z")
_ALLOWED = frozenset(("p", "strong", "em", "ul", "li", "code"))


def hostile(random):
    """One hostile text: a form or several, among words that are read."""
    forms = random.choices(HOSTILE, k=random.choice((1, 1, 1, 2, 4)))
    parts = [form.format(m=MARK) for form in forms]
    return "".join(part + random.choice(WORDS) for part in parts).strip() or MARK


def said(text, random):
    """A text of the record with a hostile one in it, so that what it says may still be read."""
    evil = hostile(random)
    words = text.split(" ")
    at = random.randrange(len(words) + 1)
    within = " ".join([*words[:at], evil, *words[at:]])
    return random.choice((evil, f"{text} {evil}", f"{evil} {text}", f"{evil}; {text}", within))


def text_paths(request):
    """The path of every text: what is neither a code, nor a date, nor decides whose a row is."""
    for path in paths(request):
        value = node_at(request, path)
        if not isinstance(value, str) or path[-1] in _NOT_TEXT or _DATE.match(value):
            continue
        if path[0] == "context" and "draftOrders" not in path:
            continue
        if path[-1] != "reference" or path[-2] not in ("subject", "patient", "beneficiary"):
            yield path


def injected(request, random):
    """The request with a hostile text in every text, or in some of them; data are texts as well."""
    changed, some = deepcopy(request), random.choice((0.2, 0.6, 1))
    for path in text_paths(changed):
        if random.random() < some:
            owner = node_at(changed, path[:-1])
            owner[path[-1]] = said(owner[path[-1]], random)
    for resource in resources(changed):
        if random.random() < some:
            _add_texts(resource, random)
    return changed


def resources(request):
    for entry in request["context"]["draftOrders"]["entry"]:
        yield entry["resource"]
    for value in (request.get("prefetch") or {}).values():
        for entry in (value or {}).get("entry", ()):
            yield entry["resource"]


def _add_texts(resource, random):
    """Put texts where the resource has none yet, and into those that it carries as data."""
    resource["note"] = [{"text": said("Pain at the hardware.", random)}]
    concept = resource.get("code")
    if isinstance(concept, dict):
        concept["text"] = said(concept.get("text", "Fusion L4-5"), random)
        for coding in concept.get("coding", ()):
            coding["display"] = hostile(random)
        unknown = {"system": "urn:example", "code": hostile(random), "display": hostile(random)}
        concept.setdefault("coding", []).append(unknown)
    if random.random() < 0.05:
        resource["id"] = random.choice((f"{hostile(random)}*", "www.evil.example", "evil.com"))
    for form in _attachments(resource):
        if form.get("data"):
            form["data"] = b64encode(_inserted(form["data"], random).encode()).decode()


def _attachments(resource):
    yield from resource.get("presentedForm", ())
    yield from (content["attachment"] for content in resource.get("content", ()))


def _inserted(data, random):
    try:
        text = b64decode(data).decode()
    except (Error, UnicodeDecodeError):
        text = ""
    return said(text, random)


class Reader(HTMLParser):
    """What a card's Markdown becomes: elements, attributes, and the text beside code elements."""

    def __init__(self, markdown):
        super().__init__(convert_charrefs=True)
        self.elements, self.attributes, self.beside_code, self.in_code = set(), [], "", ""
        self._in_code = False
        # Without its filter for tags, so that raw HTML would show.
        extensions = ["table", "autolink", "strikethrough", "tasklist"]
        options = cmark.Options.CMARK_OPT_UNSAFE | cmark.Options.CMARK_OPT_FOOTNOTES
        self.feed(cmark.markdown_to_html_with_extensions(markdown, options, extensions))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes += attrs
        self._in_code = tag == "code"

    def handle_endtag(self, tag):
        self.elements.add(tag)
        self._in_code = False

    def handle_data(self, data):
        if self._in_code:
            self.in_code += data
        else:
            self.beside_code += data

    def handle_comment(self, data):
        self.elements.add("!--")

    def handle_decl(self, decl):
        self.elements.add("!")

    def unknown_decl(self, data):
        self.elements.add("!")

    def handle_pi(self, data):
        self.elements.add("?")

    @property
    def foreign(self):
        """The elements that no card of ours has."""
        return self.elements - _ALLOWED
