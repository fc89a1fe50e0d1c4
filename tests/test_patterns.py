"""Regular expressions: RE2 for text of a record, and none that backtracks long (faults.md, T24)."""

import ast
import importlib
import pkgutil
import re
import time

import pytest
import re2

import cds_service
import hooks
from tests.test_architecture import FILES, ROOT, imported, tree

FIELD = 64 * 1024  # characters of a field that are read
MOST_SECONDS = 1.0  # of processor time; a pattern that backtracks in earnest needs minutes
# The modules with backtracking patterns, and what these are matched against.
BACKTRACKING = {
    "cds_service/app.py": "the number that a proxy gave a request, of 32 digits",
    "cds_service/engine/registry.py": "our own service ids, at the start",
    "cds_service/fhir/templates.py": "our own prefetch templates, at the start",
    "cds_service/fhir/identifiers.py": "ids and references, of which a match has 64 characters",
    "cds_service/protocol/envelope.py": "the bytes of a request, for a name or NUL",
    "cds_service/protocol/schemas.py": "hookInstance and the token of a request",
    "cds_service/protocol/feedback.py": "tokens, codes and moments of feedback, of bounded length",
    "cds_service/security/fhir_servers.py": "URLs",
    "cds_service/security/key_fetch.py": "the query of a key URL of our clients file",
    "cds_service/security/signed_token.py": "the key id of a token, which has at most 8 KiB",
    "cds_service/observability/spans.py": "the traceparent header, which has a fixed length",
}
# Those that are looked for anywhere in a text; all others are matched from its start.
SEARCHED = ("cds_service.protocol.envelope.", "cds_service.fhir.templates.")
# Forms of which a backtracking matcher may be made to try each way to read them.
PUMPED = [
    "a", "0", "-", ".", " ", "\\", "a-", "a.", "0x", "!", "\t", '"', "a:", "\\\\", "{", "{{ ", "A",
    '"prefetch"', '"prefetch" ', '"draftOrders":', "{{context.a", "\\u000", "00000000-0000-",
]  # fmt: skip
ENDS = ["", "!", "é", "\\u0000"]


def modules():
    for package in (cds_service, hooks):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def compiled():
    """Every pattern that a module holds, once, by where it is."""
    held = {}
    for module in modules():
        for name, value in vars(module).items():
            inner = value.values() if isinstance(value, dict) else [value]
            for pattern in inner:
                if isinstance(pattern, re.Pattern):
                    held[f"{module.__name__}.{name}-{pattern.pattern!r}"] = pattern
    return held


def inline():
    """Every pattern that stands in a call such as ``re.match``."""
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner, first = node.func.value, (node.args or [None])[0]
                if isinstance(owner, ast.Name) and owner.id == "re" and node.func.attr != "compile":
                    assert isinstance(first, ast.Constant), f"{path}: a pattern made as it is used"
                    yield f"{path.name}:{node.lineno}", re.compile(first.value)


IMPORTED = {path: set(imported(path)) for path in FILES}
SEARCHES = {"search", "finditer", "findall", "sub", "split"}
PATTERNS = compiled() | dict(inline())


def test_only_these_modules_use_a_backtracking_regular_expression():
    assert {str(p.relative_to(ROOT)) for p in FILES if "re" in IMPORTED[p]} == set(BACKTRACKING)


def test_no_text_of_a_record_is_given_to_another_engine_than_re2():
    using = {str(path.relative_to(ROOT)) for path in FILES if "re2" in IMPORTED[path]}
    assert using == {f"hooks/spine/{name}.py" for name in ("levels", "exam_days", "problem_words")}
    assert not {"regex", "pcre", "sre_compile"} & {
        name for path in FILES for name in imported(path)
    }


def test_every_backtracking_pattern_is_known_here():
    assert len(PATTERNS) >= 12


def test_patterns_that_are_matched_from_the_start_are_not_searched_for():
    """Searched for, ``[a-z]*!`` is quadratic."""
    calls = {}
    for path in FILES:
        if "re" in IMPORTED[path]:
            used = re.findall(r"_[A-Z_]+(?:\[\w+\])?\.(\w+)\(", path.read_text())
            calls[path.name] = set(used) - {"match"}
    assert {name: used for name, used in calls.items() if used & SEARCHES} == {
        "envelope.py": {"search", "finditer", "decode"},
        "templates.py": {"sub"},
    }


def test_every_pattern_but_those_that_look_around_is_one_of_re2():
    written = [
        p.pattern.decode() if isinstance(p.pattern, bytes) else p.pattern for p in PATTERNS.values()
    ]
    assert sorted(pattern for pattern in written if "(?<" in pattern or "(?!" in pattern) == [
        r"(?<!\\)(?:\\\\)*\\u0000",
        r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})\Z",
    ]
    for pattern in written:
        if "(?<" not in pattern and "(?!" not in pattern:
            assert re2.compile(pattern.replace(r"\Z", r"\z"))  # the end of a text, for Python


@pytest.mark.parametrize("where", PATTERNS)
def test_no_pattern_takes_long_for_a_field_of_any_form(where):
    pattern = PATTERNS[where]
    for unit in PUMPED:
        for end in ENDS:
            text = (unit * FIELD)[:FIELD] + end
            subject = text.encode() if isinstance(pattern.pattern, bytes) else text
            before = time.process_time()
            if where.startswith(SEARCHED):
                sum(1 for _ in pattern.finditer(subject))
            pattern.match(subject)
            assert time.process_time() - before < MOST_SECONDS
