"""The trusted clients file: who may call us, how it is known, and what we may read for it.

See the contract, "Trusted clients file", and CDS Hooks, "Trusting CDS Clients".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cds_service.security.cds_client import DEADLINE_SECONDS, CDSClient
from cds_service.security.clients_file import ClientsFileError, read_clients_file
from cds_service.security.fhir_servers import ReadableServers
from cds_service.security.key_fetch import fetch_key_set, parse_jku
from cds_service.security.key_set import KeySetError
from cds_service.security.key_sources import KeyFile, KeySource, PublishedKeys

# Its private key is published with the sandbox's source: its tokens prove nothing.
SANDBOX = "https://sandbox.cds-hooks.org"


class TrustedClientsError(ValueError):
    """A file of trusted clients that cannot be honoured; the message says what is wrong where."""


@dataclass(frozen=True, slots=True)
class TrustedClient:
    """One entry of the file: how a client is known, and how it is answered.

    ``jku`` is the only URL that its keys are ever fetched from; None where they lie in a file.
    """

    client: CDSClient
    issuer: str
    tenants: tuple[str, ...]
    keys: KeySource
    jku: str | None = None
    feedback_at_service_url: bool = False
    demo: bool = False


class TrustedClients:
    """All trusted clients; no token can be of two of them."""

    def __init__(self, clients: list[TrustedClient]) -> None:
        self._clients = tuple(clients)
        self._by_issuer: dict[str, dict[str | None, TrustedClient]] = {}
        for client in clients:
            of_issuer = self._by_issuer.setdefault(client.issuer, {})
            for tenant in client.tenants or (None,):
                if tenant in of_issuer:
                    raise TrustedClientsError(
                        f"{client.client.name}: another client has the same issuer"
                        + (f" and tenant {tenant}" if tenant else "; give each its tenants")
                    )
                of_issuer[tenant] = client

    def __iter__(self) -> Iterator[TrustedClient]:
        return iter(self._clients)

    def find(self, issuer: str, tenant: str | None) -> TrustedClient | None:
        """Return the client of an issuer and tenant.

        A client without tenants in the file is meant whatever the token's tenant is, unless that
        tenant is another client's.
        """
        of_issuer = self._by_issuer.get(issuer, {})
        return of_issuer.get(tenant) or of_issuer.get(None)


def load_trusted_clients(
    path: Path,
    unchecked_as_card: bool,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> TrustedClients:
    """Return the clients of a file; TrustedClientsError when it cannot be honoured as a whole.

    The flag and the seconds are those of each client that the file says nothing else of.
    """
    of_all = {"unchecked_as_card": unchecked_as_card, "deadline_seconds": deadline_seconds}
    try:
        entries = [of_all | entry for entry in read_clients_file(path)]
        return TrustedClients([_client(entry, path) for entry in entries])
    except (ClientsFileError, TrustedClientsError) as error:
        raise TrustedClientsError(f"{path}: {error}") from error


def _client(entry: Mapping[str, Any], path: Path) -> TrustedClient:
    _refuse_public_key(entry)
    client = CDSClient(
        ReadableServers(entry["fhir_servers"], loopback_too=False),
        name=entry["name"],
        deadline_seconds=entry["deadline_seconds"],
        fan_out=entry["fan_out"],
        batch=entry["batch"],
        search_by_post=entry["search_by_post"],
        unchecked_as_card=entry["unchecked_as_card"],
        private_networks=tuple(entry["allow_private_networks"]),
        shadow=entry["shadow"],
        link_hosts=frozenset(entry["link_hosts"]),
        calls_per_minute=entry["calls_per_minute"],
        refuse_other_patient=entry["refuse_other_patient"],
    )
    return TrustedClient(
        client,
        entry["issuer"],
        tuple(entry["tenants"]),
        _keys(entry, path, client),
        entry.get("jku"),
        entry["feedback_at_service_url"],
        entry["demo"],
    )


def _refuse_public_key(entry: Mapping[str, Any]) -> None:
    whose = entry["issuer"], entry.get("jku", "")
    if not entry["demo"] and any(f"{url}/".startswith(f"{SANDBOX}/") for url in whose):
        raise TrustedClientsError(
            f"{entry['name']}: the private key of {SANDBOX} is public, so that anybody can call in "
            "its name; say demo: true, which is for this machine only"
        )


def _keys(entry: Mapping[str, Any], path: Path, client: CDSClient) -> KeySource:
    jku, file = entry.get("jku"), entry.get("jwks_file")
    if (jku is None) == (file is None):
        raise TrustedClientsError(f"{client.name}: needs a jku or a jwks_file, and not both")
    if file is not None:
        try:
            return KeyFile(client.name, path.parent / file)
        except (OSError, KeySetError) as error:
            raise TrustedClientsError(f"{client.name}: jwks_file: {error}") from error
    place = parse_jku(jku or "")
    if place is None:
        raise TrustedClientsError(f"{client.name}: jku must be an https URL")
    return PublishedKeys(client.name, partial(fetch_key_set, *place, client.private_networks))
