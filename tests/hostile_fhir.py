"""A FHIR server on a real socket that holds one chart and misbehaves as its base URL says.

``http://127.0.0.1:PORT/FAULTS/fhir`` is the base. FAULTS is ``ok``, or a comma list of names and
``name=value``; ``only=TYPE`` leaves the calls for other types alone. ``chaos=SEED`` draws a fault
for each call from a seeded generator. ``python -m tests.hostile_fhir FIXTURE`` serves until killed.
"""

import asyncio
import gzip
import json
import random
import socket
import struct
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from urllib.parse import unquote

import fhir_fixtures
from tests.hostile_content import BODIES, CONTENT, paged

BOMB = gzip.compress(b" " * 40_000_000)


def resources_of(request):
    """All resources in the prefetch of a request."""
    for value in (request.get("prefetch") or {}).values():
        if value and value["resourceType"] == "Bundle":
            yield from (entry["resource"] for entry in value["entry"])
        elif value:
            yield value


TRANSPORT = (
    "drip", "drip-headers", "endless-headers", "continue", "no-http", "reset", "reset-half",
    "truncated", "short", "bomb", "bad-gzip", "cut-gzip",
)  # fmt: skip
FAULTS = (*CONTENT, *BODIES, *TRANSPORT, "hang")


class HostileFhir:
    """``calls`` are (method, path below the base, headers) in the order of their arrival."""

    def __init__(self, resources):
        self.resources = list(resources)
        self.calls, self.extra = [], {}
        self.open_connections = self.most_connections = 0
        self.port = 0
        self._seen = Counter()

    def base(self, faults="ok", host="127.0.0.1"):
        return f"http://{host}:{self.port}/{faults}/fhir"

    @property
    def paths(self):
        return [path for _, path, _ in self.calls]

    async def serve(self, reader, writer):
        self.open_connections += 1
        self.most_connections = max(self.most_connections, self.open_connections)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open_connections -= 1
            writer.close()

    async def _one(self, reader, writer):
        """Answer one request; False when the connection is at its end."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        faults, _, path = target.removeprefix("/").partition("/fhir")
        path = path.removeprefix("/")
        self.calls.append((method, path, headers))
        self._seen[path] += 1
        faults = self._faults(faults, path)
        await wait(reader, float(faults.get("delay", 0)))
        if "hang" in faults:
            await wait(reader, 3600)
        return await self._answer(writer, faults, target, path, body, method)

    def _faults(self, text, path):
        faults = dict(fault.partition("=")[::2] for fault in unquote(text).split(","))
        if "chaos" in faults:
            draw = random.Random(f"{faults['chaos']} {path} {self._seen[path]}")  # noqa: S311
            return {draw.choice((*FAULTS, "ok", "ok", "ok")): "", "delay": draw.choice((0, 0.1))}
        asked = path.replace("/", "?").partition("?")[0]
        return {} if faults.get("only", asked) != asked else faults

    async def _answer(self, writer, faults, target, path, body, method):
        status = int(faults.get("status", 200))
        if "flaky" in faults and self._seen[path] % 2:
            status = 503
        content = None if status != 200 else self.content(path, target, faults, body, method)
        if content is None:
            status, content = (404 if status == 200 else status), BODIES["outcome"]
        more = {k.title(): v for k, v in faults.items() if k in ("retry-after", "location")}
        for name in TRANSPORT:
            if name in faults:
                return await getattr(self, f"_{name.replace('-', '_')}")(writer, content)
        return await send(writer, content, status, **more)

    def content(self, path, target, faults, body=b"", method="GET"):
        """The body for a path; None when there is nothing."""
        for name in BODIES:
            if name in faults:
                return BODIES[name]
        if path in self.extra:
            found = self.extra[path]
            return found if isinstance(found, bytes) else json.dumps(found).encode()
        if method == "POST" and not path:
            return self._batch(body, target, faults)
        if method == "POST":  # the same search, and paged by GET
            target = target.replace("/_search", f"?{body.decode()}")
            path = path.replace("/_search", f"?{body.decode()}")
        kind, is_search, _ = path.partition("?")
        if is_search:
            return json.dumps(self._search(kind, target, path, faults)).encode()
        found = next((r for r in self.resources if f"{r['resourceType']}/{r['id']}" == path), None)
        return found and json.dumps(found).encode()

    def _search(self, kind, target, path, faults):
        rows = [{"resource": r} for r in self.resources if r["resourceType"] == kind]
        here = {"relation": "self", "url": f"http://127.0.0.1:{self.port}{target}", "type": kind}
        bundle = {"resourceType": "Bundle", "type": "searchset", "link": [here]}
        size = int(faults.get("pages", 0))
        if size and rows:
            number = int(path.partition("&page=")[2] or 0)
            link = f"{here['url'].partition('&page=')[0]}&page={number + 1}"
            page = rows[number * size : (number + 1) * size]
            if "shift" in faults and number:  # a row slipped to the page before
                page = rows[number * size - 1 : (number + 1) * size - 1]
            bundle |= {"entry": page, "total": len(rows)}
            return paged(bundle, link, page) if len(rows) > (number + 1) * size else bundle
        bundle |= {"entry": rows, "total": len(rows)}
        for name, change in CONTENT.items():
            bundle = change(bundle) if name in faults else bundle
        return bundle

    def _batch(self, body, target, faults):
        entries = []
        for entry in json.loads(body)["entry"]:
            path = entry["request"]["url"]
            found = self.content(path, f"{target}/{path}", self._faults(target.split("/")[1], path))
            entries.append(
                {"resource": json.loads(found), "response": {"status": "200 OK"}}
                if found
                else {"response": {"status": "404 Not Found"}}
            )
        return json.dumps(
            {"resourceType": "Bundle", "type": "batch-response", "entry": entries}
        ).encode()

    async def _drip(self, writer, content):
        await send_head(writer, 1_000_000)
        await drip(writer, b" ")

    async def _drip_headers(self, writer, content):
        writer.write(b"HTTP/1.1 200 OK\r\nX: ")
        await drip(writer, b"x")

    async def _endless_headers(self, writer, content):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: x\r\n" * 1000)
            await writer.drain()

    async def _continue(self, writer, content):
        await drip(writer, b"HTTP/1.1 100 Continue\r\n\r\n")

    async def _no_http(self, writer, content):
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n")

    async def _reset(self, writer, content):
        now = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)

    async def _reset_half(self, writer, content):
        await send_head(writer, len(content))
        writer.write(content[: len(content) // 2])
        await writer.drain()
        await self._reset(writer, content)

    async def _truncated(self, writer, content):
        await send_head(writer, len(content) + 10)
        writer.write(content)
        await writer.drain()

    async def _short(self, writer, content):
        await send_head(writer, max(len(content) - 10, 0))
        writer.write(content)
        await writer.drain()

    async def _bomb(self, writer, content):
        return await send(writer, BOMB, 200, Content_Encoding="gzip")

    async def _bad_gzip(self, writer, content):
        return await send(writer, content, 200, Content_Encoding="gzip")

    async def _cut_gzip(self, writer, content):
        """The first half as a packed body, which arrives as it was meant to, but has no end."""
        packed = gzip.compress(content)
        return await send(writer, packed[: len(packed) // 2], 200, Content_Encoding="gzip")


async def wait(reader, seconds):
    """Wait, but notice when the client goes away."""
    if seconds:
        try:
            await asyncio.wait_for(reader.read(1), seconds)
        except TimeoutError:
            return
        raise ConnectionResetError


async def send_head(writer, length, status=200, **headers):
    headers = {"Content-Type": "application/fhir+json", **headers, "Content-Length": length}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    writer.write(f"HTTP/1.1 {status} X\r\n{chr(10).join(lines)}\n\r\n".encode())


async def send(writer, content, status, **headers):
    await send_head(writer, len(content), status, **headers)
    writer.write(content)
    await writer.drain()
    return True


async def drip(writer, piece):
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.02)


@contextmanager
def hostile_fhir(resources=()):
    """Run a server on a free port in a thread of its own."""
    server, ready = HostileFhir(resources), threading.Event()

    async def run():
        server.stop = asyncio.Event()
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, backlog=512)
        server.port, server.loop = listening.sockets[0].getsockname()[1], asyncio.get_running_loop()
        ready.set()
        await server.stop.wait()
        listening.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),))  # which cancels what still hangs
    thread.start()
    ready.wait()
    try:
        yield server
    finally:
        server.loop.call_soon_threadsafe(server.stop.set)
        thread.join()


if __name__ == "__main__":
    with hostile_fhir(resources_of(fhir_fixtures.load_request(sys.argv[1]))) as running:
        sys.stdout.write(f"{running.port}\n")
        sys.stdout.flush()
        threading.Event().wait()
