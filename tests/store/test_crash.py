"""What was acknowledged is there, once, whatever is killed (faults.md, T15, K-06)."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from uuid import uuid4

import pytest

from tests.full import FULL
from tests.store.feedback import overridden, rows

KILLS = {"sqlite": 1000, "postgresql": 200} if FULL else {"sqlite": 25, "postgresql": 5}
STOPS = 50 if FULL else 3
CLIENTS = 3
SEED = 20260301


class Client(threading.Thread):
    """Reports batches as fast as it can; one without an answer it sends again."""

    def __init__(self, history, port):
        super().__init__()
        self.history, self.port = history, port
        self.stopping = False

    def run(self):
        while not self.stopping:
            batch = self.history.take()
            if self.acknowledged(batch):
                self.history.acknowledge(batch)
            else:
                self.history.unanswered.append(batch)

    def acknowledged(self, batch):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        body = json.dumps({"feedback": [overridden(card=card) for card in batch]})
        headers = {"Content-Type": "application/json"}
        try:
            connection.request("POST", "/cds-services/toy/feedback", body, headers)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            self.stopping = self.stopping or self.history.is_killed
            return False
        finally:
            connection.close()


class History:
    """What was sent and what was acknowledged, by all clients."""

    def __init__(self):
        self.sent, self.acknowledged, self.unanswered = [], set(), []
        self.answered = threading.Event()
        self.is_killed = False

    def take(self):
        try:
            return self.unanswered.pop(0)
        except IndexError:
            batch = tuple(str(uuid4()) for _ in range(random.randint(1, 3)))  # noqa: S311
            self.sent.append(batch)
            return batch

    def acknowledge(self, batch):
        self.acknowledged.update(batch)
        self.answered.set()

    def wait_for_some_moment(self):
        """Wait, nine times of ten until something was acknowledged, and then a little longer."""
        self.answered.clear()
        if random.random() < 0.9:  # noqa: S311
            self.answered.wait(20)
        time.sleep(random.uniform(0, 0.03))  # noqa: S311

    def check(self, stored):
        """Every acknowledged item is there once, all that is there was sent, no batch in part."""
        assert len(stored) == len(set(stored)), "stored twice"
        assert self.acknowledged <= set(stored), "acknowledged and lost"
        assert set(stored) <= {card for batch in self.sent for card in batch}, "never sent"
        parts = [sum(card in set(stored) for card in batch) for batch in self.unanswered]
        assert all(n in (0, len(b)) for n, b in zip(parts, self.unanswered, strict=True))


@contextmanager
def starter(url):
    """A process that starts servers; yield the function that starts one."""
    command = [sys.executable, "-m", "tests.store.crash_server", url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as forks:  # noqa: S603 - our own

        def start():
            forks.stdin.write("\n")
            forks.stdin.flush()
            return map(int, forks.stdout.readline().split())

        yield start
        forks.stdin.close()


@contextmanager
def clients(history, port):
    running = [Client(history, port) for _ in range(CLIENTS)]
    for client in running:
        client.start()
    try:
        yield
    finally:
        for client in running:
            client.stopping = True
        for client in running:
            client.join()


@pytest.fixture(autouse=True)
def seeded():
    random.seed(SEED)


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(kind, url, engine):
    history = History()
    with starter(url) as start:
        for _ in range(KILLS[kind]):
            group, port = start()
            history.is_killed = False
            with clients(history, port):
                history.wait_for_some_moment()
                history.is_killed = True
                os.killpg(group, signal.SIGKILL)
    history.check([row["card"] for row in rows(engine)])
    assert len(history.acknowledged) > KILLS[kind]
    if kind == "sqlite":
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    report(f"{kind}: {KILLS[kind]} kills", history)


@pytest.mark.parametrize("kind", ["postgresql"])
def test_nothing_acknowledged_is_lost_when_the_database_is_killed(postgresql, url, engine):
    history = History()
    with starter(url) as start:
        group, port = start()
        with clients(history, port):
            for _ in range(STOPS):
                time.sleep(random.uniform(0, 0.3))  # noqa: S311
                postgresql.stop("immediate")
                postgresql.start()
            wanted = len(history.acknowledged) + 1
            while len(history.acknowledged) < wanted:
                time.sleep(0.01)
        os.killpg(group, signal.SIGKILL)
    engine.dispose()
    history.check([row["card"] for row in rows(engine)])
    report(f"postgresql: {STOPS} immediate shutdowns", history)


def report(what, history):
    """Shown by ``pytest -s`` or ``-rP``."""
    sent = sum(len(batch) for batch in history.sent)
    print(f"{what}: {sent} sent, {len(history.acknowledged)} acknowledged, 0 lost, 0 twice")  # noqa: T201
