"""The patient record: what was read, what was searched for it, and what could not be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import chain, compress, groupby, repeat
from operator import attrgetter
from typing import TypeVar

import msgspec

from cds_service.engine.codes import Terminology
from cds_service.engine.datatypes import CodeableConcept, Coding
from cds_service.engine.dates import DateInterval, is_plausible, parse_date
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.resources import (
    Coverage,
    Device,
    DocumentReference,
    Medication,
    MedicationRequest,
    MedicationStatement,
    Patient,
    Resource,
    id_here,
)

R = TypeVar("R", bound=Resource)

_ID, _CODE = attrgetter("id"), attrgetter("code")
_INDEXED_BY: dict[type, str] = {
    Coverage: "type",
    Device: "type",
    DocumentReference: "type",
    MedicationRequest: "medication_codeable_concept",
    MedicationStatement: "medication_codeable_concept",
}


class Extent(StrEnum):
    """How much of a search arrived."""

    COMPLETE = "complete"
    NEWEST = "newest"  # the first page of a search sorted newest first
    PART = "part"
    NOTHING = "nothing"


class UnreadReason(StrEnum):
    """Why a prefetch key could not be read as a whole (contract, "Assessment")."""

    NOT_PROVIDED = "not-provided"
    TIMEOUT = "timeout"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    ERROR = "error"
    INCOMPLETE = "incomplete"
    UNREADABLE = "unreadable"
    WRONG_PATIENT = "wrong-patient"


class Search(msgspec.Struct, frozen=True, gc=False):
    """What is known about one prefetch key: how much arrived, and why not all."""

    key: str
    extent: Extent
    unread: UnreadReason | None = None


def _is_nowhere(_: str) -> bool:
    return False


class PatientRecord:
    """Resources of one patient by type, the searches behind them, and lookup by value set.

    The record holds only resources of this patient that count at all (clinical.md, 1.0): nothing
    entered in error, refuted or of somebody else. It is made for one invocation and never changes.
    """

    def __init__(
        self,
        patient_id: str,
        as_of: date,
        terminology: Terminology,
        resources: Iterable[Resource],
        searches: Sequence[Search],
        contained: Mapping[str, Medication] | None = None,
        is_here: Callable[[str], bool] = _is_nowhere,
        void: Collection[str] = (),
    ) -> None:
        """Make a record; ``is_here`` tells whether a base URL is that of the server of all this.

        ``void`` are the resources that arrived and do not count, as ``Type/id``.
        """
        self.patient_id = patient_id
        self.as_of = as_of
        self.terminology = terminology
        self.searches = {search.key: search for search in searches}
        known = self.searches.values()
        self._complete = frozenset([s.key for s in known if s.extent is Extent.COMPLETE])
        self._newest_known = self._complete.union(
            [s.key for s in known if s.extent is Extent.NEWEST]
        )
        self._contained = contained or {}
        self._is_here = is_here
        self._void = void
        self._by_type: dict[type, list[Resource]] = defaultdict(list)
        for kind, run in groupby(resources, type):
            self._by_type[kind] += run
        self._in_order: dict[type, list[Resource]] = {}
        self._by_id: dict[type, dict[str, Resource]] = {}
        self._by_value_set: dict[type, dict[str, list[Resource]]] = {}

    @property
    def patient(self) -> Patient | None:
        """The Patient resource, if it was read."""
        return next(iter(self.all(Patient)), None)

    def all(self, kind: type[R]) -> Sequence[R]:
        """Return all resources of a type, ordered by id."""
        found = self._in_order.get(kind)
        if found is None:
            found = self._in_order[kind] = sorted(self._by_type.get(kind, ()), key=_ID)
        return found  # type: ignore[return-value]

    def coded(self, kind: type[R], *value_sets: str) -> list[R]:
        """Return the resources of a type whose code lies in any of the value sets, each once."""
        index = self._by_value_set.get(kind)
        if index is None:
            index = self._by_value_set[kind] = self._index(kind)
        if len(value_sets) == 1:
            return index.get(value_sets[0]) or []  # type: ignore[return-value]
        found = [index[value_set] for value_set in value_sets if value_set in index]
        if len(found) < 2:
            return found[0] if found else []  # type: ignore[return-value]
        once = {resource.id: resource for resources in found for resource in resources}
        return sorted(once.values(), key=_ID)  # type: ignore[arg-type]

    def _index(self, kind: type[R]) -> dict[str, list[Resource]]:
        """Return the resources of a type by value set, ordered by id; most rows are in none."""
        index: dict[str, list[Resource]] = {}
        of_code = self.terminology.memberships
        rows = self._by_type.get(kind, ())
        coded = _codings(rows, _INDEXED_BY.get(kind, "code"))
        # Each step is taken for all rows at once; what is left is little.
        owners = chain.from_iterable(map(repeat, rows, map(len, coded)))
        codings = list(chain.from_iterable(coded))
        known = map(self.terminology.is_known, map(_CODE, codings))
        for resource, coding in compress(zip(owners, codings, strict=True), known):
            for value_set in of_code(coding.system, coding.code):
                found = index.setdefault(value_set, [])
                if not found or found[-1] is not resource:  # two codings in one value set
                    found.append(resource)
        for found in index.values():
            found.sort(key=_ID)
        return index

    def memberships(self, concept: CodeableConcept | None) -> frozenset[str]:
        """Return the ids of all value sets that any coding of the concept lies in."""
        if concept is None:
            return frozenset()
        of_code = self.terminology.memberships
        if len(concept.coding) == 1:
            return of_code(concept.coding[0].system, concept.coding[0].code)
        return frozenset().union(*(of_code(c.system, c.code) for c in concept.coding))

    def codings_in(self, concept: CodeableConcept | None, value_set: str) -> Iterator[Coding]:
        """Yield the codings of a concept that lie in the value set."""
        for coding in concept.coding if concept else ():
            if value_set in self.terminology.memberships(coding.system, coding.code):
                yield coding

    def by_reference(self, kind: type[R], reference: str | None) -> R | None:
        """Return the resource of that type that a reference names, if it was read and counts."""
        resource_id = id_here(reference, kind.__name__, self._is_here)
        if resource_id is None:
            return None
        known = self._by_id.get(kind)
        if known is None:
            rows = self._by_type.get(kind, ())
            known = self._by_id[kind] = dict(zip(map(_ID, rows), rows, strict=True))
        return known.get(resource_id)  # type: ignore[return-value]

    def is_void(self, kind: type[Resource], reference: str | None) -> bool:
        """Whether a reference names a resource that was read and does not count."""
        return f"{kind.__name__}/{id_here(reference, kind.__name__, self._is_here)}" in self._void

    def medicine(self, owner: Resource, reference: str | None) -> CodeableConcept | None:
        """Return what a ``medicationReference`` names, contained or not; None when unknown."""
        if reference and reference.startswith("#"):
            held = self._contained.get(f"{owner.reference}{reference}")
        else:
            held = self.by_reference(Medication, reference)
        return held.code if held else None

    def searched(self, *keys: str) -> bool:
        """Whether every one of the keys was searched completely, so that absence counts."""
        return self._complete.issuperset(keys)

    def newest_known(self, *keys: str) -> bool:
        """Whether the newest resource of each key is surely among those read (rule 1)."""
        return self._newest_known.issuperset(keys)

    @property
    def unread(self) -> tuple[Search, ...]:
        """The keys that could not be read as a whole, in the order of the service's templates."""
        return tuple(search for search in self.searches.values() if search.unread is not None)

    @property
    def read_anything(self) -> bool:
        """Whether any key was obtained at all."""
        return any(search.extent is not Extent.NOTHING for search in self.searches.values())

    def dated(self, *texts: str | None) -> DateInterval | None:
        """Return the first readable date; None when there is none or it lies in the future."""
        for text in texts:
            when = parse_date(text)
            if when is not None:
                return when if is_plausible(when, self.as_of) else None
        return None

    def absence(self, *keys: str, says: str = "") -> Evidence:
        """Return the evidence for an answer from absence: the searches that found nothing."""
        return Evidence(Origin.COMPUTED, date=self.as_of.isoformat(), searched=keys, says=says)


def _codings(rows: Sequence[Resource], member: str) -> list[Sequence[Coding]]:
    """Return the codings of a concept of each row."""
    try:
        return list(map(attrgetter(f"{member}.coding"), rows))
    except AttributeError:  # one has no such concept
        concepts = map(attrgetter(member), rows)
        return [concept.coding if concept is not None else () for concept in concepts]
