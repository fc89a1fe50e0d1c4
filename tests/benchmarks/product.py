"""The product in this process: all services, a site's value sets, and a log that is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

import fhir_fixtures
from cds_service import audit
from cds_service.app import deploy
from cds_service.audit import InvocationLine
from cds_service.engine.record import PatientRecord
from cds_service.fhir.access import Access
from cds_service.fhir.admission import Gate
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.draft_orders import read_draft_orders
from cds_service.fhir.gather import gather
from cds_service.protocol.envelope import open_envelope
from cds_service.protocol.invocation import Deployment, answer
from cds_service.services import find_services
from cds_service.settings import Settings
from tests.benchmarks.bodies import SERVICE


@contextmanager
def log_to_a_sink() -> Iterator[None]:
    """Log lines are made and written as in a server while the block runs, and read by nobody."""
    with Path(os.devnull).open("w") as sink:
        with redirect_stderr(sink):
            audit.configure("INFO")
        yield


def deployed() -> Deployment:
    """Return the deployment on the day of the fixtures, with a site's value sets."""
    settings = Settings.from_environ({"SPINE_CDS_VALUE_SETS": str(fhir_fixtures.VALUE_SETS)})
    return deploy(settings, find_services(), clock=lambda: fhir_fixtures.AS_OF)


def decision(body: bytes, deployment: Deployment) -> Callable[[], bytes]:
    """Return the whole path for one body: bytes in, bytes out, log line and audit row made."""
    service = deployment.services.get(SERVICE)
    assert service is not None

    def decide() -> bytes:
        line = InvocationLine(service)
        answered = answer(service, body, deployment, line)
        line.write("0123456789abcdef", 200)
        return answered

    return decide


def criteria(body: bytes, deployment: Deployment) -> Callable[[], object]:
    """Return index, criteria inputs and judgement alone, of resources that are read already."""
    service = deployment.services.get(SERVICE)
    assert service is not None
    envelope = open_envelope(body, service.hook)
    access: Access = envelope.access
    gate = Gate(access.patient_id, access.fhir_server)
    orders = read_draft_orders(envelope.draft_orders, gate, envelope.selections).orders
    intent = service.recognise(orders, deployment.content)
    assert intent is not None
    read = gather(deployment.templates[SERVICE], access, deployment.client, Deadline.after(60))
    parts = (read.resources, read.searches, read.contained, read.is_here, read.void)
    day, terminology = deployment.clock(), deployment.content.terminology

    def judge() -> object:
        record = PatientRecord(access.patient_id, day, terminology, *parts)
        inputs = service.read(record, intent, deployment.content)
        return service.assess(record, inputs, intent.orders)

    return judge
