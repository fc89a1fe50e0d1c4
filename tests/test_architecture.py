"""The shape of the code: who may know whom, who reads the clock, and how a guideline is added."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import cds_service
import hooks
from cds_service.app import create_app
from cds_service.settings import Settings

ROOT = Path(__file__).parent.parent
PACKAGES = [Path(package.__file__).parent for package in (cds_service, hooks)]
FILES = sorted(path for package in PACKAGES for path in package.rglob("*.py"))
MAX_LINES = 300
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))

# The one module made for each thing that is not in a request (design.md, section 1).
CLOCK = {
    "app.py",
    "cli.py",
    "audit.py",
    "demo.py",
    "fhir/deadline.py",
    "security/access_token.py",
    "store_commands.py",
}
# prometheus-client and OpenTelemetry take what they need from the environment.
ENVIRONMENT = {
    "settings.py",
    "demo.py",
    "observability/processes.py",
    "observability/tracing.py",
    "security/workers_before.py",
}
NETWORK = {
    "fhir/connections.py",
    "demo.py",
    "load.py",
    "gunicorn_processes.py",
    "listening.py",
    "security/redis_connections.py",  # which looks up a name, and has its library connect
    "server.py",
    "unparsed.py",
}


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path):
    """The path of a module inside its package."""
    return str(path.relative_to(next(p for p in PACKAGES if p in path.parents)))


def imported(path):
    """The top names of all modules that a file imports, wherever it does."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def dotted(node):
    """An attribute such as ``datetime.now`` as it is written."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def attributes(path):
    return {dotted(node) for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}


def test_every_import_contract_of_the_project_is_kept():
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(  # noqa: S603 - our own tool, with fixed arguments
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


TOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
CONTRACTS = TOOLS["importlinter"]["contracts"]
WITHIN_THE_ENGINE = [c for c in CONTRACTS if "cds_service.fhir" in c.get("forbidden_modules", ())]


@pytest.mark.parametrize("contract", WITHIN_THE_ENGINE, ids=lambda contract: contract["name"])
def test_who_may_use_the_engine_alone_is_forbidden_every_other_part(contract):
    parts = {path.stem for path in PACKAGES[0].iterdir() if not path.name.startswith("__")}
    beside = {f"cds_service.{part}" for part in parts - {"engine"}}
    assert beside - set(contract["forbidden_modules"]) == set()


def test_hooks_and_the_engine_are_who_may_not():
    bound = {module for contract in WITHIN_THE_ENGINE for module in contract["source_modules"]}
    assert bound == {"hooks", "cds_service.engine"}


@each_file
def test_no_file_is_longer_than_three_hundred_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


CLOCK_CALLS = {"now", "today", "utcnow", "monotonic", "perf_counter", "time", "time_ns"}


@each_file
def test_only_the_modules_made_for_it_read_the_clock(path):
    read = {
        a
        for a in attributes(path)
        if a.rpartition(".")[2] in CLOCK_CALLS
        and a.rpartition(".")[0] in {"datetime", "date", "time"}
    }
    imported_directly = {
        alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        for alias in node.names
    }
    reads = bool(read or imported_directly & CLOCK_CALLS)
    assert not reads or (path.is_relative_to(PACKAGES[0]) and name(path) in CLOCK)


@each_file
def test_only_the_modules_made_for_it_read_the_environment(path):
    used = attributes(path) & {"os.environ", "os.getenv", "os.environb"}
    assert not used or (path.is_relative_to(PACKAGES[0]) and name(path) in ENVIRONMENT)


@each_file
def test_only_the_modules_made_for_it_open_connections(path):
    used = set(imported(path)) & {"requests", "urllib3", "socket", "http", "httpx"}
    assert not used or (path.is_relative_to(PACKAGES[0]) and name(path) in NETWORK)


def test_only_one_module_names_the_fhir_release():
    named = {name(p) for p in FILES if "fhir" in set(imported(p))}
    assert named == {"fhir/release.py"}


def test_the_modules_that_are_excepted_above_exist():
    known = {name(path) for path in FILES}
    assert known >= CLOCK | ENVIRONMENT | NETWORK


GUIDELINE = '''
"""A third guideline."""

from datetime import date
from pathlib import Path

from cds_service.engine.card import Card, Concept, Source
from cds_service.engine.criterion import Criterion
from cds_service.engine.evidence import Citation, Verification
from cds_service.engine.judgement import Reason, unknown
from cds_service.engine.service import CDSService, OrderIntent

CITATION = Citation("A", "A", "A", Verification.SEED_ONLY, date(2026, 1, 1))
SOURCE = Source("A", Concept("a", "https://example.org/topic", "A"))


def recognise(orders, content):
    ours = tuple(order for order in orders.judged if "third" in order.text)
    return OrderIntent(ours, orders.everything, certain=True) if ours else None


SERVICES = (
    CDSService(
        id="third-guideline",
        hook="order-sign",
        title="A third guideline",
        description="Added by one folder.",
        version="0.1.0",
        prefetch={"patient": "Patient/{{context.patientId}}"},
        minimal=frozenset(),
        content=(Path(__file__).parent,),
        recognise=recognise,
        read=lambda record, intent, content: record,
        criteria=(
            Criterion(
                id="anything",
                claim="T-1",
                statement="Anything.",
                reads=("patient",),
                judge=lambda inputs: unknown(Reason.NO_DATA),
                citations=(CITATION,),
                if_unknown="nothing known",
            ),
        ),
        risk_factors=(),
        advise=lambda assessment, inputs: Card("Third", "info", "Advisory.", SOURCE, assessment),
    ),
)
'''


@pytest.fixture
def third_guideline(tmp_path, monkeypatch):
    folder = tmp_path / "third_guideline"
    folder.mkdir()
    (folder / "__init__.py").write_text(GUIDELINE)
    monkeypatch.setattr(hooks, "__path__", [*hooks.__path__, str(tmp_path)])
    yield
    sys.modules.pop("hooks.third_guideline", None)
    if hasattr(hooks, "third_guideline"):
        delattr(hooks, "third_guideline")


ORDER = {"resourceType": "ServiceRequest", "id": "o", "code": {"text": "the third thing"}}
REQUEST = {
    "hook": "order-sign",
    "hookInstance": "5665665d-9e36-4675-afba-77365af221dd",
    "context": {
        "userId": "Practitioner/1",
        "patientId": "p1",
        "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": ORDER}]},
    },
    "prefetch": {"patient": {"resourceType": "Patient", "id": "p1"}},
}


@pytest.mark.usefixtures("third_guideline")
def test_one_folder_more_is_one_guideline_more():
    client = create_app(Settings(), hooks.services()).test_client()
    offered = [s["id"] for s in client.get("/cds-services").json["services"]]
    assert sorted(offered) == [
        "spinal-fusion-revision",
        "spinal-fusion-revision-select",
        "spinal-hardware-removal",
        "spinal-hardware-removal-select",
        "third-guideline",
    ]
    (card,) = client.post("/cds-services/third-guideline", json=REQUEST).json["cards"]
    assert card["extension"]["org.spine-cds.assessment"]["criteria"] == [
        {"id": "anything", "status": "unknown", "reason": "no-data"}
    ]


def test_without_that_folder_there_are_four_services():
    assert [service.id for service in hooks.services()] == [
        "spinal-fusion-revision",
        "spinal-fusion-revision-select",
        "spinal-hardware-removal",
        "spinal-hardware-removal-select",
    ]
