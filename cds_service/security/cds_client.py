"""One CDS client: which FHIR servers we may read for it, and how it wants to be answered."""

from __future__ import annotations

from dataclasses import dataclass

from cds_service.security.fhir_servers import ReadableServers
from cds_service.security.peers import PRIVATE_NETWORKS, Network

DEADLINE_SECONDS = 4.0
FAN_OUT = 8  # reads at a time for one invocation
FHIR_SHARE = 2.5 / 4.0  # of the time for an answer (faults.md, section 1)


@dataclass(frozen=True, slots=True)
class CDSClient:
    """What is particular to one client; as long as none is configured there is one for all callers.

    ``private_networks`` are where the names of its FHIR servers may lead beside public addresses.
    By default these are all private ones, because only servers that the deployment itself lists
    are read by name. With ``shadow`` everything is judged, logged and audited, and no card is
    shown. ``refuse_other_patient`` refuses a prefetched Patient who is not the one of the context,
    instead of judging without it: two charts were mixed up. Links on cards point to ``link_hosts``
    or are left out. ``calls_per_minute`` bounds a trusted client in each worker.
    """

    servers: ReadableServers
    name: str = "default"
    deadline_seconds: float = DEADLINE_SECONDS
    fan_out: int = FAN_OUT
    batch: bool = False
    search_by_post: bool = False
    unchecked_as_card: bool = False
    private_networks: tuple[Network, ...] = PRIVATE_NETWORKS
    shadow: bool = False
    link_hosts: frozenset[str] = frozenset()
    calls_per_minute: int = 6000
    refuse_other_patient: bool = False

    @property
    def fhir_seconds(self) -> float:
        """The seconds from the arrival of a request in which its FHIR reads must end."""
        return self.deadline_seconds * FHIR_SHARE
