"""Which rows enter the patient record: this patient's, and only those that count at all.

The table is clinical.md, section 1.0. What stays (a preliminary report, a stopped opioid, an
unconfirmed diagnosis) is judged later, by the criterion that reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum, auto
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from cds_service.engine.resources import (
    ORDERED,
    Condition,
    Coverage,
    Device,
    DiagnosticReport,
    DocumentReference,
    ImagingStudy,
    Medication,
    MedicationRequest,
    MedicationStatement,
    Observation,
    Patient,
    Procedure,
    Resource,
    ServiceRequest,
)
from cds_service.security.fhir_servers import parse_base

_STATUS, _SUBJECT = attrgetter("status"), attrgetter("subject.reference")
_VERIFIED, _CODE = attrgetter("verification_status.coding"), attrgetter("code")
_PATIENT_IN: Mapping[type | None, str] = {Coverage: "beneficiary", Device: "patient"}


class Admission(Enum):
    """What becomes of one row."""

    ADMITTED = auto()
    VOID = auto()  # it was recorded, and does not count
    FOREIGN = auto()
    UNREADABLE = auto()  # what decides whether it counts is not there


class Sifted(NamedTuple):
    """The rows that count, those that do not, and what else there was."""

    kept: list[Resource]
    void: list[Resource]
    others: set[Admission]


class Gate:
    """Admission of rows to the record of one patient, as one FHIR server names that patient."""

    def __init__(self, patient_id: str, fhir_server: str | None) -> None:
        self._patient_id = patient_id
        self._relative = f"Patient/{patient_id}"
        self._names_no_server = fhir_server is None
        self._fhir_server_base = parse_base(fhir_server) if fhir_server else None

    def admits(self, resource: Resource) -> Admission:
        """Return what becomes of a resource."""
        kind, subject = type(resource), getattr(resource, "subject", None)
        if subject is not None and subject.reference == self._relative:
            is_ours = True  # nearly every row
        elif kind is Patient:
            is_ours = resource.id == self._patient_id
        elif kind is Medication:
            is_ours = True  # a drug has no patient
        else:
            subject = getattr(resource, _PATIENT_IN.get(kind, "subject"))
            is_ours = subject is not None and self.is_this_patient(subject.reference)
        return _admission(resource) if is_ours else Admission.FOREIGN

    def sift(self, rows: Sequence[Resource]) -> Sifted:
        """Return rows by what becomes of them."""
        if self._all_count(rows):
            return Sifted(list(rows), [], set())
        sifted = Sifted([], [], set())
        for resource in rows:
            admission = self.admits(resource)
            if admission is Admission.ADMITTED:
                sifted.kept.append(resource)
            elif admission is Admission.VOID:
                sifted.void.append(resource)
            else:
                sifted.others.add(admission)
        return sifted

    def _all_count(self, rows: Sequence[Resource]) -> bool:
        """Whether rows are of one type, plainly this patient's, and none is void: nearly always.

        Each condition is asked of all rows at once; only where one fails are they taken singly.
        """
        kinds = set(map(type, rows))
        kind = kinds.pop() if len(kinds) == 1 else None
        if kind is Condition:
            states: Iterable[str | None] = _verifications(rows)
        elif kind in _VOID_STATUSES and kind not in _PATIENT_IN:
            states = map(_STATUS, rows)
        else:
            return False
        try:
            subjects = set(map(_SUBJECT, rows))
        except AttributeError:  # one has none
            return False
        return subjects == {self._relative} and _VOID_STATUSES[kind].isdisjoint(states)

    def is_this_patient(self, reference: str | None) -> bool:
        """Whether a reference surely names the patient: relative, versioned, or on the same server.

        ``urn:uuid``, contained and identifier-only references resolve to nobody that we know.
        """
        if reference == self._relative:
            return True
        named = (reference or "").partition("/_history/")[0]
        if named == self._relative:
            return True
        base, slash, _ = named.rpartition(f"/{self._relative}")
        return bool(slash) and named.endswith(self._relative) and self.is_same_server(base)

    def is_same_server(self, text: str) -> bool:
        """Whether a base is that of ``fhirServer``.

        Any base will do when the client named none; none will when nobody can read what it named.
        """
        base = parse_base(text)
        return base is not None and (self._names_no_server or base == self._fhir_server_base)


def _always(_: Resource) -> Admission:
    return Admission.ADMITTED


def _admission(resource: Any) -> Admission:
    """Return what becomes of a row of this patient."""
    rule = _RULES.get(type(resource))
    if rule is not None:
        return rule(resource)
    is_void = resource.status in _VOID_STATUSES[type(resource)]
    return Admission.VOID if is_void else Admission.ADMITTED


def _condition(resource: Condition) -> Admission:
    is_void = not _VOID_STATUSES[Condition].isdisjoint(_verifications([resource]))
    return Admission.VOID if is_void else Admission.ADMITTED


def _verifications(conditions: Sequence[Any]) -> Iterable[str | None]:
    try:
        codings = list(map(_VERIFIED, conditions))
    except AttributeError:  # one has none
        statuses = [c.verification_status for c in conditions]
        codings = [status.coding for status in statuses if status is not None]
    return map(_CODE, chain.from_iterable(codings))


# Whether the last two took place is not known; the criteria judge what that leaves open.
_PROCEDURES_DONE = frozenset(("completed", "unknown", "stopped"))


def _procedure(resource: Procedure) -> Admission:
    if resource.not_done or resource.not_performed:
        return Admission.VOID
    if resource.status is None:
        return Admission.UNREADABLE
    return Admission.ADMITTED if resource.status in _PROCEDURES_DONE else Admission.VOID


def _medication_request(resource: MedicationRequest) -> Admission:
    if resource.intent is None:
        return Admission.UNREADABLE
    if resource.intent not in ORDERED or resource.do_not_perform:
        return Admission.VOID
    is_void = resource.status in ("entered-in-error", "draft", "cancelled")
    return Admission.VOID if is_void else Admission.ADMITTED


def _medication_statement(resource: MedicationStatement) -> Admission:
    """Return VOID for a medicine that was not taken: a status in R4, a member before it."""
    is_void = resource.status in ("entered-in-error", "not-taken", "intended")
    was_not_taken = resource.taken == "n" or resource.was_not_taken
    return Admission.VOID if is_void or was_not_taken else Admission.ADMITTED


def _document(resource: DocumentReference) -> Admission:
    """Return VOID for a document that was replaced or withdrawn; the status is required in R4."""
    is_void = resource.status in ("superseded", "entered-in-error")
    return (
        Admission.VOID
        if is_void or resource.doc_status == "entered-in-error"
        else _always(resource)
    )


def _service_request(resource: ServiceRequest) -> Admission:
    is_void = resource.do_not_perform or resource.status in ("entered-in-error", "revoked", "draft")
    return Admission.VOID if is_void else Admission.ADMITTED


# See the status of each resource in FHIR R4, and clinical.md, section 1.0.
_RULES: Mapping[type, Callable[[Any], Admission]] = {
    Patient: _always,
    Medication: _always,
    Condition: _condition,
    Procedure: _procedure,
    MedicationRequest: _medication_request,
    MedicationStatement: _medication_statement,
    ServiceRequest: _service_request,
    DocumentReference: _document,
}
# The other types count unless their status says that they tell nothing.
_VOID_STATUSES: Mapping[type | None, frozenset[str]] = {
    Condition: frozenset(("entered-in-error", "refuted")),  # its verification status
    Observation: frozenset(("entered-in-error", "cancelled")),
    DiagnosticReport: frozenset(("entered-in-error", "cancelled")),
    ImagingStudy: frozenset(("entered-in-error", "cancelled")),
    Coverage: frozenset(("entered-in-error", "draft", "cancelled")),
    Device: frozenset(("entered-in-error",)),
}
