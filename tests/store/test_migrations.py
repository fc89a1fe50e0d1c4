"""The schema goes up, down and up again, on both databases, and only one process moves it."""

import multiprocessing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from cds_service.settings import Settings
from cds_service.store.engines import make_engine
from cds_service.store.errors import StoreError
from cds_service.store.migration import MIGRATIONS, REVISIONS, SchemaState, migrate, schema_state
from cds_service.store.opening import migrate_store, prepare_store
from cds_service.store.schema import metadata
from tests.store.feedback import overridden, report, rows


@pytest.fixture
def engine(empty_url):
    engine = make_engine(empty_url)
    yield engine
    engine.dispose()


def state(engine):
    with engine.connect() as connection:
        return schema_state(connection)


def set_revision(engine, revision):
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


def test_the_revisions_are_those_of_the_scripts():
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    assert tuple(script.revision for script in scripts) == REVISIONS


def test_up_down_and_up_again_gives_the_schema_of_the_tables(engine):
    assert state(engine) is SchemaState.OLD
    assert migrate(engine) == "0002"
    assert migrate(engine, "base", down=True) == "base"
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    assert migrate(engine) == "0002"
    assert state(engine) is SchemaState.CURRENT
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_going_up_twice_changes_nothing(engine):
    migrate(engine)
    assert migrate(engine) == "0002"


def test_a_schema_one_migration_behind_is_served(empty_url, engine, store_on):
    migrate(engine)
    migrate(engine, "0001", down=True)
    assert state(engine) is SchemaState.PREVIOUS
    client, store = store_on(empty_url)
    assert store.is_ready()
    assert report(client, overridden()).status_code == 200
    assert len(rows(engine)) == 1


def test_a_newer_schema_is_refused_and_left_alone(empty_url, engine, store_on):
    migrate(engine)
    set_revision(engine, "9999")
    client, store = store_on(empty_url)
    assert not store.is_ready()
    assert report(client, overridden()).status_code == 503
    settings = Settings(database_url=empty_url)
    with pytest.raises(StoreError, match="update it"):
        prepare_store(settings)
    with pytest.raises(StoreError, match="update it"):
        migrate_store(settings)
    assert rows(engine) == []


def test_an_empty_store_is_migrated_where_it_is_a_file_and_refused_where_it_is_a_server(
    empty_url, engine
):
    settings = Settings(database_url=empty_url)
    if engine.dialect.name == "sqlite":
        prepare_store(settings)
    else:
        with pytest.raises(StoreError, match="run spine-cds migrate"):
            prepare_store(settings)
        migrate_store(settings)
        prepare_store(settings)
    assert state(engine) is SchemaState.CURRENT


def test_a_revision_that_is_not_there_is_refused(empty_url, engine):
    migrate(engine)
    with pytest.raises(StoreError, match="no such revision"):
        migrate_store(Settings(database_url=empty_url), "0815")


def go_up(url, barrier):
    engine = make_engine(url, seconds=30)
    barrier.wait()
    migrate(engine)


def test_processes_that_migrate_at_once_follow_each_other(empty_url, engine):
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    racing = [context.Process(target=go_up, args=(empty_url, barrier)) for _ in range(2)]
    for process in racing:
        process.start()
    for process in racing:
        process.join(60)
    assert [process.exitcode for process in racing] == [0, 0]
    assert state(engine) is SchemaState.CURRENT
