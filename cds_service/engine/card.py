"""CDS Hooks cards: card, source, suggestion, action and override reason.

See CDS Hooks, "Card Attributes", "Suggestion", "Action" and "OverrideReason".
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from cds_service.engine.assessment import Assessment
from cds_service.engine.links import literature_links

SUMMARY_LIMIT = 140  # CDS Hooks, "Card Attributes": fewer than 140 characters
NOTHING_CHECKED = "**Nothing was checked: no data of the patient could be read.**"
ASSESSMENT_EXTENSION = "org.spine-cds.assessment"


class Concept(msgspec.Struct, frozen=True):
    """A CDS Hooks Coding: code and system, and what a person reads."""

    code: str
    system: str
    display: str

    def as_json(self) -> dict[str, str]:
        """Return the Coding."""
        return {"code": self.code, "system": self.system, "display": self.display}


class Source(msgspec.Struct, frozen=True):
    """Where the advice comes from, with its review status."""

    label: str
    topic: Concept

    def as_json(self) -> dict[str, Any]:
        """Return label and topic."""
        return {"label": self.label, "topic": self.topic.as_json()}


class Suggestion(msgspec.Struct, frozen=True):
    """One suggestion that creates one draft resource; nothing in it comes from free text."""

    label: str
    resource: dict[str, Any]

    @property
    def identity(self) -> str:
        """What tells this suggestion from others: ``system|code``, or our text where none is."""
        code = self.resource.get("code", {})
        for coding in code.get("coding", ()):
            return f"{coding['system']}|{coding['code']}"
        return str(code.get("text", self.label))

    def as_json(self, make_uuid: Callable[[], str]) -> dict[str, Any]:
        """Return the suggestion with a fresh uuid and its one ``create`` action."""
        action = {"type": "create", "description": self.label, "resource": self.resource}
        return {"label": self.label, "uuid": make_uuid(), "actions": [action]}


class Card(msgspec.Struct, frozen=True):
    """One card; a summary of 140 characters or more, or of several lines, cannot be made.

    ``checked`` is False of one that only says that nothing could be read.
    """

    summary: str
    indicator: str
    detail: str
    source: Source
    assessment: Assessment
    suggestions: tuple[Suggestion, ...] = ()
    override_reasons: tuple[Concept, ...] = ()
    checked: bool = True

    def __post_init__(self) -> None:
        """Refuse what CDS Hooks forbids."""
        if len(self.summary) >= SUMMARY_LIMIT or "\n" in self.summary:
            raise ValueError("a summary is one line of fewer than 140 characters")
        if self.indicator not in ("info", "warning"):
            raise ValueError(f"no card of ours is {self.indicator}")

    def unchecked(self, title: str) -> Card:
        """Return the card about a record of which nothing could be read (contract, "Cards").

        It names what was not checked, and suggests nothing: nobody looked whether it was done. A
        detail that says so already keeps its order and its length.
        """
        says_so = NOTHING_CHECKED in self.detail
        return msgspec.structs.replace(
            self,
            summary=f"{title[:90]}: not checked, no data of the patient could be read",
            indicator="warning",
            detail=self.detail if says_so else f"{NOTHING_CHECKED}\n\n{self.detail}",
            suggestions=(),
            checked=False,
        )

    def as_json(
        self, make_uuid: Callable[[], str], link_hosts: Collection[str] = ()
    ) -> dict[str, Any]:
        """Return the card as it goes over the wire, without empty members."""
        card: dict[str, Any] = {
            "uuid": make_uuid(),
            "summary": self.summary,
            "indicator": self.indicator,
            "detail": self.detail,
            "source": self.source.as_json(),
        }
        if self.suggestions:
            card["suggestions"] = [s.as_json(make_uuid) for s in self.suggestions]
            card["selectionBehavior"] = "any"
        if self.override_reasons:
            card["overrideReasons"] = [reason.as_json() for reason in self.override_reasons]
        if links := literature_links(self.assessment, link_hosts):
            card["links"] = links
        card["extension"] = {ASSESSMENT_EXTENSION: self.assessment.as_json()}
        return card
