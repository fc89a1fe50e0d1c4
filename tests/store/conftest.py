"""A store of each kind, empty and migrated, and the application on it."""

import psycopg
import pytest

from cds_service.app import create_app
from cds_service.settings import Settings
from cds_service.store.comments import Comments
from cds_service.store.engines import make_engine
from cds_service.store.hashes import KeyedHashes
from cds_service.store.migration import migrate
from cds_service.store.store import Store
from tests.store import running_postgresql
from tests.toy_service import AS_OF, SERVICES

KEY = b"a key of the tests, and of nobody"
KEEP = Comments("keep", ())


@pytest.fixture(scope="session")
def postgresql():
    with running_postgresql() as server:
        yield server


def database(server, name):
    """Make an empty database on a server; return its address."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    return server.url(name)


def migrated(url):
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request):
    return request.param


@pytest.fixture
def empty_url(request, kind, tmp_path):
    """The address of an empty database."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/store.sqlite3"
    return database(request.getfixturevalue("postgresql"), "empty")


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql):
    return migrated(database(postgresql, "tests"))


@pytest.fixture
def url(request, kind, tmp_path):
    """The address of a database with the schema of today and no rows."""
    if kind == "sqlite":
        return migrated(f"sqlite:///{tmp_path}/store.sqlite3")
    url = request.getfixturevalue("migrated_postgresql")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE invocation, feedback")
    return url


@pytest.fixture
def engine(url):
    """For looking into the database beside the store."""
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def store_on():
    """Make a store on an address, and a client of the application on it."""
    made = []

    def make(url, comments=KEEP, engine=None):
        store = Store(engine or make_engine(url), KeyedHashes(KEY), comments)
        made.append(store)
        return create_app(Settings(), SERVICES, lambda: AS_OF, store).test_client(), store

    yield make
    for store in made:
        store.close()


@pytest.fixture
def client_and_store(url, store_on):
    return store_on(url)


@pytest.fixture
def client(client_and_store):
    return client_and_store[0]


@pytest.fixture
def store(client_and_store):
    return client_and_store[1]
