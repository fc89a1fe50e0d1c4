"""The synthetic patients as they stand on a FHIR server that others use, too.

Every id carries our name and the patient's, so that nothing of anybody else is overwritten, and
every resource carries the tag of its patient, so that it can be found and taken off again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from fhir_fixtures import AS_OF, load_patient, shifted

TAG_SYSTEM = "https://spine-cds.org/fhir/CodeSystem/story"


@dataclass(frozen=True)
class ServerChart:
    """One patient's resources under the ids that they have on a server."""

    patient_id: str
    story: str
    resources: tuple[dict[str, Any], ...]

    def arrival(self, found: Iterable[str]) -> list[dict[str, Any]]:
        """Return the transactions that put this chart, and delete what is left of an older one.

        ``found`` are references to everything tagged on the server, of whichever patient.
        """
        stays = {reference_to(resource) for resource in self.resources}
        stale = [reference for reference in self._own(found) if reference not in stays]
        return [transaction(self.resources, stale)]

    def removal(self, found: Iterable[str]) -> list[dict[str, Any]]:
        """Return the transactions that delete whatever was found of this chart.

        The patient goes in one of its own: a HAPI that does not guard references on delete answers
        409 when a patient and what refers to it go together.
        """
        gone = self._own(found)
        patient = f"Patient/{self.patient_id}"
        rest = [reference for reference in gone if reference != patient]
        return [transaction((), rest), transaction((), [patient] if patient in gone else [])]

    def _own(self, found: Iterable[str]) -> list[str]:
        ids = {reference: reference.partition("/")[2] for reference in found}
        own, prefix = self.patient_id, f"{self.patient_id}-"
        return sorted(r for r, name in ids.items() if name == own or name.startswith(prefix))


def charts_on_servers(names: Iterable[str], as_of: date) -> dict[str, ServerChart]:
    """Return the charts of the named patients, dated for a day of use."""
    return {name: _chart(name, as_of) for name in names}


def _chart(name: str, as_of: date) -> ServerChart:
    bundle = load_patient(name)
    (tag,) = (tag for tag in bundle["meta"]["tag"] if tag["system"] == TAG_SYSTEM)
    resources = [entry["resource"] for entry in bundle["entry"]]
    moved: list[dict[str, Any]] = shifted(named_for_servers(resources, name), as_of - AS_OF)
    tagged = tuple(resource | {"meta": {"tag": [tag]}} for resource in moved)
    return ServerChart(server_id(name), tag["display"], tagged)


def server_id(name: str) -> str:
    """Return the id that a patient has on a server."""
    return f"spine-cds-{name.lower()}"


def named_for_servers(resources: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return resources of one patient with ids that are theirs alone, references along with them.

    A reference to what is not among the resources stays as it is.
    """
    new = {
        f"{kind}/{old}": f"{kind}/{server_id(name)}" + ("" if kind == "Patient" else f"-{old}")
        for kind, old in ((resource["resourceType"], resource["id"]) for resource in resources)
    }
    return [
        _renamed(resource, new) | {"id": new[reference_to(resource)].partition("/")[2]}
        for resource in resources
    ]


def _renamed(value: Any, new: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(member, new) for member in value]
    if not isinstance(value, dict):
        return value
    found = {name: _renamed(member, new) for name, member in value.items()}
    for name in ("reference", "url"):  # the url of an attachment may be that of a Binary
        if isinstance(found.get(name), str):
            found[name] = new.get(found[name], found[name])
    return found


def reference_to(resource: dict[str, Any]) -> str:
    """Return the relative reference to a resource."""
    return f"{resource['resourceType']}/{resource['id']}"


def transaction(put: Iterable[dict[str, Any]], delete: Iterable[str] = ()) -> dict[str, Any]:
    """Return the FHIR transaction that puts resources by their ids and deletes others.

    Sent twice it leaves the server as it was after the first time.
    """
    entries = [
        {"resource": resource, "request": {"method": "PUT", "url": reference_to(resource)}}
        for resource in put
    ]
    entries += [{"request": {"method": "DELETE", "url": reference}} for reference in delete]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}
