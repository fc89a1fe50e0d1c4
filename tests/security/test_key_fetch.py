"""T7: whatever becomes of a JWKS server, nobody unknown is let in, and in time (A-09 to A-12).

Over real sockets, by the server that misbehaves for FHIR, too.
"""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count, pairwise
from urllib.parse import quote

import pytest
import structlog

from cds_service.security import bucket, key_fetch, key_sources
from cds_service.security.fhir_servers import FhirBase
from cds_service.security.key_fetch import fetch_key_set, parse_jku
from cds_service.security.key_set import KeySetError, read_key_set
from cds_service.security.key_sources import (
    FetchedKeySet,
    FetchFailedError,
    KeyFile,
    NoKeysError,
    PublishedKeys,
)
from tests.fhir_stub import fhir_stub, send
from tests.hostile_content import BODIES
from tests.hostile_fhir import TRANSPORT, hostile_fhir
from tests.security.signing import (
    KEY_SET,
    bearer,
    ec_key,
    good_token,
    header,
    jwk,
    key_set,
    rsa_key,
)
from tests.security.test_replay import Clock
from tests.security.trusted_app import TOY, entry, trusted_client
from tests.toy_service import toy_request

EC = jwk(ec_key(), "ec")
NEW = key_set(jwk(ec_key("384", "new"), "new"))
LOCATION = quote("http://127.0.0.1:9/jwks.json", safe="")
REDIRECT = f"status=302,location={LOCATION}"
ANSWERS = [
    *BODIES,
    *TRANSPORT,
    "hang",
    "delay=5",
    "status=500",
    "status=404",
    "status=204",
    REDIRECT,
]
GARBAGE = {
    "HTML": b"<html>log in</html>", "nothing": b"", "null": b"null", "a list": b"[]",
    "no keys": b"{}", "an empty set": b'{"keys": []}', "keys null": b'{"keys": null}',
    "keys that are none": b'{"keys": [1, null, "x", [], {}]}', "cut": KEY_SET[:-9],
    "keys twice": b'{"keys": [], "keys": []}', "text": b'"x"',
    "not UTF-8": b"\xff\xfe", "51 keys": key_set(*[EC] * 51), "NaN": KEY_SET[:-1] + b', "x": NaN}',
    "deep": b'{"keys": ' + b"[" * 10_000, "10 MB": b" " * 10_000_000 + KEY_SET,
    "only for encryption": key_set(EC | {"use": "enc"}),
    "a weak RSA key": key_set(jwk(rsa_key(1024), "rsa")),
    "P-256": key_set(jwk(ec_key("256"), "ec")), "symmetric": key_set({"kty": "oct", "kid": "ec"}),
    "another algorithm": key_set(EC | {"alg": "ES256"}), "no kid": key_set(jwk(ec_key(), None)),
    "off the curve": key_set(EC | {"x": EC["y"]}),
}  # fmt: skip


@pytest.fixture
def jwks():
    with hostile_fhir() as server:
        server.extra["jwks.json"] = json.loads(KEY_SET)
        yield server


class Source:
    """The keys behind one jku of a server whose faults a test sets."""

    def __init__(self, server, faults="ok"):
        self.server, self.faults = server, faults
        self.keys = PublishedKeys("main", self.fetch)

    def fetch(self):
        here = FhirBase("http", "127.0.0.1", self.server.port, "")
        return fetch_key_set(here, f"/{self.faults}/fhir/jwks.json", ())

    def find(self, kid="ec"):
        """How many keys of that id there are; None without a set."""
        try:
            return len(self.keys.keys(kid))
        except NoKeysError:
            return None


@pytest.fixture
def clock(monkeypatch):
    moved = Clock(1000.0)
    monkeypatch.setattr(key_sources, "now", moved)
    monkeypatch.setattr(bucket, "now", moved)
    return moved


def wait_until(condition):
    until = time.monotonic() + 5
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)
    return condition()


# A cold start


@pytest.mark.parametrize("fault", ANSWERS)
def test_without_a_set_nobody_is_told_from_anybody(jwks, fault, monkeypatch):
    monkeypatch.setattr(key_fetch, "SECONDS", 0.4)
    assert Source(jwks, fault).find() is None
    assert len(jwks.calls) == 1  # no redirect is followed, and nothing is repeated


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_no_set(jwks, name):
    jwks.extra["jwks.json"] = GARBAGE[name]
    assert Source(jwks).find() is None


