"""The trusted clients file as it is written: one strict schema, by which a mistake stops the start.

See the contract, "Trusted clients file". What it means is in ``trusted_clients``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import yaml
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from cds_service.engine.codes import load_site_yaml
from cds_service.security.cds_client import FAN_OUT
from cds_service.security.fhir_servers import parse_base

DEADLINES = (0.5, 60.0)


class ClientsFileError(ValueError):
    """A file that is not as it must be; the message says what is wrong where in it."""


def read_clients_file(path: Path) -> list[dict[str, Any]]:
    """Return the entries of a file, with defaults; ClientsFileError when one is wrong."""
    try:
        written = load_site_yaml(path)
        entries: list[dict[str, Any]] = _FileSchema().load(written)["clients"]
    except ValidationError as error:
        raise ClientsFileError(_first(error.messages)) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ClientsFileError(str(error)) from error
    names = [entry["name"] for entry in entries]
    if len(set(names)) < len(names):
        raise ClientsFileError("two clients have the same name")
    return entries


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


class _Flag(fields.Boolean):
    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):  # no "yes", no 1
            raise self.make_error("invalid")
        return value


_ALIAS = [
    validate.Regexp(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", error="must be a short plain name"),
    # In the log, the audit and the metrics these stand for callers that are none of the file.
    validate.NoneOf(("unknown", "other"), error="is not free: it stands for who is in no entry"),
]
_HOST = validate.Regexp(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?\Z", error="must be a host name")
_SOMETHING = validate.Length(min=1)
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
    deadline_seconds = fields.Float(validate=validate.Range(*DEADLINES))
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
