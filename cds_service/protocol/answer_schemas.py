"""Marshmallow schemas of what we answer, for the OpenAPI document and for the tests of answers.

They are strict: a member that is not here is an error. See CDS Hooks, "Discovery" and "HTTP
Response", and the assessment of contract.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from cds_service.engine.card import ASSESSMENT_EXTENSION, SUMMARY_LIMIT
from cds_service.engine.evidence import Origin
from cds_service.engine.judgement import Reason, Status
from cds_service.engine.record import UnreadReason

_FILLED = validate.Length(min=1)
_REFERENCE = validate.Regexp(r"^[A-Za-z]+(/[A-Za-z0-9\-.]{1,64})?$")
_DATE = r"\d{4}(-\d{2}(-\d{2})?)?"
_DATE_OR_PERIOD = validate.Regexp(rf"^{_DATE}(/{_DATE})?$")
_KEBAB = validate.Regexp(r"^[a-z0-9]+(-[a-z0-9]+)*$")
_SEMANTIC_VERSION = validate.Regexp(r"^\d+\.\d+\.\d+$")


class StrictSchema(Schema):
    """Nothing but the members of the schema."""

    class Meta:
        """Options of marshmallow."""

        unknown = RAISE


def text(*checks: Any, required: bool = True, **options: Any) -> fields.String:
    """Return the field of a text that is never empty."""
    return fields.String(required=required, validate=[_FILLED, *checks], **options)


def one_of(*values: str, required: bool = True, **options: Any) -> fields.String:
    """Return the field of a code out of a few."""
    return fields.String(required=required, validate=validate.OneOf(values), **options)


def some(item: Any, required: bool = False, **options: Any) -> fields.List[Any]:
    """Return the field of an array that is never empty."""
    return fields.List(item, required=required, validate=_FILLED, **options)


class ServiceSchema(StrictSchema):
    """One CDS service in discovery."""

    hook = text()
    id = text(_KEBAB)
    title = text()
    description = text()
    version = text(_SEMANTIC_VERSION)
    prefetch = fields.Dict(keys=fields.String(), values=text(), validate=_FILLED)
    usage_requirements = text(required=False, data_key="usageRequirements")


class DiscoverySchema(StrictSchema):
    """The answer of discovery."""

    services = fields.List(fields.Nested(ServiceSchema), required=True)


class CodingSchema(StrictSchema):
    """A Coding of CDS Hooks."""

    code = text()
    system = text()
    display = text()


class SourceSchema(StrictSchema):
    """Where the advice comes from."""

    label = text()
    topic = fields.Nested(CodingSchema, required=True)


class ActionSchema(StrictSchema):
    """The one action of a suggestion: a draft ServiceRequest."""

    type = one_of("create")
    description = text()
    resource = fields.Dict(keys=fields.String(), required=True, validate=_FILLED)


class SuggestionSchema(StrictSchema):
    """One suggestion."""

    label = text()
    uuid = fields.UUID(required=True)
    actions = some(fields.Nested(ActionSchema), required=True)


class EvidenceSchema(StrictSchema):
    """What in the record a judgement rests on."""

    origin = one_of(*Origin)
    resource = text(_REFERENCE, required=False)
    searched = some(text())
    date = text(
        _DATE_OR_PERIOD,
        required=False,
        metadata={"description": "a date as the resource has it, or start/end of a period"},
    )
    quote = text(required=False)


class RiskFactorSchema(StrictSchema):
    """One risk factor; an unknown one says why."""

    id = text(_KEBAB)
    status = one_of(Status.PRESENT, Status.ABSENT, Status.UNKNOWN)
    reason = one_of(*Reason, required=False)
    evidence = some(fields.Nested(EvidenceSchema))

    @validates_schema
    def _is_explained(self, data: Mapping[str, Any], **_: Any) -> None:
        """Refuse an unknown that does not say why, and another status that rests on nothing."""
        needed = "reason" if data["status"] == Status.UNKNOWN else "evidence"
        if needed not in data:
            raise ValidationError("is required with this status", needed)


class CriterionSchema(RiskFactorSchema):
    """One criterion; an unknown one says why."""

    status = one_of(Status.MET, Status.NOT_MET, Status.UNKNOWN)


class UnreadSchema(StrictSchema):
    """A prefetch key that could not be read as a whole."""

    key = text()
    reason = one_of(*UnreadReason)


class AssessmentSchema(StrictSchema):
    """The whole judgement of one order, for machines."""

    service = text(_KEBAB)
    version = text(_SEMANTIC_VERSION)
    as_of = fields.Date(required=True, data_key="asOf")
    orders = some(text(), required=True)
    criteria = some(fields.Nested(CriterionSchema), required=True)
    risk_factors = some(fields.Nested(RiskFactorSchema), data_key="riskFactors")
    unread = some(fields.Nested(UnreadSchema))


class CardExtensionSchema(StrictSchema):
    """The extension of a card."""

    assessment = fields.Nested(AssessmentSchema, required=True, data_key=ASSESSMENT_EXTENSION)


class CardSchema(StrictSchema):
    """One card."""

    uuid = fields.UUID(required=True)
    summary = text(validate.Length(max=SUMMARY_LIMIT - 1))
    indicator = one_of("info", "warning")
    detail = text()
    source = fields.Nested(SourceSchema, required=True)
    suggestions = some(fields.Nested(SuggestionSchema))
    selection_behavior = one_of("any", required=False, data_key="selectionBehavior")
    override_reasons = some(fields.Nested(CodingSchema), data_key="overrideReasons")
    extension = fields.Nested(CardExtensionSchema, required=True)


class CardsSchema(StrictSchema):
    """The answer to an invocation; without anything to say the array is empty."""

    cards = fields.List(fields.Nested(CardSchema), required=True, validate=validate.Length(max=1))


class StoredSchema(StrictSchema):
    """The answer to feedback: an empty object."""


class IssueSchema(StrictSchema):
    """What was wrong; never with a value of the request."""

    severity = one_of("error")
    code = text()
    diagnostics = text()
    expression = some(text())


class OperationOutcomeSchema(StrictSchema):
    """Every answer that is not 2xx but that of a probe."""

    resource_type = one_of("OperationOutcome", data_key="resourceType")
    issue = some(fields.Nested(IssueSchema), required=True)


class AliveSchema(StrictSchema):
    """The process answers."""

    status = one_of("alive")


class ReadySchema(StrictSchema):
    """Requests may be sent here, although what is named fails."""

    status = one_of("ready")
    failing = some(text())


class NotReadySchema(StrictSchema):
    """No requests should be sent here; what failed, by name."""

    status = one_of("not-ready")
    failing = some(text(), required=True)