def test_a_cold_start_without_a_set_is_503_in_time(jwks, tmp_path):
    url = f"{jwks.base('hang')}/jwks.json"
    app = trusted_client(tmp_path, entry(jwks_file=..., jku=url))
    started = time.monotonic()
    answer = app.post("/cds-services/toy", json=toy_request(), headers=bearer(good_token(TOY)))
    assert time.monotonic() - started < 2.5
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_a_name_server_that_hangs_holds_up_no_call_longer(monkeypatch):
    released = threading.Event()

    def fetch():
        released.wait(10)
        raise FetchFailedError

    monkeypatch.setattr(key_sources, "WAIT_SECONDS", 0.1)
    keys = PublishedKeys("main", fetch)
    for _ in range(3):
        with pytest.raises(NoKeysError):
            keys.keys("ec")
    released.set()
    assert wait_until(lambda: keys._running is None)


def test_without_a_set_the_rests_between_tries_grow(clock):
    tried = []

    def fetch():
        tried.append(clock.now)
        raise FetchFailedError

    keys = PublishedKeys("main", fetch)
    for _ in range(200):
        with pytest.raises(NoKeysError):
            keys.keys("ec")
        clock.now += 0.5
    assert [b - a for a, b in pairwise(tried)] == [1, 2, 4, 8, 16, 30, 30]


def test_fifty_callers_at_once_cause_one_fetch(jwks):
    source = Source(jwks, "delay=0.3")
    with ThreadPoolExecutor(50) as at_once:
        found = list(at_once.map(lambda _: source.find(), range(50)))
    assert found == [1] * 50
    assert len(jwks.calls) == 1


# A warm set


def outage(source, clock, faults):
    """Let a set become old while its server fails so; return what is found at once and later."""
    assert source.find() == 1
    source.faults = faults
    clock.now += 700
    found = [source.find()]
    wait_until(lambda: source.keys._running is None)
    clock.now += 23 * 3600
    found.append(source.find())
    wait_until(lambda: source.keys._running is None)
    clock.now += 3600
    return [*found, source.find()]


@pytest.mark.parametrize("fault", ["status=500", "html", "reset", "bomb", "short", REDIRECT])
def test_a_good_set_outlives_its_server_by_a_day_and_no_longer(jwks, clock, fault):
    assert outage(Source(jwks), clock, fault) == [1, 1, None]


@pytest.mark.parametrize("name", ["HTML", "an empty set", "cut", "a weak RSA key", "51 keys"])
def test_garbage_never_replaces_a_good_set(jwks, clock, name):
    source = Source(jwks)
    assert source.find() == 1
    jwks.extra["jwks.json"] = GARBAGE[name]
    clock.now += 700
    with structlog.testing.capture_logs() as logged:
        assert source.find() == 1
    assert {"event": "keys-not-read", "client": "main", "error": "KeySetError",
            "log_level": "warning"} in logged  # fmt: skip
    assert source.keys.age() == 700


def test_during_an_outage_nobody_waits_but_the_first(jwks, clock, monkeypatch):
    monkeypatch.setattr(key_fetch, "SECONDS", 0.5)
    source = Source(jwks)
    assert source.find() == 1
    source.faults = "hang"
    clock.now += 700
    assert source.find() == 1  # waited for it
    clock.now += 31
    started = time.monotonic()
    assert [source.find() for _ in range(20)] == [1] * 20
    assert time.monotonic() - started < 1.5
    assert wait_until(lambda: source.keys._running is None)
    assert len(jwks.calls) == 3


def test_a_key_that_was_taken_back_is_not_used_once_more_when_the_set_is_old(jwks, clock):
    source = Source(jwks)
    assert source.find("rsa") == 1
    jwks.extra["jwks.json"] = {"keys": [EC]}
    clock.now += 3601
    assert source.find("rsa") == 0
    assert source.find("ec") == 1


def test_a_set_is_fetched_ahead_of_its_time_behind_a_call(jwks, clock):
    source = Source(jwks)
    assert source.find() == 1
    source.faults = "delay=0.2"
    clock.now += 535  # more than 0.8 of 660 s, less than 540 s
    assert source.find() == 1
    assert wait_until(lambda: source.keys.age() == 0)
    assert len(jwks.calls) == 2


