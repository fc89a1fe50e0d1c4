"""The few FHIR resources that criteria read, as small typed structures; other members are ignored.

R4 and R4B data decode alike; of STU3 and DSTU2 there are the members that say a thing was not done,
which their servers send where R4 has a status. Members are optional wherever real data leave them
out, so that a missing member never costs the resource; a member of the wrong kind does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from cds_service.engine.datatypes import (
    Annotation,
    AttachedContent,
    Attachment,
    CodeableConcept,
    Coding,
    CoverageClass,
    DeviceName,
    DispenseRequest,
    DocumentContext,
    Dosage,
    NamedReference,
    Narrative,
    Period,
    Quantity,
    Reference,
    ReferenceRange,
    Series,
    StatusConcept,
)


class _Resource(msgspec.Struct, rename="camel", tag_field="resourceType", kw_only=True, gc=False):
    """What every resource has; ``id`` is empty when the data lack it."""

    id: str = ""
    meta: msgspec.Raw = msgspec.Raw()  # only looked into where one resource came twice

    @property
    def reference(self) -> str:
        """The relative reference by which evidence names this resource."""
        return f"{type(self).__name__}/{self.id}"


class Patient(_Resource, tag="Patient"):
    birth_date: str | None = None


class Condition(_Resource, tag="Condition"):
    subject: Reference | None = None
    clinical_status: StatusConcept | None = None
    verification_status: StatusConcept | None = None
    code: CodeableConcept | None = None
    body_site: list[CodeableConcept] = []
    onset_date_time: str | None = None
    onset_period: Period | None = None
    abatement_date_time: str | None = None
    recorded_date: str | None = None


class Procedure(_Resource, tag="Procedure"):
    subject: Reference | None = None
    status: str | None = None
    not_done: bool = False  # STU3
    not_performed: bool = False  # DSTU2
    code: CodeableConcept | None = None
    body_site: list[CodeableConcept] = []
    performed_date_time: str | None = None
    performed_period: Period | None = None
    note: list[Annotation] = []


class Observation(_Resource, tag="Observation"):
    subject: Reference | None = None
    status: str | None = None
    code: CodeableConcept | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    effective_instant: str | None = None
    issued: str | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_integer: int | None = None
    value_boolean: bool | None = None
    value_string: str | None = None
    interpretation: list[CodeableConcept] = []
    reference_range: list[ReferenceRange] = []
    body_site: CodeableConcept | None = None


class DiagnosticReport(_Resource, tag="DiagnosticReport"):
    subject: Reference | None = None
    status: str | None = None
    code: CodeableConcept | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    specimen: list[Reference] = []
    result: list[Reference] = []
    imaging_study: list[Reference] = []
    conclusion: str | None = None
    conclusion_code: list[CodeableConcept] = []
    presented_form: list[Attachment] = []
    text: Narrative | None = None


class ImagingStudy(_Resource, tag="ImagingStudy"):
    subject: Reference | None = None
    status: str | None = None
    started: str | None = None
    modality: list[Coding] = []
    description: str | None = None
    series: list[Series] = []
    procedure_code: list[CodeableConcept] = []


class DocumentReference(_Resource, tag="DocumentReference"):
    subject: Reference | None = None
    status: str | None = None
    doc_status: str | None = None
    type: CodeableConcept | None = None
    date: str | None = None
    description: str | None = None
    content: list[AttachedContent] = []
    context: DocumentContext | None = None


class Device(_Resource, tag="Device"):
    patient: Reference | None = None
    status: str | None = None
    type: CodeableConcept | None = None
    device_name: list[DeviceName] = []
    note: list[Annotation] = []


class Medication(_Resource, tag="Medication"):
    code: CodeableConcept | None = None


class MedicationRequest(_Resource, tag="MedicationRequest"):
    subject: Reference | None = None
    status: str | None = None
    intent: str | None = None
    do_not_perform: bool = False
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    contained: list[msgspec.Raw] = []
    authored_on: str | None = None
    dosage_instruction: list[Dosage] = []
    dispense_request: DispenseRequest | None = None


class MedicationStatement(_Resource, tag="MedicationStatement"):
    subject: Reference | None = None
    status: str | None = None
    taken: str | None = None  # STU3
    was_not_taken: bool = False  # DSTU2
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    contained: list[msgspec.Raw] = []
    effective_date_time: str | None = None
    effective_period: Period | None = None
    date_asserted: str | None = None
    dosage: list[Dosage] = []


class Coverage(_Resource, tag="Coverage"):
    status: str | None = None
    type: CodeableConcept | None = None
    beneficiary: Reference | None = None
    period: Period | None = None
    payor: list[NamedReference] = []
    classes: list[CoverageClass] = msgspec.field(name="class", default_factory=list)


# FHIR R4, RequestIntent: what somebody has ordered, and not only proposed or planned.
ORDERED = frozenset(("order", "original-order", "reflex-order", "filler-order", "instance-order"))


class ServiceRequest(_Resource, tag="ServiceRequest"):
    subject: Reference | None = None
    status: str | None = None
    intent: str | None = None
    do_not_perform: bool = False
    code: CodeableConcept | None = None
    authored_on: str | None = None


Resource: TypeAlias = (
    Patient
    | Condition
    | Procedure
    | Observation
    | DiagnosticReport
    | ImagingStudy
    | Medication
    | MedicationRequest
    | MedicationStatement
    | Coverage
    | ServiceRequest
    | DocumentReference
    | Device
)

RESOURCE_TYPES: dict[str, type[Resource]] = {
    kind.__name__: kind
    for kind in (
        Patient,
        Condition,
        Procedure,
        Observation,
        DiagnosticReport,
        ImagingStudy,
        Medication,
        MedicationRequest,
        MedicationStatement,
        Coverage,
        ServiceRequest,
        DocumentReference,
        Device,
    )
}


class DraftOrder(msgspec.Struct, frozen=True):
    """One entry of ``context.draftOrders``, reduced to what an order intent is recognised by.

    ``codings`` are of ``code`` (or of ``medicationCodeableConcept``), ``text`` is its text and
    displays, ``notes`` are the notes, ``authored_on`` is as it was written. ``reference`` is
    ``Type/id``.
    """

    reference: str
    resource_type: str
    status: str
    codings: tuple[Coding, ...] = ()
    text: str = ""
    body_sites: tuple[CodeableConcept, ...] = ()
    reasons: tuple[CodeableConcept, ...] = ()
    notes: tuple[str, ...] = ()
    authored_on: str = ""


def id_here(reference: str | None, kind: str, is_here: Callable[[str], bool]) -> str | None:
    """Return the id of a resource of a type that a reference names here; None elsewhere.

    ``Type/id``, relative or on the server that is read: an id means nothing elsewhere. ``is_here``
    tells whether a base URL is that server's.
    """
    owner, _, resource_id = (reference or "").partition("/_history/")[0].rpartition("/")
    base, is_absolute, named = owner.rpartition("/")
    return resource_id if named == kind and (not is_absolute or is_here(base)) else None
