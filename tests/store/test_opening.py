"""Where the store is, its keys, and what is said when it cannot be used."""

import json
import os
import stat
import subprocess
import sys

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from cds_service import cli
from cds_service.demo import free_port
from cds_service.settings import Settings, SettingsError
from cds_service.store.errors import StoreError
from cds_service.store.opening import open_store, prepare_store, store_engine, stored_comments

KEY = "0123456789abcdef0123456789abcdef"


def settings(**variables):
    return Settings.from_environ({f"SPINE_CDS_{name}": text for name, text in variables.items()})


def test_by_default_the_store_is_a_file_of_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    store = open_store(Settings())
    prepare_store(Settings())
    assert store.is_ready()
    store.close()
    folder = tmp_path / "spine-cds"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in folder.iterdir()} == {
        "audit.key",
        "comment.key",
        "spine-cds.sqlite3",
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_keys_are_made_once_and_kept(tmp_path):
    made = [open_store(Settings(data_dir=tmp_path)) for _ in range(2)]
    assert len({store.hashes.of_patient("main", "p1") for store in made}) == 1
    other = open_store(Settings(data_dir=tmp_path, audit_key=KEY.encode()))
    assert other.hashes.of_patient("main", "p1") != made[0].hashes.of_patient("main", "p1")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("audit.key", b"", "at least 32 characters"),
        ("audit.key", b"\n", "at least 32 characters"),
        ("audit.key", b"secret", "at least 32 characters"),
        ("audit.key", b"\xff" * 32, "holds no key"),
        ("comment.key", b"", "must be Fernet keys"),
        ("comment.key", b"secret", "must be Fernet keys"),
        ("comment.key", b"QUJD" * 10, "must be Fernet keys"),
    ],
)
def test_a_kept_key_that_is_damaged_is_neither_used_nor_replaced(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StoreError, match=f"{name}.*{says}") as refused:
        open_store(Settings(data_dir=tmp_path))
    assert "secret" not in str(refused.value)
    assert (tmp_path / name).read_bytes() == content


def test_a_draft_that_a_crash_left_is_in_nobodys_way(tmp_path):
    (tmp_path / f"audit.key.{os.getpid()}").touch()
    open_store(Settings(data_dir=tmp_path))
    assert len((tmp_path / "audit.key").read_bytes()) == 64


def test_keys_that_are_given_are_not_made(tmp_path):
    given = settings(DATA_DIR=str(tmp_path), AUDIT_KEY=KEY, COMMENTS="drop")
    open_store(given)
    assert list(tmp_path.iterdir()) == []


def test_secrets_may_stand_in_files(tmp_path):
    secrets = {
        "AUDIT_KEY": KEY,
        "DATABASE_URL": "postgresql://spine:secret@db/spine",
        "COMMENT_KEY": Fernet.generate_key().decode(),
    }
    for name, text in secrets.items():
        (tmp_path / name).write_text(f"{text}\n")
    made = settings(**{f"{name}_FILE": str(tmp_path / name) for name in secrets})
    assert made.audit_key == KEY.encode()
    assert made.database_url == secrets["DATABASE_URL"]
    assert made.comment_key == (secrets["COMMENT_KEY"].encode(),)
    assert not any(text in repr(made) for text in secrets.values())