# Key ids


def test_a_new_key_is_found_at_once_and_the_old_one_gone_with_it(jwks):
    source = Source(jwks)
    assert source.find() == 1
    jwks.extra["jwks.json"] = json.loads(NEW)
    assert source.find("new") == 1
    assert source.find("ec") == 0


def test_a_flood_of_unknown_key_ids_costs_a_fetch_in_thirty_seconds(jwks, clock):
    source = Source(jwks)
    assert source.find() == 1
    numbers = count()
    for _ in range(2000):  # a thousand a second
        assert source.find(f"unknown-{next(numbers)}") == 0
        clock.now += 0.001
    assert len(jwks.calls) == 1 + 2
    for _ in range(1000):  # ten a second, for a hundred seconds
        assert source.find(f"unknown-{next(numbers)}") == 0
        clock.now += 0.1
    assert len(jwks.calls) == 1 + 2 + 3
    jwks.extra["jwks.json"] = json.loads(NEW)
    clock.now += 30
    assert source.find("new") == 1  # the flood does not keep a new key out


def test_two_keys_of_one_id_and_different_kinds_are_told_by_their_algorithm(tmp_path):
    keys = key_set(jwk(ec_key(), "same"), jwk(rsa_key(), "same"), jwk(ec_key("384", "b"), "same"))
    app = trusted_client(tmp_path, keys=keys)
    for algorithm, key in (
        ("ES384", ec_key()),
        ("RS384", rsa_key()),
        ("ES384", ec_key("384", "b")),
    ):
        text = good_token(TOY, key, header(algorithm, "same"))
        assert (
            app.post("/cds-services/toy", json=toy_request(), headers=bearer(text)).status_code
            == 200
        )


@pytest.mark.parametrize("others", [[], [jwk(rsa_key(), "rsa")]])
@pytest.mark.parametrize("member", ["d", "p", "k", "oth"])
def test_a_key_whose_private_half_is_published_is_refused_at_once_and_told(
    jwks, clock, others, member
):
    source = Source(jwks)
    assert source.find() == 1
    jwks.extra["jwks.json"] = {"keys": [EC | {member: "AQAB"}, *others]}
    clock.now += 700
    with structlog.testing.capture_logs() as logged:
        assert source.find() == 0
    assert {"event": "private-key-published", "client": "main", "log_level": "error"} in logged


@pytest.mark.parametrize(
    "members",
    [{"use": None}, {"use": "enc"}, {"key_ops": ["sign"]}, {"key_ops": "verify"}, {"kid": 1},
     {"kid": ""}, {"kid": "x" * 257}, {"alg": None}, {"alg": "RS384"}, {"crv": "P-256"},
     {"kty": "RSA"}, {"kty": "OKP"}, {"x": None}, {"x": "é"}, {"x": ""}, {"y": 1}],
    ids=str,
)  # fmt: skip
def test_what_is_not_for_signatures_or_broken_is_left_out_alone(members):
    written = json.dumps({"keys": [EC | members, jwk(rsa_key(), "rsa")]}).encode()
    assert list(read_key_set(written).by_id) == ["rsa"]


@pytest.mark.parametrize("n", ["", "AQAB", "é", None, 1, "_" * 300, "_" * 2000])
def test_an_rsa_key_of_an_odd_size_is_left_out_without_a_word(n):
    written = json.dumps({"keys": [EC, jwk(rsa_key(), "rsa") | {"n": n}]}).encode()
    assert list(read_key_set(written).by_id) == ["ec"]


def test_a_key_set_error_quotes_nothing():
    with pytest.raises(KeySetError) as caught:
        read_key_set(b'{"keys": [{"kid": "secret-canary"}]}')
    assert "canary" not in str(caught.value)


# For how long a set is fresh


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [(None, 540, 660), (0.0, 60, 66), (10.0, 60, 66), (1000.0, 900, 1100), (1e9, 3600, 3600)],
)
def test_a_set_is_fresh_within_a_minute_and_an_hour(clock, said, least, most):
    fetched = []

    def fetch():
        fetched.append(clock.now)
        return FetchedKeySet(KEY_SET, said)

    keys = PublishedKeys("main", fetch)
    keys.keys("ec")
    clock.now = 1000 + 0.8 * least - 0.01
    keys.keys("ec")
    assert len(fetched) == 1
    clock.now = 1000 + most + 0.01
    keys.keys("ec")
    assert len(fetched) == 2


