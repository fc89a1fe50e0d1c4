"""The toy service for trusted clients: one that publishes its keys in a file, unless told."""

import json

from cds_service.app import create_app
from cds_service.settings import Settings
from tests.security.signing import ISSUER, KEY_SET
from tests.toy_service import AS_OF, SERVICES

BASE = "https://cds.example.org/spine"
DISCOVERY = f"{BASE}/cds-services"
TOY = f"{DISCOVERY}/toy"


def entry(**members):
    """One entry of the file; a member that is ``...`` is left out."""
    made = {
        "name": "main",
        "issuer": ISSUER,
        "jwks_file": "keys.json",
        "fhir_servers": ["https://ehr.example.org/fhir/R4"],
    } | members
    return {k: v for k, v in made.items() if v is not ...}


def clients_file(folder, *entries, keys=KEY_SET):
    (folder / "keys.json").write_bytes(keys)
    path = folder / "clients.yaml"
    path.write_text(json.dumps({"clients": list(entries or [entry()])}))  # which is YAML, too
    return path


def trusted_client(folder, *entries, keys=KEY_SET, services=SERVICES, **settings):
    """The test client of an application that trusts these clients."""
    path = clients_file(folder, *entries, keys=keys)
    settings = Settings(**{"public_url": BASE, "clients": path} | settings)
    return create_app(settings, services, clock=lambda: AS_OF).test_client()
