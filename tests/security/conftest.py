"""Redis runs once for the tests that do not break it."""

import pytest

from tests.security.redis_server import running_redis


@pytest.fixture(scope="session")
def redis_of_all(tmp_path_factory):
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(redis_of_all):
    """An empty Redis."""
    redis_of_all.ask("FLUSHALL")
    return redis_of_all


@pytest.fixture
def own_redis(tmp_path):
    """A Redis that this test alone may break."""
    with running_redis(tmp_path) as server:
        yield server
