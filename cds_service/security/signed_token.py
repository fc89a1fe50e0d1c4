"""The JWT of a CDS client, taken apart by one strict schema before anything in it is believed.

See CDS Hooks, "Trusting CDS Clients", RFC 7519 and RFC 8725. Libraries accept a good deal that is
no JWT of CDS Hooks (faults.md, A-02), so that theirs is the signature only.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Any

from cds_service.protocol.strict_json import JSONError, strict_loads

MAX_BYTES = 8 * 1024
MAX_TEXT = 256  # of a jti or a kid
MAX_SECONDS = 3600
SKEW_SECONDS = 60
ALGORITHMS = ("RS384", "ES384")
# Visible characters but quotes and the backslash: what is never a key id costs no look at the keys.
_KID = re.compile(r"[!#-&(-\[\]-_a-~]+\Z")


class RefusedTokenError(Exception):
    """A token that proves nothing. ``cause`` is a stable code for log and metric."""

    def __init__(self, cause: str, client: str = "unknown") -> None:
        super().__init__(cause)
        self.cause, self.client = cause, client


@dataclass(frozen=True, slots=True)
class SignedToken:
    """What a token says; nothing of it is true before its signature was verified.

    Times are seconds of the epoch.
    """

    text: str
    algorithm: str
    kid: str
    jku: str | None
    issuer: str
    tenant: str | None
    audience: tuple[str, ...]
    issued: int
    expires: int
    not_before: int | None
    jti: str

    def __repr__(self) -> str:
        return "SignedToken(<redacted>)"

    def check_times(self, now: float) -> None:
        """RefusedTokenError unless the token is good at that moment, by clocks 60 s apart."""
        if now > self.expires + SKEW_SECONDS:
            raise RefusedTokenError("expired")
        if max(self.issued, self.not_before or 0) > now + SKEW_SECONDS:
            raise RefusedTokenError("not-yet")


def bearer_token(authorization: str | None) -> str:
    """Return the token of an Authorization header; RefusedTokenError when it holds none."""
    if not authorization:
        raise RefusedTokenError("no-token")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise RefusedTokenError("scheme")
    if len(token) > MAX_BYTES:
        raise RefusedTokenError("size")
    return token


def read_token(text: str) -> SignedToken:
    """Return what a token says; RefusedTokenError when it is not a JWT as CDS Hooks has it."""
    parts = text.split(".")
    if len(parts) != 3 or not text.isascii():
        raise RefusedTokenError("form")
    header, claims = _object(parts[0]), _object(parts[1])
    _bytes(parts[2])
    _check_header(header)
    _check_claims(claims)
    return SignedToken(
        text=text,
        algorithm=header["alg"],
        kid=header["kid"],
        jku=header.get("jku"),
        issuer=claims["iss"],
        tenant=claims.get("tenant"),
        audience=(claims["aud"],) if isinstance(claims["aud"], str) else tuple(claims["aud"]),
        issued=claims["iat"],
        expires=claims["exp"],
        not_before=claims.get("nbf"),
        jti=claims["jti"],
    )


def _bytes(part: str) -> bytes:
    """Return the bytes of a part in the one spelling that base64url has for them."""
    try:
        found = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (Base64Error, ValueError):
        raise RefusedTokenError("form") from None
    if not found or urlsafe_b64encode(found).rstrip(b"=").decode() != part:
        raise RefusedTokenError("form")
    return found


def _object(part: str) -> dict[str, Any]:
    try:
        found = strict_loads(str(_bytes(part), "utf-8"))
    except (JSONError, UnicodeDecodeError):
        raise RefusedTokenError("form") from None
    if not isinstance(found, dict):
        raise RefusedTokenError("form")
    return found


def _check_header(header: dict[str, Any]) -> None:
    """Refuse other algorithms and what must be understood; embedded keys are never looked at."""
    if header.get("alg") not in ALGORITHMS:
        raise RefusedTokenError("algorithm")
    kind = header.get("typ")
    is_jwt = isinstance(kind, str) and kind.upper() == "JWT"
    if not is_jwt or "crit" in header or "b64" in header or "zip" in header:
        raise RefusedTokenError("header")
    kid = header.get("kid")
    if not isinstance(kid, str) or not _KID.match(kid) or len(kid) > MAX_TEXT:
        raise RefusedTokenError("kid")
    if "jku" in header and not _is_text(header["jku"]):
        raise RefusedTokenError("jku")


def _check_claims(claims: dict[str, Any]) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    times = [claims.get("iat"), claims.get("exp"), claims.get("nbf", 0)]
    if not (
        _is_text(claims.get("iss"))
        and _is_text(claims.get("jti"), MAX_TEXT)
        and audiences
        and all(map(_is_text, audiences))
        and ("tenant" not in claims or _is_text(claims["tenant"]))
        and all(type(time) is int and 0 <= time < 2**53 for time in times)
    ):
        raise RefusedTokenError("claims")
    if not 0 < claims["exp"] - claims["iat"] <= MAX_SECONDS:
        raise RefusedTokenError("lifetime")


def _is_text(value: object, longest: int = MAX_BYTES) -> bool:
    """Whether it is a text of some length that can be written in UTF-8 (no half of a pair)."""
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)
