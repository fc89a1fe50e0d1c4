"""Links of a card to the literature behind it. See CDS Hooks, "Link".

They come from citations alone, never from a record or a request, and lead only to hosts that the
deployment allows for the client: one client strips, another shows whatever we send.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from cds_service.engine.assessment import Assessment

MOST_LINKS = 4


def literature_links(assessment: Assessment, hosts: Collection[str]) -> list[dict[str, str]]:
    """Return the absolute links to the cited literature at these hosts, in the criteria's order."""
    if not hosts:
        return []
    cited = [c for judged in assessment.criteria for c in judged.criterion.citations]
    cited += [c for judged in assessment.risk_factors for c in judged.criterion.citations]
    labels: dict[str, str] = {}
    for citation in cited:
        if _is_at(citation.url, hosts):
            labels.setdefault(citation.url, citation.label)
    links = [{"label": label, "url": url, "type": "absolute"} for url, label in labels.items()]
    return links[:MOST_LINKS]


def _is_at(url: str, hosts: Collection[str]) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.netloc in hosts
