"""Writes the documents that are made from clinical content: ``make content``.

A document is never edited by hand; ``tests/test_documents.py`` holds them current.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hooks
from cds_service.app import deploy
from cds_service.engine.content import load_content, read_settings
from cds_service.engine.service import CDSService
from cds_service.engine.sheet import review_sheet
from cds_service.settings import Settings
from tests.documents.source_attributes import document

ROOT = Path(__file__).parents[2]
SPINE = Path(hooks.__file__).parent / "spine"
ATTRIBUTES = ROOT / "docs" / "source-attributes.md"
CONFIGURATION = ROOT / "docs" / "configuration.md"
_BEGIN = '<!-- made by "make content" from hooks/spine/configuration.yaml -->\n'
_END = "<!-- end -->\n"
_NOTE = '<!-- made by "make content"; "spine-cds criteria" prints the same for a deployment -->\n'


def documents() -> dict[Path, str]:
    """Return the whole text of every document that is made, by its path."""
    deployment = deploy(Settings(), hooks.services())
    services = [s for s in deployment.services if s.folder and s.hook == "order-sign"]
    made = {CONFIGURATION: _with_table(CONFIGURATION.read_text(encoding="utf-8"))}
    made[ATTRIBUTES] = document(services, SPINE)
    for service in services:
        if service.folder is not None:
            made[service.folder / "REVIEW.md"] = review_sheet_of(service)
    return made


def review_sheet_of(service: CDSService) -> str:
    """Return the review sheet of a guideline as the project ships it, without a site's codes."""
    return _NOTE + review_sheet(service, load_content(service.content))


def _with_table(document: str) -> str:
    """Return the document with the table of the clinical configuration made anew."""
    before, _, rest = document.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{''.join(_rows())}\n{_END}{after}"


def _rows() -> Iterator[str]:
    yield "| key | default | may be | does | source |\n|---|---|---|---|---|\n"
    for key, entry in read_settings(SPINE).items():
        default = f"{_written(entry['value'])} {_unit(entry)}".rstrip()
        cells = (f"`{key}`", default, _may_be(entry), entry["does"], entry["source"])
        yield "| " + " | ".join(cells) + " |\n"


def _may_be(entry: dict[str, Any] | Any) -> str:
    if "choices" in entry:
        return " or ".join(f"`{_written(choice)}`" for choice in entry["choices"])
    if "parts" in entry:
        return "a comma list of these"
    if "ratio" in entry:
        return f"two whole numbers of {entry['ratio']}"
    said = f"at least {entry.get('least', 0)}"
    if "most" in entry:
        said += f", at most {entry['most']}"
    return said + (f", not above `{entry['not above']}`" if "not above" in entry else "")


def _unit(entry: dict[str, Any] | Any) -> str:
    unit: str = entry.get("unit", entry.get("ratio", ""))
    return "" if unit == "1" else unit.replace("{MME}", "MME").strip("{}")


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def main() -> None:
    """Write every document that is not current."""
    for path, text in documents().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"made {path.relative_to(ROOT)}")  # noqa: T201 - a command


if __name__ == "__main__":
    main()
