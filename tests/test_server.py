"""gunicorn as we set it up; that it serves is shown in test_cli over a real socket."""

import ctypes
import gc
import socket
import subprocess
import sys
import weakref
from types import SimpleNamespace

import orjson
import pytest
from gunicorn.http import errors

from cds_service.gunicorn_processes import Arbiter, Master, Worker
from cds_service.server import Server, tried, tune_worker
from cds_service.settings import Settings, SettingsError
from cds_service.unparsed import refusal
from tests.toy_service import toy_client


@pytest.fixture
def collector():
    threshold, callbacks = gc.get_threshold(), [*gc.callbacks]
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    gc.callbacks[:] = callbacks


def test_the_settings_become_those_of_gunicorn():
    settings = Settings(host="::1", port=9000, workers=2, threads=3)
    server = Server(settings, lambda: toy_client, toy_client)
    assert server.cfg.address == [("::1", 9000)]
    assert server.cfg.workers == 2
    # Those that judge, two for feedback, twice as many that wait, and what is answered at once.
    assert server.cfg.threads == 3 + 2 + 2 * (3 + 2) + 4
    assert server.cfg.max_requests > 0
    assert server.cfg.worker_class is Worker
    assert server.cfg.accesslog is None


def test_a_worker_that_is_alone_is_not_replaced():
    assert Server(Settings(workers=1), lambda: toy_client, toy_client).cfg.max_requests == 0


def test_a_worker_warms_up_and_keeps_what_it_loaded_out_of_collections(collector):
    tune_worker(SimpleNamespace(wsgi=toy_client().application))
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == (50_000, 20, 50)


GIVES_BACK = """
import gc
from cds_service.server import give_back_memory

def mebibytes():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024

give_back_memory()
bodies = [bytearray(20_000) for _ in range(2_000)]
bodies[::2] = [None] * 1_000
gc.collect(0)
before = mebibytes()
gc.collect(1)
print(before - mebibytes())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="glibc alone keeps it")
def test_a_longer_collection_gives_back_what_is_free_between_bodies():
    command = [sys.executable, "-c", GIVES_BACK]
    run = subprocess.run(command, capture_output=True, check=True)  # noqa: S603
    assert int(run.stdout) >= 10


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidRequestLine("canary"), 400),
        (errors.InvalidChunkSize(b"canary"), 400),
        (errors.LimitRequestLine(9, 8), 414),
        (errors.ExpectationFailed("canary"), 417),
        (errors.LimitRequestHeaders("canary"), 431),
        (RuntimeError("canary"), 500),
    ],
)
def test_what_is_no_http_is_refused_as_an_outcome_that_quotes_nothing(error, status):
    head, _, body = refusal(error).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Length: %d" % len(body) in head
    assert orjson.loads(body)["resourceType"] == "OperationOutcome"
    assert b"canary" not in head + body


def test_a_client_that_is_gone_when_it_is_refused_is_no_defect():
    ours, theirs = socket.socketpair()
    theirs.close()
    Worker.handle_error(None, None, ours, ("127.0.0.1", 1), errors.InvalidRequestLine("x"))
    ours.close()


def test_nothing_of_an_application_made_on_trial_is_left(collector):
    made = []

    def make():
        app = toy_client().application
        made.append(weakref.ref(app))
        return app

    assert tried(lambda: make) is make
    assert made[0]() is None
    assert gc.get_freeze_count() > 0


@pytest.mark.parametrize(("fails", "reloads"), [(False, 1), (True, 0)])
def test_only_what_can_be_served_is_reloaded(collector, monkeypatch, fails, reloads):
    def make():
        if fails:
            raise SettingsError("broken")
        return toy_client().application

    reloaded = []
    monkeypatch.setattr(Arbiter, "reload", lambda self: reloaded.append(self))
    Master(Server(Settings(), lambda: make, make)).reload()
    assert len(reloaded) == reloads
