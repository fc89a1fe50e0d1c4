"""Clients that send slowly (faults.md, B-05 and T20): why a proxy has to be in front."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tests.full import FULL
from tests.lifecycle import INVOCATION, http_request, invocation, serving
from tests.lifecycle.proxy import nginx_before
from tests.lifecycle.traffic import after, closed_loop, once, quantile

SLOW = 500 if FULL else 60
SECONDS = 5 if FULL else 1
ROUNDS = 5 if FULL else 2
# The bounded form has too few calls for a 99th percentile.
SHARE, TIMES = (0.99, 2) if FULL else (0.75, 3)
BODY = http_request("POST", INVOCATION, b"{" * 100_000)
BEGINNINGS = [BODY[:40], BODY[:1000]]  # in the middle of the headers, in the middle of the body


@asynccontextmanager
async def slow_clients(port, count=SLOW, beginnings=BEGINNINGS):
    """Hold connections that send a byte now and then, and begin anew when they are let go."""

    async def send_slowly(beginning):
        while True:
            writer = None
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(beginning)
                for _ in range(50):
                    await asyncio.sleep(0.5)
                    writer.write(b"x")
                    await writer.drain()
            except OSError:
                await asyncio.sleep(0.1)
            finally:
                if writer is not None:
                    writer.close()

    tasks = [
        asyncio.create_task(send_slowly(beginnings[number % len(beginnings)]))
        for number in range(count)
    ]
    await asyncio.sleep(0.5)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def seconds(exchanges):
    return [exchange.seconds for exchange in exchanges]


@pytest.mark.parametrize("server", ["gunicorn", "granian"] if FULL else ["gunicorn"])
def test_behind_the_proxy_slow_clients_are_not_noticed(server, tmp_path):
    async def play(port):
        alone, beside = [], []
        for _ in range(ROUNDS):
            alone += await closed_loop(port, invocation(), 2, after(SECONDS))
            async with slow_clients(port):
                beside += await closed_loop(port, invocation(), 2, after(SECONDS))
        return alone, beside

    with serving(server, THREADS=2) as served, nginx_before(served.port, tmp_path) as port:
        alone, beside = asyncio.run(play(port))
    assert {exchange.status for exchange in alone + beside} == {200}
    assert quantile(seconds(beside), SHARE) <= TIMES * quantile(seconds(alone), SHARE)


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_without_a_proxy_slow_bodies_take_the_places_of_others(server):
    """So the proxy is no advice (docs/operations.md); granian needs it as much as gunicorn."""

    async def play(port):
        async with slow_clients(port, 8, [BODY[:1000]]):
            return await asyncio.wait_for(once(port, invocation()), 30)

    with serving(server, THREADS=2) as served:
        assert asyncio.run(play(served.port)).status == 503
