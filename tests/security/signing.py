"""What a CDS client signs with, well or badly: nothing here refuses to make a bad token."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from functools import cache
from uuid import uuid4

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ISSUER = "https://ehr.example.org/oauth2"
HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
CURVES = {"256": ec.SECP256R1, "384": ec.SECP384R1, "512": ec.SECP521R1}


@cache
def rsa_key(bits=2048, name="ours"):
    return rsa.generate_private_key(65537, bits)


@cache
def ec_key(size="384", name="ours"):
    return ec.generate_private_key(CURVES[size]())


def b64(octets):
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def jwk(key, kid, **members):
    """The public JWK of a key; a member that is None is left out."""
    public = key.public_key().public_numbers()
    if isinstance(key, rsa.RSAPrivateKey):
        made = {"kty": "RSA", "n": number(public.n), "e": number(public.e)}
    else:
        size = (key.curve.key_size + 7) // 8
        curve = f"P-{key.curve.key_size}"
        made = {"kty": "EC", "crv": curve, "x": number(public.x, size), "y": number(public.y, size)}
    return {k: v for k, v in (made | {"kid": kid} | members).items() if v is not None}


def pem(key):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form)


def key_set(*jwks):
    return json.dumps({"keys": list(jwks)}).encode()


# The keys that a client of these tests publishes.
KEYS = {"rsa": rsa_key, "ec": ec_key}
KEY_SET = key_set(jwk(rsa_key(), "rsa"), jwk(ec_key(), "ec"))


def signature(key, algorithm, text):
    """Sign with whatever a key can do: HMAC with octets, RSA, RSA-PSS or ECDSA."""
    octets, size = text.encode(), algorithm[-3:]
    if isinstance(key, bytes):
        return hmac.digest(key, octets, getattr(hashlib, f"sha{size}"))
    kind = HASHES[size]()
    if isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(padding.MGF1(kind), kind.digest_size)
        return key.sign(octets, pss if algorithm[0] == "P" else padding.PKCS1v15(), kind)
    r, s = decode_dss_signature(key.sign(octets, ec.ECDSA(kind)))
    width = (key.curve.key_size + 7) // 8
    return r.to_bytes(width, "big") + s.to_bytes(width, "big")


def claims(audience, now=None, **changes):
    """Good claims, changed; one that is ``...`` is left out."""
    now = int(time.time()) if now is None else now
    made = {"iss": ISSUER, "aud": audience, "iat": now, "exp": now + 300, "jti": str(uuid4())}
    return {k: v for k, v in (made | changes).items() if v is not ...}


def header(algorithm="ES384", kid="ec", **changes):
    made = {"alg": algorithm, "kid": kid, "typ": "JWT"} | changes
    return {k: v for k, v in made.items() if v is not ...}


def part(value):
    """A part of a token; text and bytes are taken as they are."""
    if not isinstance(value, str | bytes):
        value = json.dumps(value)
    return b64(value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value)


def token(key, algorithm, head, body):
    """A compact JWS of a header and claims, made with a key by some algorithm."""
    signed = f"{part(head)}.{part(body)}"
    return f"{signed}.{b64(signature(key, algorithm, signed))}"


def good_token(audience, key=None, head=None, **changes):
    """A token that must be accepted."""
    head = head or header()
    key = key or KEYS[head["kid"]]()
    return token(key, head["alg"], head, claims(audience, **changes))


def bearer(text):
    return {"Authorization": f"Bearer {text}"}
