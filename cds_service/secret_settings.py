"""Settings that are secrets: each may be the content of a file, and no message shows one."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from pathlib import Path

SECRETS = ("DATABASE_URL", "REDIS_URL", "AUDIT_KEY", "COMMENT_KEY")
MIN_KEY = 32  # characters
_IN_MEMORY = (":memory:", "mode=memory")
_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


def with_files_read(given: Mapping[str, str]) -> dict[str, str]:
    """Return the settings with each ``…_FILE`` replaced by what stands in the file it names.

    Docker, Kubernetes and systemd hand over secrets so. ValueError begins with the setting's name.
    """
    values = dict(given)
    for name in SECRETS:
        path = values.pop(f"{name}_FILE", None)
        if path is None:
            continue
        if name in values:
            raise ValueError(f"{name} and {name}_FILE: give one of them")
        try:
            values[name] = Path(path.strip()).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise ValueError(
                f"{name}_FILE: {path} cannot be read ({type(error).__name__})"
            ) from None
    return values


def database_url(text: str) -> str:
    """Return the address of a store."""
    if not text.startswith(_DATABASES):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    is_file = text != "sqlite:///" and not any(word in text for word in _IN_MEMORY)
    if text.startswith("sqlite:") and not is_file:
        raise ValueError("must name a file: what is in memory is gone with the process")
    return text


def audit_key(text: str) -> bytes:
    """Return the key of the hashes in the audit."""
    if len(text) < MIN_KEY:
        raise ValueError(f"must have at least {MIN_KEY} characters")
    return text.encode()


def comment_key(text: str) -> tuple[bytes, ...]:
    """Return the Fernet keys of a comma list: the first encrypts, all decrypt."""
    keys = tuple(part.strip().encode() for part in text.split(","))
    try:
        whole = all(len(urlsafe_b64decode(key)) == 32 for key in keys)
    except ValueError:
        whole = False
    if not whole:
        raise ValueError("must be Fernet keys (32 bytes in URL-safe base64), the newest first")
    return keys
