"""URLs that lead to a canary on this machine, if anybody reads them as they were meant to be."""

import socket
import urllib.parse
from contextlib import ExitStack, contextmanager, suppress

ADDRESSES = ("127.0.0.1", "127.0.0.2", "127.9.9.9", "::1")
HOSTS = [
    "127.0.0.1", "127.0.0.2", "127.9.9.9", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1",
    "0x7f.0.0.0x1", "0177.0.0.1", "017700000001", "127.0.0.1.", "127.000.000.001", "0", "0.0.0.0",  # noqa: S104
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::1%25lo]",
    "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[127.0.0.1]", "localhost", "LOCALHOST", "localhost.",
    "localhost.localdomain", "ip6-localhost", "127.0.0.1.nip.io", "fhir.example.org",
    "fhir.example.org.", "fhir.example.org.evil.example", "evil.example", "xn--fhir-example",
    "ｆhir.example.org", "１２７.0.0.1", "①②⑦.0.0.1", "127。0。0。1", "fhir.ехample.org",
    "169.254.169.254", "metadata.google.internal", "10.0.0.1", "192.168.0.1", "[fd00:ec2::254]", "",
]  # fmt: skip
SHAPES = [
    "https://127.0.0.1:{port}/fhir", "HTTP://127.0.0.1:{port}/fhir", "http://127.0.0.1:{port}",
    "http://127.0.0.1:0{port}/fhir", "http://u:p@127.0.0.1:{port}/fhir",
    "http://{listed}@127.0.0.1:{port}/fhir", "http://{listed}\\@127.0.0.1:{port}/fhir",
    "http://{listed}%40127.0.0.1:{port}/fhir", "http://{listed}#@127.0.0.1:{port}/fhir",
    "http://{listed}?@127.0.0.1:{port}/fhir", "http://{listed};@127.0.0.1:{port}/fhir",
    "http://{listed} @127.0.0.1:{port}/fhir", "http://127.0.0.1:{port}\\@{listed}/fhir",
    "//127.0.0.1:{port}/fhir", "///127.0.0.1:{port}/fhir", "http:127.0.0.1:{port}/fhir",
    "http:/127.0.0.1:{port}/fhir", "http:///127.0.0.1:{port}/fhir", "\\\\127.0.0.1:{port}\\fhir",
    "http:\\\\127.0.0.1:{port}\\fhir", " http://127.0.0.1:{port}/fhir",
    "http://127.0.0.1:{port}/fhir ", "ht\ttp://127.0.0.1:{port}/fhir",
    "http://127.0.0.1\n:{port}/fhir", "http://127.0.0.1:{port}\r\nX: y/f",
    "ftp://127.0.0.1:{port}/fhir", "gopher://127.0.0.1:{port}/fhir", "dict://127.0.0.1:{port}/fhir",
    "jar:http://127.0.0.1:{port}/fhir!/", "url:http://127.0.0.1:{port}/fhir",
    "file:///etc/hostname",
]  # fmt: skip


def hostile_urls(port, listed):
    """All of them, for a canary at that port; ``listed`` is host and port of a readable server."""
    urls = [f"http://{host}:{port}/fhir" for host in HOSTS]
    return urls + [shape.format(port=port, listed=listed) for shape in SHAPES]


class Canary:
    """Listens on loopback addresses, and notes whoever comes."""

    def __init__(self, listeners):
        self._listeners = listeners
        self.port = listeners[0].getsockname()[1]

    def arrivals(self):
        """The bytes that each connection has brought so far."""
        found = []
        for listener in self._listeners:
            with suppress(BlockingIOError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.settimeout(0.5)
                        found.append(connection.recv(1000))
        return found


@contextmanager
def canary():
    """Run one until the block ends."""
    with ExitStack() as stack:
        listeners, port = [], 0
        for address in ADDRESSES:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            with suppress(OSError):  # a machine without IPv6
                made = stack.enter_context(socket.create_server((address, port), family=family))
                made.setblocking(False)
                listeners.append(made)
                port = made.getsockname()[1]
        yield Canary(listeners)


def lead_here(monkeypatch):
    """Let every name lead to this machine, and no lookup leave it."""
    resolve = socket.getaddrinfo

    def resolved(host, *args, **options):
        with suppress(OSError, UnicodeError):
            return resolve(host, *args, **options | {"flags": socket.AI_NUMERICHOST})
        return resolve("127.0.0.1", *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


def quoted(url):
    """A URL that can stand in a header."""
    return urllib.parse.quote(url, safe=":/?#@[]\\;%!, ")
