"""The CDS services of a deployment by id; what is ill-formed or twice there stops the start."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cds_service.engine.service import CDSService

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")  # our own ids, never text of a request


class RegistryError(ValueError):
    """A service that cannot be offered; the message says which and why."""


class Registry:
    """All services by id, in the order in which discovery lists them."""

    def __init__(self, services: Iterable[CDSService]) -> None:
        self._by_id: dict[str, CDSService] = {}
        for service in services:
            if service.id in self._by_id:
                raise RegistryError(f"two services have the id {service.id}")
            _check(service)
            self._by_id[service.id] = service

    def __iter__(self) -> Iterator[CDSService]:
        return iter(self._by_id.values())

    def get(self, service_id: str) -> CDSService | None:
        """Return a service, or None when there is none of that id."""
        return self._by_id.get(service_id)


def _check(service: CDSService) -> None:
    if not _ID.match(service.id):
        raise RegistryError(f"{service.id!r} is no kebab-case id")
    if not service.criteria:
        raise RegistryError(f"{service.id} has no criteria")
    if not service.minimal <= set(service.prefetch):
        raise RegistryError(f"{service.id}: minimal names keys without a template")
    ids = [criterion.id for criterion in service.criteria + service.risk_factors]
    if len(ids) != len(set(ids)):
        raise RegistryError(f"{service.id}: a criterion id occurs twice")
    for criterion in service.criteria + service.risk_factors:
        if unread := set(criterion.reads) - set(service.prefetch):
            raise RegistryError(f"{service.id}: {criterion.id} reads undeclared {sorted(unread)}")
