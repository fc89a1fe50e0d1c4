"""Settings of a deployment: read once from the environment, refused when wrong or contradictory."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from cds_service.secret_settings import audit_key, comment_key, database_url, with_files_read
from cds_service.security.cds_client import DEADLINE_SECONDS
from cds_service.security.fhir_servers import FhirBase, parse_base

PREFIX = "SPINE_CDS_"
LOOPBACK_HOSTS = ("127.0.0.1", "::1", "localhost")

UTC = ZoneInfo("UTC")
T = TypeVar("T")


class SettingsError(ValueError):
    """A setting that cannot be honoured; the message says which, and what to do."""


@dataclass(frozen=True)
class Settings:
    """The settings of the contract, each with its default there."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    clients: Path | None = None
    redis_url: str | None = field(default=None, repr=False)  # may hold a password
    fhir_servers: tuple[FhirBase, ...] = ()
    allow_unauthenticated: bool = False
    prefetch: str = "full"
    unchecked_as_card: bool = False
    deadline_seconds: float = DEADLINE_SECONDS
    workers: int = 1
    threads: int = 8
    cors_origins: tuple[str, ...] = ()
    timezone: ZoneInfo = UTC
    value_sets: Path | None = None
    clinical: Path | None = None
    log_level: str = "INFO"
    metrics: bool | None = None
    data_dir: Path | None = None
    database_url: str | None = field(default=None, repr=False)  # may hold a password
    audit_key: bytes | None = field(default=None, repr=False)
    comments: str = "encrypt"
    comment_key: tuple[bytes, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Refuse what is unsafe or contradictory."""
        if self.clients is None:
            self._refuse_to_be_open()
        else:
            self._refuse_contradictions()

    def _refuse_to_be_open(self) -> None:
        """Refuse to be reachable from elsewhere as long as nobody has to say who they are."""
        if not self.is_loopback and not self.allow_unauthenticated:
            raise SettingsError(
                f"{PREFIX}HOST={self.host} listens beyond this machine, and clients are not "
                f"authenticated: name the trusted clients in a file and set {PREFIX}CLIENTS to it "
                f"(docs/security.md), or listen on 127.0.0.1; behind a proxy that authenticates, "
                f"set {PREFIX}ALLOW_UNAUTHENTICATED=true"
            )

    def _refuse_contradictions(self) -> None:
        """Refuse settings that would silently weaken the authentication of trusted clients."""
        if self.allow_unauthenticated:
            raise SettingsError(
                f"{PREFIX}ALLOW_UNAUTHENTICATED contradicts {PREFIX}CLIENTS: unset one of them"
            )
        if self.fhir_servers:
            raise SettingsError(
                f"{PREFIX}FHIR_SERVERS is for the time without trusted clients: list the servers "
                f"of each client as its fhir_servers in {PREFIX}CLIENTS"
            )
        if self.workers > 1 and self.redis_url is None:
            raise SettingsError(
                f"{PREFIX}WORKERS={self.workers} needs {PREFIX}REDIS_URL: a token could else be "
                "used once in every worker"
            )
        if self.public_url is None and not self.is_loopback:
            raise SettingsError(
                f"{PREFIX}PUBLIC_URL must say the base URL that clients call, which is the "
                "audience of their tokens"
            )

    @property
    def base_url(self) -> str:
        """The base URL that clients call, without a slash at its end; their audience begins so."""
        return self.public_url or self.url

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach us."""
        return self.host in LOOPBACK_HOSTS

    @property
    def any_origin(self) -> bool:
        """Whether pages of any origin may call: only while open, and on this machine only."""
        return self.is_loopback and not self.cors_origins and self.clients is None

    @property
    def offers_metrics(self) -> bool:
        """Whether ``/metrics`` is answered: unless told otherwise only to this machine."""
        return self.is_loopback if self.metrics is None else self.metrics

    @property
    def url(self) -> str:
        """The base URL for people; a proxy may show another one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Return the settings that the environment makes; SettingsError when one is wrong."""
        environ = os.environ if environ is None else environ
        given = {
            name.removeprefix(PREFIX): text
            for name, text in environ.items()
            if name.startswith(PREFIX)
        }
        try:
            given = with_files_read(given)
        except ValueError as error:
            raise SettingsError(f"{PREFIX}{error}") from None
        for name in given:
            _refuse_unknown(name)
        values = {name.lower(): _parsed(name, text) for name, text in given.items()}
        return cls(**values)  # type: ignore[arg-type]


def _refuse_unknown(name: str) -> None:
    if name not in _READERS:
        raise SettingsError(f"{PREFIX}{name} is no setting; known: {', '.join(sorted(_READERS))}")


def _parsed(name: str, text: str) -> object:
    try:
        return _READERS[name](text.strip())
    except (ValueError, KeyError, OSError) as error:
        raise SettingsError(f"{PREFIX}{name}: {error}") from None


def _number(kind: Callable[[str], T], low: float, high: float) -> Callable[[str], T]:
    def read(text: str) -> T:
        try:
            value = kind(text)
        except ValueError:
            raise ValueError("must be a number") from None
        if not low <= value <= high:  # type: ignore[operator]
            raise ValueError(f"must be between {low:g} and {high:g}")
        return value

    return read


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return read


def _host(text: str) -> str:
    if not text or any(c.isspace() or c in "/?#@" for c in text):
        raise ValueError("must be a host name or an address")
    return text.strip("[]")


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _fhir_servers(text: str) -> tuple[FhirBase, ...]:
    bases = []
    for url in _listed(text):
        base = parse_base(url)
        if base is None:
            raise ValueError(f"{url} is no FHIR base URL that can be read in one way only")
        bases.append(base)
    return tuple(bases)


def _origins(text: str) -> tuple[str, ...]:
    origins = []
    for origin in _listed(text):
        base = parse_base(origin)
        if base is None or base.path or origin.endswith("/"):
            raise ValueError(f"{origin} is no origin (scheme://host or scheme://host:port)")
        origins.append(base.url)  # as browsers write it: in lower case, without a default port
    return tuple(origins)


def _public_url(text: str) -> str:
    base = parse_base(text)
    if base is None or (base.scheme != "https" and not base.is_loopback):
        raise ValueError("must be an https URL without query; http only on loopback")
    return base.url


def _redis_url(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return text


def _timezone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {text}") from None


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise ValueError(f"there is no folder {text}")
    return Path(text)


def _file(text: str) -> Path:
    if not Path(text).is_file():
        raise ValueError(f"there is no file {text}")
    return Path(text)


def _data_dir(text: str) -> Path:
    if not text or (Path(text).exists() and not Path(text).is_dir()):
        raise ValueError("must be a folder, or the name of one that can be made")
    return Path(text)


_READERS: dict[str, Callable[[str], object]] = {
    "HOST": _host,
    "PORT": _number(int, 1, 65535),
    "PUBLIC_URL": _public_url,
    "CLIENTS": _file,
    "REDIS_URL": _redis_url,
    "FHIR_SERVERS": _fhir_servers,
    "ALLOW_UNAUTHENTICATED": _flag,
    "PREFETCH": _one_of("full", "minimal"),
    "UNCHECKED_AS_CARD": _flag,
    "DEADLINE_SECONDS": _number(float, 0.5, 60),
    "WORKERS": _number(int, 1, 64),
    "THREADS": _number(int, 1, 256),
    "CORS_ORIGINS": _origins,
    "TIMEZONE": _timezone,
    "VALUE_SETS": _folder,
    "CLINICAL": _file,
    "METRICS": _flag,
    "DATA_DIR": _data_dir,
    "DATABASE_URL": database_url,
    "AUDIT_KEY": audit_key,
    "COMMENTS": _one_of("encrypt", "keep", "drop"),
    "COMMENT_KEY": comment_key,
    "LOG_LEVEL": _one_of("DEBUG", "INFO", "WARNING", "ERROR"),
}
