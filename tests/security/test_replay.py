"""T6 and T17: a token counts once, whatever becomes of the store (faults.md, A-07 and A-08)."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import structlog
from redis.client import Pipeline
from redis.connection import Connection

from cds_service.demo import running_server
from cds_service.security import redis_connections, redis_replays, replay, workers_before
from cds_service.security.redis_replays import RedisReplays
from cds_service.security.replay import (
    ForgetfulStoreError,
    InProcessReplays,
    ReplayStoreError,
)
from cds_service.security.signed_token import read_token
from cds_service.settings import Settings, SettingsError
from tests.full import FULL
from tests.security.redis_server import running_redis
from tests.security.signing import bearer, claims, ec_key, good_token, header, token
from tests.security.trusted_app import BASE, TOY, clients_file, entry, trusted_client
from tests.test_architecture import REQUEST
from tests.toy_service import toy_request

NOWHERE = "redis://127.0.0.1:1/0"
NOW = 1_800_000_000


def used(jti="j", issued=NOW, seconds=300, **changes):
    body = claims(TOY, jti=jti, iat=issued, exp=issued + seconds, **changes)
    return read_token(token(ec_key(), "ES384", header(), body))


class Clock:
    """A clock that stands, and is moved."""

    def __init__(self, now=float(NOW)):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    moved = Clock()
    monkeypatch.setattr(replay, "now", moved)
    return moved


@pytest.fixture(params=["in process", "redis"])
def store(request, clock):
    if request.param == "in process":
        return InProcessReplays(clock)
    return RedisReplays(request.getfixturevalue("redis_server").url, clock)


# One use


def test_a_token_counts_once(store):
    assert [store.is_first_use(used()) for _ in range(3)] == [True, False, False]
    store.check()


def test_the_same_jti_of_another_issuer_is_another_token(store):
    assert store.is_first_use(used())
    assert store.is_first_use(used(iss="https://other.example.org"))


def test_of_two_hundred_at_once_one_is_the_first(store):
    text = used()
    with ThreadPoolExecutor(50) as at_once:
        assert sum(at_once.map(lambda _: _tried(store, text), range(200))) == 1


def _tried(store, text):
    """Ask until the store has an answer: a crowded machine may be slower than it waits."""
    for _ in range(50):
        try:
            return store.is_first_use(text)
        except ReplayStoreError:
            time.sleep(0.01)
    raise AssertionError("the store never answered")


def test_a_token_from_before_the_store_is_neither_accepted_nor_called_used(store):
    store.check()
    with pytest.raises(ReplayStoreError, match="older"):
        store.is_first_use(used(issued=NOW - 1))


def test_until_the_workers_before_have_ended_nobody_is_accepted(clock):
    store = InProcessReplays(clock, others_for=11.0)
    for issued in (NOW - 1, NOW, NOW + 11):
        with pytest.raises(ReplayStoreError, match="older"):
            store.is_first_use(used(issued=issued))
    assert store.is_first_use(used(issued=NOW + 12))


def test_a_reload_tells_the_next_workers_how_long_the_ones_before_may_answer(clock, monkeypatch):
    monkeypatch.delenv(workers_before._UNTIL, raising=False)
    assert workers_before.seconds_of_workers_before() == 0
    monkeypatch.setenv(workers_before._UNTIL, "")
    monkeypatch.setattr(workers_before, "now", clock)
    workers_before.workers_before_may_answer_for(11)
    assert workers_before.seconds_of_workers_before() == 11
    clock.now += 12
    assert workers_before.seconds_of_workers_before() == 0


# How long


def test_in_process_it_is_remembered_as_long_as_any_clock_could_take_it_for_good(clock):
    store = InProcessReplays(clock)
    assert store.is_first_use(used())
    clock.now += 300 + 2 * 60 + 600  # as after a clock that was set back by ten minutes
    assert not store.is_first_use(used())
    clock.now += 1
    assert store.is_first_use(used())
    assert len(store._used) == len(store._by_end) == 1


def test_in_redis_it_is_remembered_as_long_whatever_its_own_clock_says(redis_server):
    store = RedisReplays(redis_server.url, Clock())  # a clock far from that of Redis
    assert store.is_first_use(used())
    (key,) = redis_server.ask("KEYS", "spine-cds:jti:*")
    assert 1010 <= redis_server.ask("TTL", key) <= 1020


def test_a_store_that_is_full_accepts_nothing_new_until_something_has_expired(clock):
    store = InProcessReplays(clock, capacity=2)
    assert store.is_first_use(used("a"))
    assert store.is_first_use(used("b", seconds=100))
    with pytest.raises(ReplayStoreError, match="full"):
        store.is_first_use(used("c"))
    assert not store.is_first_use(used("a"))
    clock.now += 821
    assert store.is_first_use(used("c"))


def test_a_used_token_costs_redis_about_134_bytes(redis_server):
    store = RedisReplays(redis_server.url, Clock())
    for number in range(200):
        _tried(store, used(f"jti-{number}"))
    (key, *_) = redis_server.ask("KEYS", "spine-cds:jti:*")
    assert redis_server.ask("MEMORY", "USAGE", key) <= 134


# Redis goes wrong


def test_a_redis_that_is_not_there_is_no_yes_and_no_no():
    store = RedisReplays(NOWHERE, Clock())
    with pytest.raises(ReplayStoreError):
        store.is_first_use(used())
    with pytest.raises(ReplayStoreError):
        store.check()


def test_a_redis_that_hangs_is_not_waited_for(own_redis):
    store = RedisReplays(own_redis.url, Clock())
    assert store.is_first_use(used("before"))
    own_redis.pause()
    started = time.monotonic()
    try:
        for _ in range(2):  # on a connection that is open, and on a new one
            with pytest.raises(ReplayStoreError):
                store.is_first_use(used())
        with pytest.raises(ReplayStoreError):
            store.check()
    finally:
        own_redis.resume()
    assert time.monotonic() - started < 1.5  # three times at most 0.15 s of waiting
    assert _tried(store, used("after"))


def test_what_a_call_waits_for_redis_is_bounded_as_the_figures_say():
    assert redis_connections.CONNECT_SECONDS + redis_replays._ANSWER_SECONDS <= 0.15001


class HangingResolver:
    """Finds nothing, and only when it is released."""

    def __init__(self):
        self.asked, self.ended = [], []
        self.begun, self.released = threading.Event(), threading.Event()

    def __call__(self, *place, **_):
        self.asked.append(place)
        self.begun.set()
        self.released.wait(60)
        self.ended.append(place)
        raise socket.gaierror


@pytest.fixture
def hanging():
    resolver = HangingResolver()
    yield resolver
    resolver.released.set()


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch, hanging, scheme):
    monkeypatch.setattr(redis_connections, "getaddrinfo", hanging)
    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    store = RedisReplays(f"{scheme}://redis.{scheme}.internal:6379", Clock())
    for _ in range(3):
        with pytest.raises(ReplayStoreError):
            store.is_first_use(used())
    assert hanging.begun.wait(60)
    assert hanging.asked == [(f"redis.{scheme}.internal", 6379)]  # one thread waits for all
    assert hanging.ended == []


def test_a_resolver_that_is_slow_leaves_half_of_the_time_to_connect(
    own_redis, monkeypatch, hanging
):
    store = RedisReplays(own_redis.url.replace("127.0.0.1", "localhost"), Clock())
    assert _tried(store, used("a"))
    left, connect = [], Connection._connect

    def noted(connection):
        left.append(connection.socket_connect_timeout)
        return connect(connection)

    monkeypatch.setattr(redis_connections, "getaddrinfo", hanging)
    monkeypatch.setattr(Connection, "_connect", noted)
    for _ in range(3):
        store._redis.connection_pool.disconnect()
        assert _tried(store, used(f"b{len(left)}"))
    assert len(left) >= 3
    assert min(left) >= 0.9 * redis_connections.CONNECT_SECONDS / 2


def test_a_name_is_looked_up_again_when_there_was_no_thread_for_it(own_redis, monkeypatch):
    redis_connections._lookups.cache_clear()
    store = RedisReplays(own_redis.url.replace("127.0.0.1", "localhost"), Clock())

    def no_more(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as crowded:
        crowded.setattr(threading.Thread, "start", no_more)
        with pytest.raises(ReplayStoreError):
            store.is_first_use(used("a"))
    assert _tried(store, used("a"))
    store._redis.connection_pool.disconnect()
    monkeypatch.setattr(threading.Thread, "start", no_more)
    assert _tried(store, used("b"))  # where it was the last time


def test_a_name_that_cannot_be_looked_up_again_is_where_it_was(own_redis, monkeypatch):
    url = own_redis.url.replace("127.0.0.1", "localhost")
    store = RedisReplays(url, Clock())
    assert _tried(store, used("a"))
    monkeypatch.setattr(redis_connections, "getaddrinfo", lambda *_, **__: time.sleep(1) or [])
    own_redis.stop()
    with pytest.raises(ReplayStoreError):
        store.check()
    own_redis.start()
    store.check()


@pytest.mark.parametrize("name", ["no-such-host.invalid", "x" * 70])
def test_a_name_that_is_none_is_no_yes_and_no_no(name):
    with pytest.raises(ReplayStoreError):
        RedisReplays(f"redis://{name}:6379", Clock()).check()


def test_a_redis_that_is_full_accepts_nothing(own_redis):
    store = RedisReplays(own_redis.url, Clock())
    assert _tried(store, used("a"))
    own_redis.ask("CONFIG", "SET", "maxmemory", "1")
    for jti in ("a", "b"):
        with pytest.raises(ReplayStoreError):
            store.is_first_use(used(jti))
    own_redis.ask("CONFIG", "SET", "maxmemory", "0")
    assert not _tried(store, used("a"))
    assert _tried(store, used("b"))


def test_a_redis_that_lost_everything_is_closed_for_what_it_may_have_known(own_redis):
    clock = Clock(NOW + 0.5)
    store = RedisReplays(own_redis.url, clock)
    ahead = used("ahead", issued=NOW + 60)  # its client's clock is a minute ahead
    assert _tried(store, used("a"))
    assert _tried(store, ahead)
    own_redis.stop()
    with pytest.raises(ReplayStoreError):
        store.is_first_use(used("a"))
    own_redis.start()
    for late in (0, 30, 200):
        clock.now = NOW + 0.5 + late
        for text in (used("a"), ahead, used("never used")):
            with pytest.raises(ReplayStoreError, match="older"):
                store.is_first_use(text)
    assert _tried(store, used("new", issued=NOW + 90))


def test_a_redis_that_lost_the_last_seconds_is_too(own_redis):
    """It is back with what it had saved: its mark is older than what it has forgotten."""
    store = RedisReplays(own_redis.url, Clock())
    assert _tried(store, used("saved"))
    own_redis.ask("SAVE")
    assert _tried(store, used("not saved"))
    own_redis.stop()
    own_redis.start()
    assert own_redis.ask("KEYS", "spine-cds:jti:*")
    with pytest.raises(ReplayStoreError, match="older"):
        store.is_first_use(used("not saved"))
    # To a process that has never seen it before it is no first start either.
    with pytest.raises(ReplayStoreError, match="older"):
        RedisReplays(own_redis.url, Clock()).is_first_use(used("not saved", issued=NOW + 30))


def test_a_lost_token_counts_once_too_when_another_thread_meets_the_new_run_first(
    own_redis, monkeypatch
):
    """One call has its answer of the new run; before it looks at it, another call knows the run."""
    store = RedisReplays(own_redis.url, Clock())
    assert _tried(store, used("saved"))
    own_redis.ask("SAVE")
    assert _tried(store, used("not saved"))
    own_redis.stop()
    own_redis.start()
    execute = Pipeline.execute

    def overtaken(pipeline):
        answer = execute(pipeline)
        monkeypatch.undo()
        store.check()
        return answer

    monkeypatch.setattr(Pipeline, "execute", overtaken)
    with pytest.raises(ReplayStoreError, match="older"):
        store.is_first_use(used("not saved"))


def test_a_redis_that_was_emptied_is_too(redis_server):
    store = RedisReplays(redis_server.url, Clock())
    assert _tried(store, used())
    redis_server.ask("FLUSHALL")
    with pytest.raises(ReplayStoreError, match="older"):
        store.is_first_use(used())


def test_a_new_process_goes_on_where_others_are(redis_server):
    assert _tried(RedisReplays(redis_server.url, Clock()), used("a"))
    later = RedisReplays(redis_server.url, Clock(NOW + 100.0))
    later.check()
    assert not _tried(later, used("a"))
    assert _tried(later, used("b"))


@pytest.mark.parametrize(
    "url",
    [
        "redis://:sec/ret@redis:6379/0",
        "redis://:sec#ret@redis:6379/0",
        "redis://:sec?ret@redis:6379/0",
        "redis://redis:secret/0",
        "redis://[::1",
        "redis://redis?no_such_option=secret",
        "redis://redis?socket_timeout=secret",
    ],
)
def test_an_address_of_redis_that_is_none_is_refused_at_start_without_being_shown(url, tmp_path):
    with pytest.raises(SettingsError) as refused:
        trusted_client(tmp_path, redis_url=url)
    assert str(refused.value) == "SPINE_CDS_REDIS_URL is no address of a Redis"
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_a_redis_that_may_evict_is_refused_at_start(own_redis, policy, tmp_path):
    own_redis.ask("CONFIG", "SET", "maxmemory-policy", policy)
    with pytest.raises(SettingsError, match=f"REDIS_URL: maxmemory-policy is {policy}, and must"):
        trusted_client(tmp_path, redis_url=own_redis.url)


def test_a_redis_that_came_later_and_may_evict_is_refused_too(own_redis):
    store = RedisReplays(own_redis.url, Clock())
    own_redis.stop()
    with pytest.raises(ReplayStoreError):
        store.check()
    own_redis.start("--maxmemory-policy", "allkeys-lru")
    with pytest.raises(ForgetfulStoreError):
        store.is_first_use(used())


# As a client sees it


@pytest.fixture
def quiet(own_redis, tmp_path):
    """An application whose Redis this test may break."""
    return trusted_client(tmp_path, redis_url=own_redis.url)


def post(app):
    return app.post("/cds-services/toy", json=toy_request(), headers=bearer(good_token(TOY)))


def test_while_the_store_is_away_a_client_is_told_to_come_again(own_redis, quiet):
    assert post(quiet).status_code == 200
    own_redis.stop()
    with structlog.testing.capture_logs() as logged:
        answer = post(quiet)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json["resourceType"] == "OperationOutcome"
    assert logged[0]["cause"] == "replay-store"
    assert "cards" not in answer.json


def test_a_start_without_the_store_is_a_closed_start(tmp_path):
    with structlog.testing.capture_logs() as logged:
        app = trusted_client(tmp_path, redis_url=NOWHERE)
    assert logged[0]["event"] == "replay-store-away"
    assert post(app).status_code == 503
    assert app.get("/cds-services").status_code == 200


def test_more_workers_than_one_need_a_shared_store(tmp_path):
    with pytest.raises(SettingsError, match="WORKERS=4 needs SPINE_CDS_REDIS_URL"):
        Settings(clients=clients_file(tmp_path), workers=4)


# Over four processes

ROUNDS = 1000 if FULL else 30
AT_ONCE = 12


@pytest.fixture(scope="module")
def four_workers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("four")
    with running_redis(folder) as shared:
        settings = {
            "CLIENTS": str(clients_file(folder, entry(calls_per_minute=1_000_000))),
            "PUBLIC_URL": BASE,
            "REDIS_URL": shared.url,
            "WORKERS": "4",
            "THREADS": "16",
            "LOG_LEVEL": "ERROR",
        }
        with running_server(**settings) as base:
            yield f"{base}/cds-services/spinal-hardware-removal"


def statuses(url, count, sessions):
    """The statuses of so many calls at once, each by a connection of its own, with one token."""
    text = good_token(f"{BASE}/cds-services/spinal-hardware-removal")

    def call(number):
        answer = sessions[number % len(sessions)].post(
            url, json=REQUEST, headers=bearer(text), timeout=10
        )
        return answer.status_code

    with ThreadPoolExecutor(len(sessions)) as at_once:
        return list(at_once.map(call, range(count)))


@pytest.fixture(scope="module")
def sessions():
    made = [requests.Session() for _ in range(AT_ONCE)]
    for session in made:
        session.trust_env = False  # loopback only
    yield made
    for session in made:
        session.close()


def test_of_two_hundred_calls_over_four_processes_one_is_let_in(four_workers, sessions):
    for _ in range(3):  # should the first one get no answer of Redis in time, nobody is let in
        found = statuses(four_workers, 200, sessions)
        assert found.count(200) <= 1
        assert set(found) <= {200, 401, 503}
        if 200 in found:
            return
    raise AssertionError("nobody was let in")


def test_in_many_rounds_no_token_is_accepted_twice(four_workers, sessions):
    rounds = [statuses(four_workers, AT_ONCE, sessions) for _ in range(ROUNDS)]
    assert [found for found in rounds if found.count(200) > 1] == []
    assert len([found for found in rounds if found.count(200) == 1]) >= 0.9 * ROUNDS
    assert {status for found in rounds for status in found} <= {200, 401, 503}
