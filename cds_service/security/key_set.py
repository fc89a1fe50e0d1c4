"""A JWK Set as one CDS client publishes it: the keys that may have signed, and nothing else of it.

See RFC 7517. The algorithm of a key follows from the key itself, never from a token.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry, deserialize_compact

from cds_service.protocol.strict_json import JSONError, strict_loads
from cds_service.security.signed_token import ALGORITHMS, MAX_BYTES, MAX_TEXT, SignedToken

MAX_KEYS = 50
RSA_BITS = range(2048, 8192 + 1)
_PRIVATE = ("d", "k", "p", "q", "dp", "dq", "qi", "oth")


class _Registry(JWSRegistry):
    """What joserfc may verify; sizes are checked before a token is taken apart."""

    max_header_length = MAX_BYTES
    max_payload_length = MAX_BYTES
    max_signature_length = MAX_BYTES


_SIGNATURES = _Registry(algorithms=ALGORITHMS, strict_check_header=False)


class KeySetError(ValueError):
    """Text that is no JWK Set with a key that we could use; the message quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One public key of a client."""

    kid: str
    algorithm: str
    key: RSAKey | ECKey

    def has_signed(self, token: SignedToken) -> bool:
        """Whether the signature of a token was made with this key."""
        if token.algorithm != self.algorithm:
            return False
        try:
            deserialize_compact(token.text, self.key, registry=_SIGNATURES)
        except (JoseError, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys by id; two of one id may differ in their kind.

    ``published_private`` counts keys that were left out because their private half was published.
    """

    by_id: Mapping[str, tuple[VerificationKey, ...]]
    published_private: int = 0


NO_KEYS = KeySet(MappingProxyType({}))


def read_key_set(body: bytes) -> KeySet:
    """Return the usable keys of a JWK Set; KeySetError when there is nothing to learn from it.

    A key that is not for signatures, too weak, of another kind or broken is left out alone. One
    whose private half is published can be anybody's: it is left out, too, and a set of nothing else
    is an empty set, so that it replaces the one from before.
    """
    try:
        found = strict_loads(str(body, "utf-8"))
    except (JSONError, UnicodeDecodeError):
        raise KeySetError("not JSON") from None
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise KeySetError(f"not an object with at most {MAX_KEYS} keys")
    private = [jwk for jwk in listed if isinstance(jwk, dict) and any(p in jwk for p in _PRIVATE)]
    keys = [key for jwk in listed if jwk not in private and (key := _usable(jwk))]
    if not keys and not private:
        raise KeySetError("no RSA key of 2048 bits or more and no P-384 key for signatures in it")
    by_id: dict[str, tuple[VerificationKey, ...]] = {}
    for key in keys:
        by_id[key.kid] = (*by_id.get(key.kid, ()), key)
    return KeySet(MappingProxyType(by_id), len(private))


def _usable(jwk: Any) -> VerificationKey | None:
    """Return the key of one JWK that is meant to verify signatures with."""
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig":
        return None
    operations, kid = jwk.get("key_ops", ["verify"]), jwk.get("kid")
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_TEXT:
        return None
    made = _public_key(jwk)
    if made is None or jwk.get("alg", made[0]) != made[0]:
        return None
    return VerificationKey(kid, *made)


def _public_key(jwk: dict[str, Any]) -> tuple[str, RSAKey | ECKey] | None:
    kind = jwk.get("kty")
    try:
        if kind == "RSA" and _bits(jwk["n"]) in RSA_BITS:
            return "RS384", RSAKey.import_key({name: jwk[name] for name in ("kty", "n", "e")})
        if kind == "EC" and jwk.get("crv") == "P-384":
            return "ES384", ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y")})
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None
    return None


def _bits(number: str) -> int:
    """Return the size of a number of a JWK (RFC 7518, Base64urlUInt)."""
    return int.from_bytes(urlsafe_b64decode(number + "=="), "big").bit_length()
