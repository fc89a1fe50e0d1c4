"""FHIR data types as small typed structures; the resources that criteria read are made of them.

Members are optional wherever real data leave them out; members that nothing reads are ignored.
"""

from __future__ import annotations

import msgspec


class Part(msgspec.Struct, rename="camel", gc=False):
    """A FHIR data type; members are those of the wire, in snake case."""


class Coding(Part):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Part):
    coding: list[Coding] = []
    text: str | None = None


class StatusCode(Part):
    code: str | None = None


class StatusConcept(Part):
    """A CodeableConcept with a required binding: its code says everything."""

    coding: list[StatusCode] = []


class Reference(Part):
    reference: str | None = None


class NamedReference(Part):
    """A reference of which only the name that it carries is read."""

    display: str | None = None


class CoverageClass(Part):
    type: CodeableConcept | None = None
    value: str | None = None
    name: str | None = None


class Period(Part):
    start: str | None = None
    end: str | None = None


class Quantity(Part):
    value: float | None = None
    comparator: str | None = None
    unit: str | None = None
    code: str | None = None


class Range(Part):
    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Part):
    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Annotation(Part):
    text: str | None = None


class Attachment(Part):
    content_type: str | None = None
    data: str | None = None
    url: str | None = None
    title: str | None = None


class AttachedContent(Part):
    attachment: Attachment | None = None


class DocumentContext(Part):
    period: Period | None = None


class Narrative(Part):
    div: str | None = None


class ReferenceRange(Part):
    low: Quantity | None = None
    high: Quantity | None = None


class Series(Part):
    modality: Coding | None = None
    body_site: Coding | None = None
    description: str | None = None


class DeviceName(Part):
    name: str | None = None


class TimingRepeat(Part):
    frequency: int | None = None
    frequency_max: int | None = None
    period: float | None = None
    period_unit: str | None = None
    bounds_period: Period | None = None
    bounds_duration: Quantity | None = None


class Timing(Part):
    repeat: TimingRepeat | None = None
    code: CodeableConcept | None = None


class DoseAndRate(Part):
    dose_quantity: Quantity | None = None
    dose_range: Range | None = None
    rate_quantity: Quantity | None = None


class Dosage(Part):
    sequence: int | None = None
    timing: Timing | None = None
    as_needed_boolean: bool | None = None
    as_needed_codeable_concept: CodeableConcept | None = None
    route: CodeableConcept | None = None
    dose_and_rate: list[DoseAndRate] = []
    max_dose_per_period: Ratio | None = None


class DispenseRequest(Part):
    number_of_repeats_allowed: int | None = None
    expected_supply_duration: Quantity | None = None
