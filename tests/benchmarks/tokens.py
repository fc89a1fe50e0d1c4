"""A CDS client that signs: its key, its place in our settings, and one token for each request."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA384
from joserfc import jwt
from joserfc.jwk import RSAKey

from cds_service.demo import free_port
from tests.benchmarks.bodies import SERVICE

ALGORITHM, KEY_BITS, LIFE_SECONDS = "RS384", 2048, 900
ISSUER, PUBLIC_URL = "https://ehr.example.org", "https://cds.example.org"


class Issuer:
    """A CDS client registered by file; what it writes lies in a folder of the benchmark."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._key = RSAKey.generate_key(
            KEY_BITS, {"kid": "bench", "use": "sig", "alg": ALGORITHM}, private=True
        )
        keys, self._clients = folder / "jwks.json", folder / "clients.yaml"
        keys.write_text(json.dumps({"keys": [self._key.as_dict(private=False)]}))
        client = {"name": "bench", "issuer": ISSUER, "jwks_file": str(keys), "fhir_servers": []}
        self._clients.write_text(json.dumps({"clients": [client]}))  # JSON is YAML

    @property
    def environ(self) -> dict[str, str]:
        """The settings of a server that knows this client and no other."""
        return {"SPINE_CDS_CLIENTS": str(self._clients), "SPINE_CDS_PUBLIC_URL": PUBLIC_URL}

    def tokens(self, count: int) -> list[str]:
        """Return that many tokens for the service of the bodies, none twice."""
        return [self._token() for _ in range(count)]

    def _token(self) -> str:
        now = int(time.time())
        header = {"alg": ALGORITHM, "kid": "bench", "typ": "JWT"}
        claims = {
            "iss": ISSUER,
            "aud": f"{PUBLIC_URL}/cds-services/{SERVICE}",
            "iat": now,
            "exp": now + LIFE_SECONDS,
            "jti": str(uuid4()),
        }
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])

    def signature_milliseconds(self, repeats: int = 300) -> float:
        """Return what checking the signature of a token costs by itself."""
        signed = self._token().encode()
        padding, hashing = PKCS1v15(), SHA384()
        private, public = self._key.private_key, self._key.public_key
        assert private is not None
        signature = private.sign(signed, padding, hashing)
        start = time.perf_counter()
        for _ in range(repeats):
            public.verify(signature, signed, padding, hashing)
        return (time.perf_counter() - start) / repeats * 1000


@contextmanager
def replay_store(workers: int) -> Iterator[dict[str, str]]:
    """Run what several workers need to know used tokens by; yield the setting that names it.

    One worker knows by itself. Without Redis on this machine the setting is missing, and a server
    that needs it says so.
    """
    program = shutil.which("redis-server")
    if workers == 1 or program is None:
        yield {}
        return
    port = free_port()
    options = {"bind": "127.0.0.1", "port": str(port), "save": "", "appendonly": "no"}
    command = [program, *(part for name, value in options.items() for part in (f"--{name}", value))]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as redis:  # noqa: S603
        try:
            yield {"SPINE_CDS_REDIS_URL": f"redis://127.0.0.1:{port}/0"}
        finally:
            redis.terminate()
