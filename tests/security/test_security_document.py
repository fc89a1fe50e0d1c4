"""docs/security.md: the tests it names exist, its examples are read, its lists are whole."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from cds_service.security.clients_file import _ClientSchema, read_clients_file
from tests.security.test_trusted_clients import load_trusted_clients

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def functions_in(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("path", "test"), NAMED)
def test_a_test_that_is_named_exists(path, test):
    assert test.startswith("test_")
    assert test in functions_in(path)


def test_whatever_looks_like_a_test_is_one_that_is_checked():
    assert (
        TEXT.count("::test_")
        == len(re.findall(r"`tests/[\w/]+\.py::\w+`", TEXT))
        >= len(NAMED)
        > 40
    )


def rows(begin):
    """The cells of all rows of the document that begin so."""
    lines = [line for line in TEXT.splitlines() if re.match(rf"\| {begin}", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_both_tables_are_whole_and_every_row_names_a_test():
    argonaut, owasp = rows(r"R\d+ "), rows(r"API\d+ ")
    assert [row[0] for row in argonaut] == [f"R{n}" for n in range(1, 18)]
    assert [row[0] for row in owasp] == [f"API{n}" for n in range(1, 11)]
    for row in argonaut + owasp:
        assert "::test_" in row[-1], row[0]


def test_every_key_of_the_file_is_explained():
    known = {name for row in rows("`") for name in re.findall(r"`([a-z_]+)`", row[0])}
    assert known >= set(_ClientSchema().fields)


def test_every_cause_in_the_code_is_listed():
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("security", "protocol")
        for path in (ROOT / "cds_service" / folder).glob("*.py")
    )
    causes = re.findall(r'RefusedTokenError\("([a-z-]+)"', code)
    listed = TEXT.rpartition("Causes of `refused-caller`")[2]
    assert causes
    assert [cause for cause in causes if f"`{cause}`" not in listed] == []


def test_every_line_that_may_be_in_the_log_is_listed():
    code = "".join(path.read_text("utf-8") for path in (ROOT / "cds_service").rglob("*.py"))
    events = re.findall(r'get_logger\(\)\.\w+\(\s*"([^"]+)"', code)
    listed = TEXT.partition("## What is logged")[2]
    assert len(events) > 15
    assert {e for e in events if f"`{e}`" not in listed} == {"invocation"}  # told before the others


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_file_that_is_taken(tmp_path, example):
    path = tmp_path / "clients.yaml"
    path.write_text(example)
    entries = read_clients_file(path)
    assert len(entries) == len(yaml.safe_load(example)["clients"])
    for entry in entries:
        if "jwks_file" in entry:
            path = tmp_path / "without-files.yaml"
            example = example.replace(
                f"jwks_file: {entry['jwks_file']}", "jku: https://emr.clinic.example/jwks"
            )
    path.write_text(example)
    assert len(list(load_trusted_clients(path, unchecked_as_card=False))) == len(entries)
