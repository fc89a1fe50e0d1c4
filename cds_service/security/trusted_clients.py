"""The trusted clients file: who may call us, how it is known, and what we may read for it.

See the contract, "Trusted clients file", and CDS Hooks, "Trusting CDS Clients".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from yaml import YAMLError

from cds_service.engine.codes import load_yaml
from cds_service.security.cds_client import DEADLINE_SECONDS, FAN_OUT, CDSClient
from cds_service.security.fhir_servers import FhirBase, ReadableServers, parse_base
from cds_service.security.key_fetch import fetch_key_set, parse_jku
from cds_service.security.key_set import KeySetError
from cds_service.security.key_sources import FetchedKeySet, KeyFile, KeySource, PublishedKeys
from cds_service.security.peers import Network

DEADLINES = (0.5, 60.0)
# Its private key is published with the sandbox's source: its tokens prove nothing.
SANDBOX = "https://sandbox.cds-hooks.org"
Fetch = Callable[[FhirBase, str, tuple[Network, ...]], FetchedKeySet]


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
    path: Path, unchecked_as_card: bool, fetch: Fetch = fetch_key_set
) -> TrustedClients:
    """Return the clients of a file; TrustedClientsError when it cannot be honoured as a whole."""
    try:
        entries = _FileSchema().load(load_yaml(path))["clients"]
    except ValidationError as error:
        raise TrustedClientsError(f"{path}: {_first(error.messages)}") from None
    except (OSError, ValueError, YAMLError) as error:
        raise TrustedClientsError(f"{path}: {error}") from error
    names = [entry["name"] for entry in entries]
    if len(set(names)) < len(names):
        raise TrustedClientsError(f"{path}: two clients have the same name")
    try:
        return TrustedClients([_client(e, path, unchecked_as_card, fetch) for e in entries])
    except TrustedClientsError as error:
        raise TrustedClientsError(f"{path}: {error}") from error


def _client(
    entry: Mapping[str, Any], path: Path, unchecked_as_card: bool, fetch: Fetch
) -> TrustedClient:
    name, issuer, demo = entry["name"], entry["issuer"], entry["demo"]
    if issuer == SANDBOX and not demo:
        raise TrustedClientsError(
            f"{name}: the private key of {SANDBOX} is public, so that anybody can call in its "
            "name; say demo: true, which is for this machine only"
        )
    servers = ReadableServers(entry["fhir_servers"], loopback_too=False)
    client = CDSClient(
        servers,
        name=name,
        deadline_seconds=entry["deadline_seconds"],
        fan_out=entry["fan_out"],
        batch=entry["batch"],
        search_by_post=entry["search_by_post"],
        unchecked_as_card=entry.get("unchecked_as_card", unchecked_as_card),
        private_networks=tuple(entry["allow_private_networks"]),
        shadow=entry["shadow"],
        link_hosts=frozenset(entry["link_hosts"]),
        calls_per_minute=entry["calls_per_minute"],
        refuse_other_patient=entry["refuse_other_patient"],
    )
    return TrustedClient(
        client,
        issuer,
        tuple(entry["tenants"]),
        _keys(entry, path, client, fetch),
        entry.get("jku"),
        entry["feedback_at_service_url"],
        demo,
    )


def _keys(entry: Mapping[str, Any], path: Path, client: CDSClient, fetch: Fetch) -> KeySource:
    jku, file = entry.get("jku"), entry.get("jwks_file")
    if (jku is None) == (file is None):
        raise TrustedClientsError(f"{client.name}: needs a jku or a jwks_file, and not both")
    if file is not None:
        try:
            return KeyFile(path.parent / file)
        except (OSError, KeySetError) as error:
            raise TrustedClientsError(f"{client.name}: jwks_file: {error}") from error
    place = parse_jku(jku or "")
    if place is None:
        raise TrustedClientsError(f"{client.name}: jku must be an https URL")
    return PublishedKeys(client.name, partial(fetch, *place, client.private_networks))


def _first(messages: Any) -> str:
    """Return the first fault that marshmallow found, with its place."""
    if isinstance(messages, Mapping):
        name, inner = next(iter(messages.items()))
        return f"{name}: {_first(inner)}"
    return str(messages[0])


class _Base(fields.String):
    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        base = parse_base(super()._deserialize(value, *args, **kwargs))
        if base is None or (base.scheme != "https" and not base.is_loopback):
            raise ValidationError("must be an https FHIR base URL that can be read in one way only")
        return base


class _Network(fields.String):
    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return ip_network(super()._deserialize(value, *args, **kwargs))
        except ValueError:
            raise ValidationError("must be a network such as 10.20.0.0/16") from None


_ALIAS = validate.Regexp(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", error="must be a short plain name")
_HOST = validate.Regexp(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?\Z", error="must be a host name")
_SOMETHING = validate.Length(min=1)
_Flag: Any = partial(fields.Boolean, truthy={True}, falsy={False})  # no "yes", no 1
_Several: Any = partial(fields.List, load_default=list)


class _ClientSchema(Schema):
    """One entry; unknown keys are refused, for a misspelt one would be silently without effect."""

    class Meta:
        """Options of marshmallow."""

        unknown = RAISE

    name = fields.String(required=True, validate=_ALIAS)
    issuer = fields.String(required=True, validate=_SOMETHING)
    jku = fields.String()
    jwks_file = fields.String(validate=_SOMETHING)
    tenants = _Several(fields.String(validate=_SOMETHING))
    fhir_servers = _Several(_Base())
    allow_private_networks = _Several(_Network())
    deadline_seconds = fields.Float(
        load_default=DEADLINE_SECONDS, validate=validate.Range(*DEADLINES)
    )
    unchecked_as_card = _Flag()
    batch = _Flag(load_default=False)
    search_by_post = _Flag(load_default=False)
    fan_out = fields.Integer(strict=True, load_default=FAN_OUT, validate=validate.Range(1, 16))
    shadow = _Flag(load_default=False)
    link_hosts = _Several(fields.String(validate=_HOST))
    feedback_at_service_url = _Flag(load_default=False)
    calls_per_minute = fields.Integer(
        strict=True, load_default=6000, validate=validate.Range(1, 1_000_000)
    )
    refuse_other_patient = _Flag(load_default=True)
    demo = _Flag(load_default=False)


class _FileSchema(Schema):
    class Meta:
        """Options of marshmallow."""

        unknown = RAISE

    clients = fields.List(
        fields.Nested(_ClientSchema), required=True, validate=validate.Length(min=1)
    )
