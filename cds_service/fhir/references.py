"""What resources only refer to, read side by side: texts behind urls, results, Medications."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias, TypeGuard

from cds_service.engine.record import UnreadReason
from cds_service.engine.resources import Medication, Observation, Resource
from cds_service.fhir.admission import Gate
from cds_service.fhir.attached_texts import Lack, completed, urls_to_read
from cds_service.fhir.binary import BinaryContent, read_binary
from cds_service.fhir.client import FhirReader
from cds_service.fhir.deadline import Deadline
from cds_service.fhir.medications import medications_to_read, read_medication
from cds_service.fhir.parallel import side_by_side
from cds_service.fhir.read_error import FhirReadError
from cds_service.fhir.results import read_result, results_to_read

_Read: TypeAlias = BinaryContent | Medication | Observation | UnreadReason | None


@dataclass(frozen=True, slots=True)
class Followed:
    """Resources and what they refer to, and the types of which some texts could not be read.

    ``void`` are the references of what arrived and does not count.
    """

    resources: list[Resource]
    void: frozenset[str] = frozenset()
    lacking: Mapping[type[Resource], Lack] = field(default_factory=dict)


def follow(
    resources: list[Resource], void: frozenset[str], reader: FhirReader, gate: Gate
) -> Followed:
    """Return the resources with the texts, results and Medications that they refer to.

    As far as they came. The texts are asked for first, since criteria stand in them; a result
    counts only as one that a search brought would: the gate tells.
    """
    urls, names = urls_to_read(resources), medications_to_read(resources, gate.is_same_server)
    results = results_to_read(resources, void, gate.is_same_server)
    if not urls and not results and not names:
        return Followed(resources, void)
    tasks: list[Callable[[], _Read]] = [partial(_content, url, reader) for url in urls]
    tasks += [partial(read_result, name, reader) for name in results]
    tasks += [partial(read_medication, name, reader) for name in names]
    reads = side_by_side(tasks, reader.client.fan_out, reader.place)
    came = [_in_time(read, reader.deadline) for read in reads]
    contents = {u: c for u, c in zip(urls, came, strict=False) if _is_content(c)}
    found = completed(resources, contents)
    observations = gate.sift([o for o in came if isinstance(o, Observation)])
    medications = [m for m in came if isinstance(m, Medication)]
    void |= {row.reference for row in observations.void}
    rows = [*found.resources, *observations.kept, *medications]
    return Followed(rows, void, found.lacking)


def _content(url: str, reader: FhirReader) -> BinaryContent | UnreadReason:
    try:
        return read_binary(reader, url)
    except FhirReadError as failure:
        return failure.reason


def _is_content(came: _Read) -> TypeGuard[BinaryContent | UnreadReason]:
    return isinstance(came, BinaryContent | UnreadReason)


def _in_time(read: Future[_Read], deadline: Deadline) -> _Read:
    try:
        return read.result(timeout=deadline.patience())
    except TimeoutError:
        return UnreadReason.TIMEOUT
