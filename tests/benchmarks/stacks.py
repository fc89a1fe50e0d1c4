"""What is compared over HTTP: the product on three servers, two echoes, and HealthChain."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from fhir_fixtures import VALUE_SETS
from tests.benchmarks.bodies import SERVICE
from tests.benchmarks.peers import BUILT, ROOT, NotToBeHadError, health_chain
from tests.benchmarks.tokens import Issuer

OURS = ("gthread", "sync", "granian")
FLOOR, FLASK = "floor: bare WSGI echo, gthread", "Flask echo, gthread"
PEER, TUNED_PEER = "HealthChain", "HealthChain with our GC lines"
PARSING_PEER = "HealthChain with an R4B parse"
PEERS = {PEER: {}, TUNED_PEER: {"BENCH_GC": "tuned"}, PARSING_PEER: {"BENCH_PARSE": "R4B"}}
_PYTHON = (sys.executable, "-m")
_GUNICORN = (
    *_PYTHON, "gunicorn", "--bind", "127.0.0.1:{port}", "--workers", "{workers}",
    "--log-level", "warning",
)  # fmt: skip
_THREADS = ("--worker-class", "gthread", "--threads", "8", "--keep-alive", "5")
_OURS = {
    "gthread": (*_PYTHON, "cds_service.cli", "serve", "--server", "gunicorn"),
    "sync": (*_GUNICORN, "--worker-class", "sync", "deploy.wsgi:application"),
    "granian": (*_PYTHON, "cds_service.cli", "serve", "--server", "granian"),
}
_SETTINGS = {
    "SPINE_CDS_PORT": "{port}",
    "SPINE_CDS_WORKERS": "{workers}",
    "SPINE_CDS_VALUE_SETS": str(VALUE_SETS),
    "SPINE_CDS_DATA_DIR": str(BUILT / "data" / "{port}"),
}
_NO_STORE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Stack:
    """A server and what runs in it; ``{port}`` and ``{workers}`` are filled in when it starts.

    ``expects`` must stand in its answers; with an ``issuer`` every request needs its own token.
    """

    name: str
    command: tuple[str, ...]
    path: str = f"/cds-services/{SERVICE}"
    environ: Mapping[str, str] = field(default_factory=dict)
    folder: Path = ROOT
    issuer: Issuer | None = None
    expects: bytes = b'"summary"'  # of a card: an answer without one may hide an error

    @property
    def label(self) -> str:
        """The name by which its figures are known."""
        return self.name if self.issuer is None else f"{self.name}, JWT"


def product(name: str, issuer: Issuer | None = None, store: Mapping[str, str] = _NO_STORE) -> Stack:
    """Return the product on one of its servers; with an issuer, clients must say who they are.

    ``store`` is the setting that names the replay store.
    """
    environ = _SETTINGS | (issuer.environ if issuer else {}) | dict(store)
    return Stack(name, _OURS[name], environ=environ, issuer=issuer)


def echo(name: str) -> Stack:
    """Return an echo: the bare one, which is the floor, or Flask's."""
    application = {FLOOR: "bare", FLASK: "flask"}[name]
    command = (*_GUNICORN, *_THREADS, f"tests.benchmarks.apps.echoes:{application}")
    return Stack(name, command, expects=b'"cards"')


def peer(name: str) -> Stack:
    """Return HealthChain, as shipped or not quite; NotToBeHadError without it."""
    command = (
        str(health_chain()), "-m", "uvicorn", "health_chain:app", "--port", "{port}",
        "--workers", "{workers}", "--log-level", "warning", "--no-access-log",
    )  # fmt: skip
    folder = Path(__file__).with_name("apps")
    return Stack(name, command, "/cds/cds-services/peer", PEERS[name], folder)


def everything(issuer: Issuer, store: Mapping[str, str]) -> tuple[list[Stack], dict[str, str]]:
    """Return all stacks, and by name why others cannot be had."""
    stacks = [product(name) for name in OURS] + [echo(FLOOR), echo(FLASK)]
    lacking: dict[str, str] = {}
    try:
        stacks += [peer(name) for name in PEERS]
    except NotToBeHadError as error:
        lacking |= dict.fromkeys(PEERS, str(error))
    return stacks + [product(name, issuer, store) for name in OURS], lacking
