"""gunicorn as we set it up; that it serves is shown in test_cli over a real socket."""

import gc
from types import SimpleNamespace

import pytest

from cds_service.server import Server, tune_worker
from cds_service.settings import Settings
from tests.toy_service import toy_client


@pytest.fixture
def collector():
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_the_settings_become_those_of_gunicorn():
    server = Server(Settings(host="::1", port=9000, workers=2, threads=3), toy_client)
    assert server.cfg.address == [("::1", 9000)]
    assert server.cfg.workers == 2
    assert server.cfg.threads == 3 + 2 * 3 + 4  # running, waiting, and what is answered at once
    assert server.cfg.max_requests > 0
    assert server.cfg.worker_class_str == "gthread"
    assert server.cfg.accesslog is None


def test_a_worker_that_is_alone_is_not_replaced():
    assert Server(Settings(workers=1), toy_client).cfg.max_requests == 0


def test_a_worker_warms_up_and_keeps_what_it_loaded_out_of_collections(collector):
    tune_worker(SimpleNamespace(wsgi=toy_client().application))
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == (50_000, 20, 50)
