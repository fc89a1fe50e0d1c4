"""A real Redis of our own, on a free port, with nothing kept on the disk unless a test wants it."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager, suppress

import pytest
import redis

from cds_service.demo import free_port

START_SECONDS = 20


class RedisServer:
    """``start`` begins with an empty store, or with what was saved."""

    def __init__(self, folder, *options):
        self.port, self._folder, self._options = free_port(), folder, options
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process = None

    def start(self, *options):
        given = {"port": self.port, "bind": "127.0.0.1", "save": "", "dir": self._folder}
        given |= {"maxmemory-policy": "noeviction", "daemonize": "no", "logfile": ""}
        command = [shutil.which("redis-server")]
        for name, value in given.items():
            command += [f"--{name}", str(value)]
        out = (self._folder / "redis.log").open("ab")
        self._process = subprocess.Popen(  # noqa: S603
            [*command, *self._options, *options], stdout=out, stderr=out
        )
        out.close()
        self._wait()
        return self

    def _wait(self):
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            with suppress(redis.RedisError):
                self.ask("PING")
                return
            time.sleep(0.02)
        raise RuntimeError((self._folder / "redis.log").read_text()[-2000:])

    def ask(self, *command):
        with redis.Redis.from_url(self.url) as client:
            return client.execute_command(*command)

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def stop(self):
        """Kill it, as a machine that loses its power does."""
        self._process.kill()
        self._process.wait()


def require_redis():
    if shutil.which("redis-server") is None:
        missing = "redis-server is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing}, and CI shows nothing without it")
        pytest.skip(missing)


@contextmanager
def running_redis(folder, *options):
    require_redis()
    server = RedisServer(folder, *options).start()
    try:
        yield server
    finally:
        server.stop()
