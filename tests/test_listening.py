import socket
import sys
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from cds_service.listening import take_no_more

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a filter of Linux")
LOOPBACK = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]


@pytest.fixture(params=LOOPBACK, ids=["IPv4", "IPv6"])
def listener(request):
    family, host = request.param
    with socket.socket(family) as made:
        made.bind((host, 0))
        made.listen()
        made.settimeout(1)
        yield made


@contextmanager
def connected(listener):
    with socket.socket(listener.family) as made:
        made.settimeout(0.3)
        made.connect(listener.getsockname())
        yield made


def test_who_waits_at_a_closed_door_is_still_let_in_with_what_it_said(listener):
    with connected(listener) as client:
        client.sendall(b"a request")
        take_no_more(listener)
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.recv(100) == b"a request"
            accepted.sendall(b"an answer")
            assert client.recv(100) == b"an answer"


def test_nobody_else_is_let_in(listener):
    take_no_more(listener)
    with pytest.raises(TimeoutError), connected(listener):
        pass


def test_an_open_connection_goes_on(listener):
    with connected(listener) as client, listener.accept()[0] as accepted:
        take_no_more(listener)
        client.sendall(b"more")
        assert accepted.recv(100) == b"more"


def test_where_no_filter_can_be_set_that_is_said_and_nothing_else_happens():
    with capture_logs() as logs:
        take_no_more(Unfilterable())
    assert [line["event"] for line in logs] == ["still-listening"]


def test_on_another_system_that_is_said_too(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with capture_logs() as logs:
        take_no_more(Unfilterable())
    assert [line["event"] for line in logs] == ["still-listening"]


class Unfilterable:
    """A socket of a system without such filters."""

    def setsockopt(self, *_):
        raise OSError
