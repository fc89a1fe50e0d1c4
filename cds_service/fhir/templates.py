"""Prefetch templates: what they ask for, and the query that one invocation makes of them.

See CDS Hooks, "Prefetch Template" and "Prefetch Tokens".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

_TOKEN = re.compile(r"\{\{\s*context\.(\w+)\s*\}\}")  # of our own templates, not of a request


@dataclass(frozen=True)
class PrefetchTemplate:
    """One prefetch key of a service with its template, a FHIR read or a type-level search."""

    key: str
    text: str

    @cached_property
    def resource_type(self) -> str:
        """The FHIR type that is read or searched."""
        return re.split(r"[/?]", self.text, maxsplit=1)[0]

    @cached_property
    def is_search(self) -> bool:
        """Whether a Bundle is expected, not a single resource."""
        return "?" in self.text

    @cached_property
    def is_newest_first(self) -> bool:
        """Whether the server is asked to sort by descending date."""
        return "_sort=-" in self.text

    def query(self, context: Mapping[str, str | None]) -> str | None:
        """Return the relative URL for a context; None when a token of it has no value."""
        missing = False

        def value_of(token: re.Match[str]) -> str:
            nonlocal missing
            value = context.get(token.group(1))
            missing = missing or not value
            return quote(value or "", safe="")

        filled = _TOKEN.sub(value_of, self.text)
        return None if missing or "{{" in filled else filled


def templates_of(prefetch: Mapping[str, str]) -> tuple[PrefetchTemplate, ...]:
    """Return the templates of a service in the order in which it declares them."""
    return tuple(PrefetchTemplate(key, text) for key, text in prefetch.items())
