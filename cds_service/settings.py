"""Settings of a deployment: read once from the environment, refused when wrong or contradictory."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from cds_service.security.cds_client import DEADLINE_SECONDS
from cds_service.security.fhir_servers import FhirBase, parse_base

PREFIX = "SPINE_CDS_"
LATER = ("CLIENTS", "REDIS_URL", "PUBLIC_URL")
SECRETS = ("DATABASE_URL", "AUDIT_KEY", "COMMENT_KEY")  # each may be the content of a file, too
MIN_KEY = 32  # characters
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
    data_dir: Path | None = None
    database_url: str | None = field(default=None, repr=False)  # it may hold a password
    audit_key: bytes | None = field(default=None, repr=False)
    comments: str = "encrypt"
    comment_key: tuple[bytes, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Refuse to be reachable from elsewhere as long as nobody has to say who they are."""
        if not self.is_loopback and not self.allow_unauthenticated:
            raise SettingsError(
                f"{PREFIX}HOST={self.host} listens beyond this machine, and clients are not "
                f"authenticated: put it behind a proxy that authenticates and set "
                f"{PREFIX}ALLOW_UNAUTHENTICATED=true, or listen on 127.0.0.1"
            )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach us."""
        return self.host in LOOPBACK_HOSTS

    @property
    def any_origin(self) -> bool:
        """Whether pages of any origin may call: only while open, and on this machine only."""
        return self.is_loopback and not self.cors_origins

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
        given = _with_secrets(given)
        for name in given:
            _refuse_unknown(name)
        values = {name.lower(): _parsed(name, text) for name, text in given.items()}
        return cls(**values)  # type: ignore[arg-type]


def _with_secrets(given: Mapping[str, str]) -> dict[str, str]:
    """Return the settings with each ``…_FILE`` replaced by what stands in the file it names."""
    values = dict(given)
    for name in SECRETS:
        path = values.pop(f"{name}_FILE", None)
        if path is None:
            continue
        if name in values:
            raise SettingsError(f"{PREFIX}{name} and {PREFIX}{name}_FILE: give one of them")
        try:
            values[name] = Path(path.strip()).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"{PREFIX}{name}_FILE: {path} cannot be read ({type(error).__name__})"
            ) from None
    return values


def _refuse_unknown(name: str) -> None:
    if name in LATER:
        raise SettingsError(f"{PREFIX}{name} is not available yet: unset it")
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
    origins = _listed(text)
    for origin in origins:
        base = parse_base(origin)
        if base is None or base.path or origin.endswith("/"):
            raise ValueError(f"{origin} is no origin (scheme://host or scheme://host:port)")
    return tuple(origins)


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


def _database_url(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return text


def _audit_key(text: str) -> bytes:
    if len(text) < MIN_KEY:
        raise ValueError(f"must have at least {MIN_KEY} characters")
    return text.encode()


def _comment_key(text: str) -> tuple[bytes, ...]:
    keys = tuple(key.encode() for key in _listed(text))
    try:
        whole = bool(keys) and all(len(urlsafe_b64decode(key)) == 32 for key in keys)
    except ValueError:
        whole = False
    if not whole:
        raise ValueError("must be Fernet keys (32 bytes in URL-safe base64), the newest first")
    return keys


_READERS: dict[str, Callable[[str], object]] = {
    "HOST": _host,
    "PORT": _number(int, 1, 65535),
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
    "DATA_DIR": _data_dir,
    "DATABASE_URL": _database_url,
    "AUDIT_KEY": _audit_key,
    "COMMENTS": _one_of("encrypt", "keep", "drop"),
    "COMMENT_KEY": _comment_key,
    "LOG_LEVEL": _one_of("DEBUG", "INFO", "WARNING", "ERROR"),
}
