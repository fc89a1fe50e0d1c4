"""The review sheet of a service as Markdown, for the clinician who has to sign its content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cds_service.engine.claim import SourceClaim
from cds_service.engine.codes import SYSTEM_NAMES, Part, ValueSet, load_yaml
from cds_service.engine.content import ClinicalContent
from cds_service.engine.criterion import Criterion
from cds_service.engine.evidence import Citation
from cds_service.engine.service import CDSService


class Terms:
    """Which value sets of the content each statement of a service is answered from."""

    def __init__(self, service: CDSService, content: ClinicalContent) -> None:
        path = service.folder / "terms.yaml" if service.folder else None
        named = load_yaml(path) if path and path.is_file() else {}
        self.of = {key: _flat(names) for key, names in named.get("statements", {}).items()}
        self.beside = {key: _flat(names) for key, names in named.get("beside", {}).items()}
        self._content = content

    def value_sets(self) -> list[ValueSet]:
        """Return every value set that is named, in the order of ids."""
        names = {
            name for each in (self.of, self.beside) for found in each.values() for name in found
        }
        return [self._content.terminology[name] for name in sorted(names)]


def _flat(names: Iterable[Any]) -> list[str]:
    """Return names and lists of names as one list, each once."""
    found = [n for name in names for n in ([name] if isinstance(name, str) else _flat(name))]
    return list(dict.fromkeys(found))


def review_sheet(service: CDSService, content: ClinicalContent) -> str:
    """Return what a service judges, from which data, codes and thresholds, and on which source."""
    terms = Terms(service, content)
    lines = [
        f"# {service.title}",
        "",
        service.description,
        "",
        f"Service `{service.id}`, hook `{service.hook}`, version {service.version}.",
        "",
        "## Criteria",
        *_statements(service.criteria, content, terms),
    ]
    if service.risk_factors:
        lines += ["", "## Risk factors", *_statements(service.risk_factors, content, terms)]
    lines += _section("What the source says beside its criteria", _claims(service.claims))
    lines += _section("Sources", _sources(service))
    lines += _section("Value sets", _value_sets(terms))
    lines += _section("Data asked for", _templates(service))
    lines += _section("Scenarios", _scenarios(service))
    return "\n".join(lines) + "\n"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return ["", f"## {title}", "", *found] if found else []


def _statements(
    criteria: Iterable[Criterion[Any]], content: ClinicalContent, terms: Terms
) -> Iterator[str]:
    for criterion in criteria:
        badge = " (not from the source article)" if criterion.is_our_addition else ""
        yield ""
        yield f"### `{criterion.id}` ({criterion.claim}){badge}"
        yield ""
        yield criterion.statement
        yield ""
        yield f"* reads: {_named(criterion.reads)}"
        if names := terms.of.get(criterion.id):
            yield f"* value sets: {_named(names)}"
        for name in criterion.settings:
            yield f"* setting `{name}`: {content.configuration[name]}"
        for citation in criterion.citations:
            yield f"* source: {_cited(citation)}"
        yield f"* if unknown: {criterion.if_unknown}"
        if criterion.if_not_met:
            yield f"* if not met: {criterion.if_not_met}"


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cited(citation: Citation) -> str:
    passage = f", {citation.passage}" if citation.passage else ""
    url = f" <{citation.url}>" if citation.url else ""
    reviewed = citation.reviewed_on.isoformat()
    named = citation.citation.rstrip(".")
    return f"{named}{passage}{url} ({citation.verification.value}, reviewed {reviewed})"


def _claims(claims: Iterable[SourceClaim]) -> Iterator[str]:
    """Yield each claim, what was found of it, and what the card says of it, if anything."""
    for claim in claims:
        yield f"* **{claim.id}** ({claim.kind.value}, {claim.verification.value}): {claim.says}"
        yield f"  * looked for: {claim.checked}"
        if claim.shown:
            limit = f" (only for {claim.only_for})" if claim.only_for else ""
            yield f"  * on the card{limit}: {claim.shown}."
        elif claim.see:
            yield f"  * carried by: {claim.see}"
        else:
            yield "  * on the card: nothing, unless `evidence.showUnverified` is true"
        yield f"  * sources: {'; '.join(c.label for c in claim.citations)}"


def _sources(service: CDSService) -> Iterator[str]:
    """Yield every source once, with what was seen in it and how far that verifies what is said."""
    cited = [
        c for criterion in service.criteria + service.risk_factors for c in criterion.citations
    ]
    cited += [citation for claim in service.claims for citation in claim.citations]
    by_source: dict[str, list[Citation]] = {}
    for citation in dict.fromkeys(cited):
        by_source.setdefault(citation.citation, []).append(citation)
    for text, citations in by_source.items():
        url = next((f" <{c.url}>" for c in citations if c.url), "")
        yield f"* {citations[0].label}: {text}{url}"
        for citation in citations:
            yield f"  * {citation.verification.value}; seen: {citation.passage or 'the whole'}"


def _value_sets(terms: Terms) -> Iterator[str]:
    for key, names in terms.beside.items():
        yield f"For {key}: {_named(names)}."
        yield ""
    for value_set in terms.value_sets():
        yield f"* `{value_set.id}`: {value_set.title}"
        if not value_set.parts:
            yield "  * ships empty: no code could be verified; a site fills it"
        yield from (f"  * {_part(part)}" for part in value_set.parts)


def _part(part: Part) -> str:
    codes = [*part.codes, *(f"{family} and below" for family in part.families)]
    without = "without " if part.excludes else ""
    system = SYSTEM_NAMES.get(part.system, part.system)
    return f"{without}{system} {', '.join(codes)}: {part.provenance or 'no provenance'}"


def _templates(service: CDSService) -> Iterator[str]:
    for key, template in service.prefetch.items():
        always = " (also in the minimal mode)" if key in service.minimal else ""
        yield f"* `{key}`: `{template}`{always}"


def _scenarios(service: CDSService) -> Iterator[str]:
    """Yield the sentence of every scenario, by file."""
    folder = service.folder / "scenarios" if service.folder else None
    for path in sorted(folder.glob("*.yaml")) if folder else ():
        yield f"* {path.stem}"
        yield from (f"  * {scenario['scenario']}" for scenario in load_yaml(path))