def test_a_secret_is_given_once_and_its_file_can_be_read(tmp_path):
    with pytest.raises(SettingsError, match="give one of them"):
        settings(AUDIT_KEY=KEY, AUDIT_KEY_FILE=str(tmp_path / "x"))
    with pytest.raises(SettingsError, match=r"AUDIT_KEY_FILE: .* cannot be read"):
        settings(AUDIT_KEY_FILE=str(tmp_path / "x"))
    with pytest.raises(SettingsError, match="PORT_FILE is no setting"):
        settings(PORT_FILE=str(tmp_path / "x"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("AUDIT_KEY", "short"),
        ("DATABASE_URL", "mysql://db/x"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:///file::memory:?uri=true"),
        ("DATABASE_URL", "sqlite:///file:x?mode=memory&uri=true"),
        ("COMMENTS", "publish"),
        ("COMMENT_KEY", "x"),
        ("COMMENT_KEY", ""),
        ("COMMENT_KEY", "QUJD"),
        ("DATA_DIR", "/dev/null"),
    ],
)
def test_a_wrong_value_is_refused_without_being_shown(name, text):
    with pytest.raises(SettingsError, match=f"^SPINE_CDS_{name}: ") as refused:
        settings(**{name: text})
    assert name == "COMMENTS" or not text or text not in str(refused.value).split(": ", 1)[1]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="set SPINE_CDS_DATA_DIR"):
        open_store(Settings(data_dir=tmp_path / "file" / "below"))


def test_a_key_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "audit.key").mkdir()
    with pytest.raises(StoreError, match="give the key by SPINE_CDS_AUDIT_KEY"):
        open_store(Settings(data_dir=tmp_path))


def test_a_database_in_memory_is_refused_with_the_reason():
    with pytest.raises(SettingsError, match=r"^SPINE_CDS_DATABASE_URL: must name a file"):
        settings(DATABASE_URL="sqlite:///")


@pytest.mark.parametrize("address", ["postgresql://spine:secret@:x/db", "sqlite://"])
def test_an_address_that_is_none_is_refused_without_being_shown(address):
    with pytest.raises(StoreError, match=r"DATABASE_URL is no address of a database$"):
        store_engine(Settings(database_url=address))


def test_a_store_that_is_away_stops_no_start(tmp_path, capfd):
    away = Settings(database_url=f"sqlite:///{tmp_path}/no/such/folder/x.sqlite3")
    prepare_store(away)
    assert "store-away" in capfd.readouterr().out


def test_what_a_start_has_to_say_is_a_line_of_the_log_like_every_other(tmp_path):
    """From the allow-list, on standard error: the database is away before anything is served."""
    nobody = free_port()
    ours = "SPINE_CDS_"
    environ = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    environ["SPINE_CDS_PORT"] = str(free_port())
    environ["SPINE_CDS_DATA_DIR"] = str(tmp_path)
    environ["SPINE_CDS_DATABASE_URL"] = f"postgresql://spine:secret@127.0.0.1:{nobody}/spine"
    command = [sys.executable, "-m", "cds_service.cli", "serve"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environ, text=True, **pipes) as server:  # noqa: S603
        away, _, listening = (server.stderr.readline() for _ in range(3))
        server.terminate()
        assert server.stdout.read() == ""
    assert json.loads(away)["event"] == "store-away"
    assert json.loads(listening)["event"] == "listening"


def test_comments_are_encrypted_unless_told_otherwise(tmp_path):
    kept = stored_comments(Settings(data_dir=tmp_path)).kept("canary")
    assert (kept.form, "canary" in str(kept)) == ("encrypt", False)
    assert stored_comments(Settings(comments="drop")).kept("canary").stored is None


def run(folder, *arguments):
    environ = {name: None for name in os.environ if name.startswith("SPINE_CDS_")}
    environ["SPINE_CDS_DATA_DIR"] = str(folder)
    return CliRunner().invoke(cli.main, list(arguments), env=environ)


def test_commands_migrate_report_and_delete(tmp_path):
    early = run(tmp_path, "report")
    assert early.exit_code == 1
    assert "run spine-cds migrate" in early.output
    assert "is at 0002" in run(tmp_path, "migrate").output
    assert "Nothing happened." in run(tmp_path, "report").output
    assert "invocation: 0 rows deleted" in run(tmp_path, "retention", "--days", "30").output
    assert "is at base" in run(tmp_path, "migrate", "--down", "base").output
    assert run(tmp_path, "retention", "--days", "0").exit_code == 2
    gone = run(tmp_path, "retention", "--days", "30")
    assert gone.exit_code == 1
    assert "the store cannot be used (OperationalError)" in gone.output
