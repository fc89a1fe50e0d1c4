"""One invocation: request bytes in, answer bytes out. See CDS Hooks, "Calling a CDS Service".

Request, draft orders, patient record, criteria inputs, assessment, card: the first arrows are calls
here, the others are in ``CDSService.answer``. An order that is not ours leaves after the draft
orders.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import uuid4

import orjson

from cds_service.audit import InvocationLine
from cds_service.engine.card import Card
from cds_service.engine.content import ClinicalContent
from cds_service.engine.record import PatientRecord
from cds_service.engine.registry import Registry
from cds_service.engine.service import CDSService
from cds_service.fhir.admission import Gate
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.draft_orders import Drafted, DraftOrdersError, read_draft_orders
from cds_service.fhir.gather import Gathered, gather
from cds_service.fhir.templates import PrefetchTemplate, templates_of
from cds_service.observability.tracing import span
from cds_service.protocol.envelope import Envelope, open_envelope
from cds_service.protocol.errors import MalformedRequestError, NothingReadableError
from cds_service.security.cds_client import CDSClient

NO_CARDS = b'{"cards":[]}'


@dataclass(frozen=True)
class Deployment:
    """What every invocation of one running instance shares; nothing in it ever changes.

    ``client`` is the one that calls where nobody has to say who they are.
    """

    services: Registry
    content: ClinicalContent
    client: CDSClient
    clock: Callable[[], date]

    @cached_property
    def templates(self) -> dict[str, tuple[PrefetchTemplate, ...]]:
        """The prefetch templates of every service, taken apart once."""
        return {service.id: templates_of(service.prefetch) for service in self.services}


def answer(
    service: CDSService,
    body: bytes,
    deployment: Deployment,
    line: InvocationLine | None = None,
    arrived: float | None = None,
    client: CDSClient | None = None,
) -> bytes:
    """Return the body of the answer; ProtocolError when there is none.

    Nothing of an order that is not ours is decoded or asked for: order-sign fires for every order
    of a hospital. ``arrived`` is when the request did, if that was before this call.
    A client in shadow mode gets no card and no 412, and everything else is done as for others.
    """
    client = client or deployment.client
    line = line or InvocationLine(service)
    line.note_client(client.name, shadow=client.shadow)
    try:
        card = _judged(service, body, deployment, line, arrived, client)
    except NothingReadableError:
        line.outcome = "nothing-readable"
        if client.shadow:
            return NO_CARDS
        raise
    if card is None:
        line.outcome = "silent"
        return NO_CARDS
    line.note_assessment(card.indicator, card.assessment)
    line.outcome = _outcome(card, client.shadow)
    if client.shadow:
        return NO_CARDS
    shown = card.as_json(lambda: str(uuid4()), client.link_hosts)
    line.note_issued(card, shown)
    return orjson.dumps({"cards": [shown]})


def _outcome(card: Card, shadow: bool) -> str:
    """Return how a card comes out; one that checked nothing is told from all others."""
    if card.checked:
        return "shadow" if shadow else "card"
    return "nothing-readable" if shadow else "unchecked"


def _judged(
    service: CDSService,
    body: bytes,
    deployment: Deployment,
    line: InvocationLine,
    arrived: float | None,
    client: CDSClient,
) -> Card | None:
    """Return the card of one invocation, or None when there is nothing to say."""
    deadline = Deadline.after(client.fhir_seconds, since=arrived)
    envelope = open_envelope(body, service.hook)
    line.note_asked(envelope.hook_instance, envelope.access.patient_id)
    drafted = _drafted(envelope)
    line.note_orders(len(drafted.orders.judged), drafted.ignored)
    intent = service.recognise(drafted.orders, deployment.content)
    if intent is None:
        return None
    line.note_intent(intent, deployment.content.terminology)
    access = envelope.access
    if access.fhir_server and client.servers.base(access.fhir_server) is None:
        line.note_unlisted_server()
    with span("gather") as note:
        gathered = gather(deployment.templates[service.id], access, client, deadline)
        note(keys=len(gathered.searches), resources=len(gathered.resources))
    if gathered.mistaken and client.refuse_other_patient and access.prefetch is not None:
        raise MalformedRequestError(
            "is not the Patient of context.patientId", f"prefetch.{gathered.mistaken}"
        )
    record = _record(gathered, access.patient_id, deployment)
    line.note_searches(record.unread, gathered.issues)
    card = service.answer(record, intent, deployment.content)
    if intent.certain and not record.read_anything:
        if card is None or not client.unchecked_as_card:
            raise NothingReadableError(
                "no data of the patient could be read, neither by prefetch nor from fhirServer"
            )
        card = card.unchecked(service.title)
    return card


def _drafted(envelope: Envelope) -> Drafted:
    access = envelope.access
    gate = Gate(access.patient_id, access.fhir_server)
    try:
        return read_draft_orders(envelope.draft_orders, gate, envelope.selections)
    except DraftOrdersError as error:
        raise MalformedRequestError(str(error), error.path) from error


def _record(gathered: Gathered, patient_id: str, deployment: Deployment) -> PatientRecord:
    return PatientRecord(
        patient_id,
        deployment.clock(),
        deployment.content.terminology,
        gathered.resources,
        gathered.searches,
        gathered.contained,
        gathered.is_here,
        gathered.void,
    )
