"""HTTP traffic on raw sockets, which knows of each request how far it came."""

import asyncio
import json
import time
from dataclasses import dataclass, field


@dataclass
class Exchange:
    """One request: whether all of it was sent, and what came back. Times in seconds."""

    began: float = field(default_factory=time.monotonic)
    was_connected: bool = False
    was_sent: bool = False
    status: int | None = None
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    ended: float = 0.0
    failure: str = ""  # the name of the error that ended it

    @property
    def seconds(self):
        return self.ended - self.began

    @property
    def is_lost(self):
        """Whether the server had the whole request and gave no whole answer."""
        return self.was_sent and self.status is None

    @property
    def announces_overload(self):
        """Whether it is refused as it should be: later, in FHIR's words."""
        return (
            self.status == 503
            and int(self.headers.get("retry-after", 0)) >= 1
            and json.loads(self.body)["resourceType"] == "OperationOutcome"
        )


class Client:
    """A connection that is kept as long as the server keeps it, then made anew."""

    def __init__(self, port):
        self._port, self._connection = port, None

    async def ask(self, request):
        """Return the exchange, whatever became of it."""
        exchange = Exchange()
        try:
            if self._connection is None:
                self._connection = await asyncio.open_connection("127.0.0.1", self._port)
            exchange.was_connected = True
            await self._ask(exchange, request, *self._connection)
        except (OSError, EOFError, asyncio.IncompleteReadError) as error:
            exchange.failure = type(error).__name__
            self.close()
        exchange.ended = time.monotonic()
        return exchange

    async def _ask(self, exchange, request, reader, writer):
        writer.write(request)
        await writer.drain()
        exchange.was_sent = True
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = (line.partition(":")[::2] for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, value in fields}
        exchange.headers = headers
        exchange.body = await reader.readexactly(int(headers["content-length"]))
        exchange.status = int(head[0].split(" ")[1])
        if headers.get("connection", "").lower() == "close":
            self.close()

    def close(self):
        if self._connection is not None:
            self._connection[1].close()
        self._connection = None


async def once(port, request):
    """Return one exchange on a connection of its own."""
    client = Client(port)
    try:
        return await client.ask(request)
    finally:
        client.close()


async def open_loop(port, request, per_second, seconds):
    """Send so many a second, each on its own connection, whatever becomes of the others."""
    began, tasks = time.monotonic(), []
    for number in range(round(per_second * seconds)):
        await asyncio.sleep(began + number / per_second - time.monotonic())
        tasks.append(asyncio.create_task(once(port, request)))
    return await asyncio.gather(*tasks)


async def closed_loop(port, request, clients, until, pause=0.0):
    """Let so many clients ask one after another, on connections they keep, until a condition."""

    async def ask_on():
        client, exchanges = Client(port), []
        while not until():
            exchanges.append(await client.ask(request))
            if exchanges[-1].status is None:
                await asyncio.sleep(0.02)
            elif pause:
                await asyncio.sleep(pause)
        client.close()
        return exchanges

    found = await asyncio.gather(*(ask_on() for _ in range(clients)))
    return [exchange for exchanges in found for exchange in exchanges]


def after(seconds):
    """Return a condition that is true after so many seconds."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def quantile(values, share):
    """Return the value below which that share of the values lie."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
