"""Nothing that outlives a request grows with what clients send (faults.md, P-03)."""

import functools
import gc
import json
import random
from uuid import UUID

import pytest

from cds_service.app import create_app
from cds_service.engine import vocabulary
from cds_service.fhir import connections
from cds_service.services import find_services
from cds_service.settings import Settings
from fhir_fixtures import load_request
from tests.full import FULL

REQUESTS = 20_000 if FULL else 300
FIXTURE = "removal-solid-fusion"
PATIENT = load_request(FIXTURE)["context"]["patientId"]
OURS = ("cds_service", "hooks")
LONG = "9" * 300_000


def caches():
    """Return all function caches of our packages, methods kept by an object included."""
    found = [o for o in gc.get_objects() if isinstance(o, functools._lru_cache_wrapper)]
    return [cache for cache in found if cache.__module__.partition(".")[0] in OURS]


def without_limit():
    return {
        c.__qualname__: c.cache_info().currsize
        for c in caches()
        if c.cache_parameters()["maxsize"] is None
    }


# Each is keyed by nothing, or by what the configuration, the code or its content lists.
KEYED_BY_CONFIGURATION = {
    "act_verbs",
    "_content",
    "_ends_of_abbreviations",
    "_facts",
    "_lookups",
    "_pools",
    "executor",
    "ingredients",
    "known_revisions",
    "lexicon",
    "order_lexicon",
    "product_names",
    "products",
    "sections",
    "wanted_types",
    "words_like",
}


def asked(draw):
    """Return the path and the body of a request of which everything is different each time."""
    word = f"{draw.getrandbits(64):x}"
    text = json.dumps(load_request(FIXTURE)).replace(f"Patient/{PATIENT}", f"Patient/{word}")
    request = json.loads(text)
    request["hookInstance"] = str(UUID(int=draw.getrandbits(128)))
    request["context"]["patientId"] = request["prefetch"]["patient"]["id"] = word
    request["fhirServer"] = f"http://127.0.0.1:{draw.randrange(1, 1000)}/{word}"
    del request["prefetch"]["conditions"]
    for entry in request["prefetch"]["procedures"]["entry"]:
        entry["resource"]["performedDateTime"] = f"{draw.randrange(1900, 2020)}-01-01T{word}"
        entry["resource"]["code"]["coding"].append({"system": f"urn:{word}", "code": word})
    for entry in request["prefetch"]["diagnostic_reports"]["entry"]:
        entry["resource"]["conclusion"] += f" Compared with study {word}."
    known = draw.random() < 0.9
    return f"/cds-services/{'spinal-hardware-removal' if known else word}", request


@pytest.fixture(scope="module")
def client():
    return create_app(Settings(deadline_seconds=0.5), find_services()).test_client()


def test_every_cache_without_a_limit_is_one_of_configuration(client):
    assert set(without_limit()) <= KEYED_BY_CONFIGURATION


def test_what_outlives_requests_does_not_grow_with_them(client):
    draw, cards = random.Random(1), 0  # noqa: S311
    for number in range(REQUESTS):
        path, body = asked(draw)
        answer = client.post(path, json=body)
        assert answer.status_code == (404 if body["context"]["patientId"] in path else 200)
        cards += len(answer.json.get("cards", ()))
        if number == REQUESTS // 10:
            before = without_limit()
    assert cards > 0.8 * REQUESTS  # what is refused at the door grows nothing anyhow
    assert without_limit() == before
    for cache in caches():
        assert cache.cache_info().currsize <= (cache.cache_parameters()["maxsize"] or 1000)
    for kept in gc.get_objects():
        if isinstance(kept, connections.urllib3.PoolManager):
            assert len(kept.pools) <= connections.HOSTS
        if isinstance(kept, vocabulary.Vocabulary):
            assert len(kept) <= vocabulary.MOST
            assert max(map(len, kept), default=0) <= vocabulary.LONGEST


def test_a_long_text_is_in_no_cache(client):
    request = load_request(FIXTURE)
    for entry in request["prefetch"]["procedures"]["entry"]:
        entry["resource"]["performedDateTime"] = f"2020-01-01{LONG}"
        entry["resource"]["code"]["coding"].append({"system": "urn:x", "code": LONG})
        entry["resource"]["code"]["text"] = f"fusion {LONG}"
    for entry in request["prefetch"]["diagnostic_reports"]["entry"]:
        entry["resource"]["conclusion"] = f"Solid fusion at L4-5. {LONG[:5000]}-{LONG[:5000]}."
    assert client.post("/cds-services/spinal-hardware-removal", json=request).status_code == 200
    keys = [key for cache in caches() for key in gc.get_referents(cache)]
    parts = [part for key in keys if isinstance(key, tuple | list) for part in key]
    # What a guideline says itself is kept in lines of a few hundred characters.
    assert max(len(text) for text in keys + parts if isinstance(text, str)) < 1_000
