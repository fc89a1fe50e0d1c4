"""The criteria of a service as Markdown, for the clinician who has to sign them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cds_service.engine.content import Configuration
from cds_service.engine.criterion import Criterion
from cds_service.engine.evidence import Citation
from cds_service.engine.service import CDSService


def review_sheet(service: CDSService, configuration: Configuration) -> str:
    """Return what a service judges, from which data and on which source."""
    lines = [
        f"# {service.title}",
        "",
        service.description,
        "",
        f"Service `{service.id}`, hook `{service.hook}`, version {service.version}.",
        "",
        "## Criteria",
        *_statements(service.criteria, configuration),
    ]
    if service.risk_factors:
        lines += ["", "## Risk factors", *_statements(service.risk_factors, configuration)]
    lines += ["", "## Data asked for", "", *_templates(service)]
    return "\n".join(lines) + "\n"


def _statements(criteria: Iterable[Criterion[Any]], configuration: Configuration) -> Iterator[str]:
    for criterion in criteria:
        badge = " (not from the source article)" if criterion.is_our_addition else ""
        yield ""
        yield f"### `{criterion.id}` ({criterion.claim}){badge}"
        yield ""
        yield criterion.statement
        yield ""
        yield f"* reads: {', '.join(f'`{key}`' for key in criterion.reads)}"
        for name in criterion.settings:
            yield f"* setting `{name}`: {configuration[name]}"
        for citation in criterion.citations:
            yield f"* source: {_cited(citation)}"
        yield f"* if unknown: {criterion.if_unknown}"
        if criterion.if_not_met:
            yield f"* if not met: {criterion.if_not_met}"


def _cited(citation: Citation) -> str:
    passage = f", {citation.passage}" if citation.passage else ""
    url = f" <{citation.url}>" if citation.url else ""
    reviewed = citation.reviewed_on.isoformat()
    return f"{citation.citation}{passage}{url} ({citation.verification.value}, reviewed {reviewed})"


def _templates(service: CDSService) -> Iterator[str]:
    for key, template in service.prefetch.items():
        always = " (also in the minimal mode)" if key in service.minimal else ""
        yield f"* `{key}`: `{template}`{always}"
