"""The load generator against a server that does what a test wants."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.benchmarks.generator import Load, send

HEAD = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        received = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.client_address, received))
        answer = b"x" * 300_000
        self.send_response(503 if self.path == "/busy" else 200)
        self.send_header("Content-Length", str(len(answer)))
        if self.path == "/once":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@contextmanager
def running():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.seen = []
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def loaded(path=b"/", count=6, connections=2, **options):
    body = b"y" * 600_000
    requests = [(HEAD % (path, len(body)), body)] * count
    with running() as server:
        options = {"seconds": 30, **options}
        sample = send(Load(server.server_port, requests, connections, **options))
        assert all(received == body for _, received in server.seen)
        return sample, server.seen


def test_every_request_is_sent_whole_and_its_answer_read_whole():
    sample, seen = loaded()
    assert (len(sample.milliseconds), sample.failed, len(seen)) == (6, 0, 6)
    assert sample.per_second > 0


def test_connections_are_kept():
    _, seen = loaded()
    assert len({client for client, _ in seen}) <= 2


def test_a_connection_that_the_server_closes_is_opened_again():
    sample, seen = loaded(b"/once")
    assert sample.failed == 0
    assert len({client for client, _ in seen}) == 6


def test_what_is_not_answered_with_200_has_failed_and_has_no_latency():
    sample, _ = loaded(b"/busy")
    assert (sample.milliseconds, sample.failed) == ([], 6)


def test_nobody_there_is_a_failure_not_an_error():
    with running() as server:
        port = server.server_port
    assert send(Load(port, [(b"", b"")], 1, 30)).failed == 1


def test_it_ends_when_the_seconds_have_run_out():
    sample, seen = loaded(arrivals=[0.0, 0.0, 99, 99, 99, 99], seconds=1)
    assert len(sample.milliseconds) == len(seen) == 2


def test_latency_counts_from_when_a_request_was_due():
    sample, _ = loaded(count=20, connections=1, arrivals=[0.0] * 20)
    assert sample.milliseconds == sorted(sample.milliseconds)  # each waited for those before it


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_without_end_is_a_failure(answer):
    class Broken(Handler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(answer)
            self.close_connection = True

    with ThreadingHTTPServer(("127.0.0.1", 0), Broken) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        sample = send(Load(server.server_port, [(HEAD % (b"/", 1), b"y")], 1, 30))
        server.shutdown()
    assert sample.failed == 1
