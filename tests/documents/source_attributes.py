"""The source attributes of each guideline as a document (45 CFR 170.315(b)(11)(iv)(A))."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from cds_service.engine.codes import load_yaml
from cds_service.engine.service import CDSService

_HEAD = """\
<!-- made by "make content" from hooks/*/source_attributes.yaml, hooks/spine/fda_criteria.yaml -->
# Source attributes

Both services are **evidence-based decision support interventions**: rules written by people from a
source, no model trained on data. For such an intervention the HTI-1 rule of ONC asks to show the
thirteen attributes below (45 CFR 170.315(b)(11)(iv)(A)). The list was checked against what OpenEMR
implements paragraph by paragraph (`ClinicalDecisionRules/Interface/RuleLibrary/Rule`); the text of
the regulation itself was not at hand. spine-cds is not certified health IT; an EHR that is may show
these attributes.

**What is not known is said so.** Nothing here is legal advice.
"""
# The thirteen attributes in the order of the rule.
_ATTRIBUTES = {
    "citation": "Bibliographic citation of the intervention",
    "developer": "Developer of the intervention",
    "funding": "Funding source of the technical implementation",
    "dates": "Release and revision dates of intervention and reference source",
    "race": "Use of race",
    "ethnicity": "Use of ethnicity",
    "language": "Use of language",
    "sexual orientation": "Use of sexual orientation",
    "gender identity": "Use of gender identity",
    "sex": "Use of sex",
    "date of birth": "Use of date of birth",
    "social determinants of health": "Use of social determinants of health data",
    "health status assessments": "Use of health status assessments data",
}
_UNKNOWN = "not known"


class FdaCriterion(msgspec.Struct, forbid_unknown_fields=True):
    """One of the four criteria for software that is no device, and how it is met."""

    criterion: str
    met_by: str = msgspec.field(name="met by")
    held_by: str = msgspec.field(name="held by")


class FdaCriteria(msgspec.Struct, forbid_unknown_fields=True):
    """The four criteria with their source and what is not known about them."""

    source: str
    criteria: list[FdaCriterion]
    not_known: list[str] = msgspec.field(name=_UNKNOWN)


def attributes_of(folder: Path) -> dict[str, str | list[str]]:
    """Return the attributes of a guideline; ValueError when one is missing, odd or empty."""
    given: dict[str, str | list[str]] = load_yaml(folder / "source_attributes.yaml")
    wanted = [*_ATTRIBUTES, _UNKNOWN]
    if list(given) != wanted:
        raise ValueError(f"{folder.name}: {wanted} are expected in this order, not {list(given)}")
    if empty := [name for name, said in given.items() if not said]:
        raise ValueError(f"{folder.name}: nothing is said about {empty}")
    return given


def document(services: Iterable[CDSService], spine: Path) -> str:
    """Return the whole document."""
    fda = msgspec.convert(load_yaml(spine / "fda_criteria.yaml"), FdaCriteria)
    if len(fda.criteria) != 4:
        raise ValueError("there are four criteria")
    return "\n".join([_HEAD, *_guidelines(services), *_fda(fda)]) + "\n"


def _guidelines(services: Iterable[CDSService]) -> Iterator[str]:
    for service in services:
        if service.folder is None:
            continue
        said = attributes_of(service.folder)
        yield f"## {service.title}\n"
        yield f"Services `{service.id}` and `{service.id}-select`, version {service.version}.\n"
        yield "| | attribute | |\n|---|---|---|"
        for number, (name, title) in enumerate(_ATTRIBUTES.items(), 1):
            yield f"| {number} | {title} | {said[name]} |"
        yield from _open_questions(said[_UNKNOWN])


def _open_questions(said: Iterable[str]) -> Iterator[str]:
    yield "\nNot known:\n"
    yield from (f"* {line}" for line in said)
    yield ""


def _fda(fda: FdaCriteria) -> Iterator[str]:
    yield "## The four FDA criteria for software that is no device\n"
    yield f"FD&C Act section 520(o)(1)(E). {fda.source}\n"
    yield "| | criterion | met by | held by |\n|---|---|---|---|"
    for number, each in enumerate(fda.criteria, 1):
        yield f"| {number} | {each.criterion} | {each.met_by} | {each.held_by} |"
    yield from _open_questions(fda.not_known)
