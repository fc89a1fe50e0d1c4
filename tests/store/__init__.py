"""The store on SQLite and on a real PostgreSQL, which the tests start from Debian's packages."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from cds_service.demo import free_port

SERVER = "postgres"  # the user that owns it when we are root, which PostgreSQL refuses to be
SETTINGS = "listen_addresses=127.0.0.1 unix_socket_directories='' max_connections=40"


def program(name):
    """The path of a program of PostgreSQL, which Debian keeps out of the search path."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(debian[-1]) if debian else shutil.which(name)


def require_postgresql():
    if program("pg_ctl") is None:
        said = "PostgreSQL is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{said}, and CI shows nothing without it")
        pytest.skip(said)


class PostgreSQL:
    """A server with an empty cluster in a folder of its own."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self._user = {"user": SERVER, "group": SERVER} if os.geteuid() == 0 else {}
        if self._user:
            shutil.chown(folder, **self._user)
        self._run("initdb", "-D", f"{folder}/data", "-U", "spine", "-A", "trust", "-E", "UTF8")

    def start(self):
        options = f"-p {self.port} " + " ".join(f"-c {each}" for each in SETTINGS.split())
        self._run("pg_ctl", "-w", "-l", f"{self.folder}/log", "-o", options, "start")

    def stop(self, mode="fast"):
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def url(self, database="postgres"):
        return f"postgresql://spine@127.0.0.1:{self.port}/{database}"

    def _run(self, name, *arguments):
        environ = {"PGDATA": f"{self.folder}/data", "LC_ALL": "C", "PATH": os.environ["PATH"]}
        subprocess.run(  # noqa: S603 - a program of PostgreSQL
            [program(name), *arguments],
            env=environ,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=60,
            **self._user,
        )


@contextmanager
def running_postgresql():
    """Run a PostgreSQL server until the block ends; skipped, or failed in CI, without one."""
    require_postgresql()
    with tempfile.TemporaryDirectory(prefix="spine-cds-pg-") as folder:
        server = PostgreSQL(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