@pytest.mark.parametrize(
    ("header_value", "seconds"),
    [
        ("max-age=120", 120), ("public, MAX-AGE=5 , x", 5), ("no-store", 0),
        ("no-cache, max-age=9", 0),
        ("max-age=-1", None), ("max-age=x", None), ("max-age=", None),
        ("max-age=99999999999", None), ("", None),
    ],
)  # fmt: skip
def test_cache_control_is_read_as_it_comes(header_value, seconds):
    with fhir_stub() as stub:
        stub.routes["jwks.json?v=1"] = lambda h: send(h, 200, KEY_SET, Cache_Control=header_value)
        place = parse_jku(f"{stub.base}/jwks.json?v=1")
        fetched = fetch_key_set(*place, ())
    assert fetched == FetchedKeySet(KEY_SET, seconds)
    _, headers = stub.calls[0]
    assert "Authorization" not in headers


# The URL


def test_a_jku_is_its_origin_and_the_rest():
    assert parse_jku("https://h.example/a/jwks.json?x=1") == (
        FhirBase("https", "h.example", 443, ""), "/a/jwks.json?x=1",
    )  # fmt: skip
    assert parse_jku("http://127.0.0.1:1") == (FhirBase("http", "127.0.0.1", 1, ""), "")


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "http://h.example/jwks.json", "ftp://h.example/j", "https://u@h.example/j", "https://h.example/j#x",
        "https://h.example/j?x#y", "https://h.example/j?x y", "https://h.example/j?x\r\nA: b", "https://h.example/j?é",
        "https://127.1/j", "https://h.example/../j", "https://h.example\\@evil.example/j", "https://h.example/j?\\",
    ],
)  # fmt: skip
def test_a_jku_that_could_be_read_in_two_ways_is_none(url):
    assert parse_jku(url) is None


def test_a_jku_of_the_token_is_only_ever_compared(jwks, tmp_path):
    url = f"{jwks.base()}/jwks.json"
    app = trusted_client(tmp_path, entry(jwks_file=..., jku=url))
    for jku, expected in (
        (url, 200),
        (f"{url}?", 401),
        (jwks.base("ok") + "/other.json", 401),
        (..., 200),
    ):
        text = good_token(TOY, head=header(jku=jku))
        answer = app.post("/cds-services/toy", json=toy_request(), headers=bearer(text))
        assert answer.status_code == expected
    assert jwks.paths == ["jwks.json"]


# A file


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "keys.json"
    path.write_bytes(KEY_SET)
    return path


def test_a_changed_file_is_read_within_five_seconds(file, clock):
    keys = KeyFile("main", file)
    assert (len(keys.keys("ec")), keys.age()) == (1, 0.0)
    file.write_bytes(NEW)
    assert keys.keys("new") == ()
    clock.now += 5.1
    assert len(keys.keys("new")) == 1
    assert keys.keys("ec") == ()
    clock.now += 5.1
    assert len(keys.keys("new")) == 1  # nothing changed: it is not read again


@pytest.mark.parametrize("content", [b"", b"{}", None])
def test_a_file_that_became_unreadable_leaves_the_last_good_set(file, clock, content):
    keys = KeyFile("main", file)
    file.unlink() if content is None else file.write_bytes(content)
    clock.now += 5.1
    with structlog.testing.capture_logs() as logged:
        assert len(keys.keys("ec")) == 1
    assert (logged[0]["event"], logged[0]["client"]) == ("keys-not-read", "main")


def test_a_private_key_that_turns_up_in_a_file_is_left_out_and_told(file, clock):
    keys = KeyFile("main", file)
    file.write_bytes(key_set(EC | {"d": "AQAB"}, jwk(rsa_key(), "rsa")))
    clock.now += 5.1
    with structlog.testing.capture_logs() as logged:
        assert (keys.keys("ec"), len(keys.keys("rsa"))) == ((), 1)
    told = {"event": "private-key-published", "client": "main", "log_level": "error"}
    assert logged == [told]
