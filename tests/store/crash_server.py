"""Serves feedback to be killed: ``python -m tests.store.crash_server DATABASE_URL``.

Each line of standard input starts one server: a process group of a parent and two workers behind
one socket, made like those of ``spine-cds serve``. Its line on standard output is the group and the
port. Everything is imported before, so that a start takes no second.
"""

import logging
import os
import socket
import sys

from werkzeug.serving import make_server

from cds_service import audit
from cds_service.app import create_app
from cds_service.settings import Settings
from cds_service.store.opening import open_store, prepare_store
from tests.toy_service import SERVICES

WORKERS = 2


def serve(settings):
    os.setsid()
    listening = socket.create_server(("127.0.0.1", 0))
    prepare_store(settings)
    for _ in range(WORKERS):
        if os.fork() == 0:
            work(settings, listening)
    print(os.getpid(), listening.getsockname()[1], flush=True)  # noqa: T201 - for the test
    os.wait()


def work(settings, listening):
    app = create_app(settings, SERVICES, store=open_store(settings))
    make_server("127.0.0.1", 0, app, threaded=True, fd=listening.fileno()).serve_forever()


def main(url):
    audit.configure("ERROR")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    settings = Settings(database_url=url, audit_key=b"k" * 32, comments="keep")
    for _ in sys.stdin:
        if os.fork() == 0:
            serve(settings)
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass  # those that were killed


if __name__ == "__main__":
    main(sys.argv[1])
