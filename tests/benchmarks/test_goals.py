"""The list of goals: every one speaks of a figure that some question gives."""

import gc
import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from tests.benchmarks.bodies import coded, with_orders
from tests.benchmarks.fhir_access import NAMES
from tests.benchmarks.figures import Figure
from tests.benchmarks.footprint import MEMORY, STARTS
from tests.benchmarks.generator import Sample
from tests.benchmarks.goals import GOALS, Goal
from tests.benchmarks.growth import LARGER, exponents
from tests.benchmarks.in_process import in_process
from tests.benchmarks.irrelevant_orders import IN_PROCESS, against_the_echo
from tests.benchmarks.load import STACKS, figures_of
from tests.benchmarks.over_http import CONNECTIONS, Case, compared
from tests.benchmarks.report import print_goals, write_json
from tests.benchmarks.sections import FULL, QUICK, Section
from tests.benchmarks.stacks import FLASK, FLOOR, OURS, PEERS
from tests.benchmarks.tokens import Issuer

SAMPLES = [Sample([1.0, 2.0], 0.1, 0)] * 2


def over_http(folder):
    stacks = (*OURS, *(f"{name}, JWT" for name in OURS), FLOOR, FLASK, *PEERS)
    cases = (Case(s, b, c) for s in stacks for b in FULL.bodies for c in CONNECTIONS)
    return compared(dict.fromkeys(cases, SAMPLES), Issuer(folder))


def of_growth():
    sized = {1: coded(), 2: with_orders(coded(), 2)}
    for kind in ("resources", "draft orders", "reports"):
        names = [f"{kind} {n}{parsed}" for n in sized for parsed in ("", " parsed")]
        yield from exponents(kind, sized, {name: [1.0, 2.0] for name in names})


@pytest.fixture
def collector():
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_every_goal_speaks_of_a_figure_that_is_measured(tmp_path, collector):
    given = {STARTS, MEMORY, LARGER, IN_PROCESS, *NAMES.values(), *over_http(tmp_path)}
    given |= {name for section in in_process(replace(QUICK, rounds=1)) for name in section.figures}
    given |= {name for name, _ in of_growth()}
    given |= {name for stack in STACKS for name in figures_of(stack, 1.0, SAMPLES[0])}
    orders = (Case(s, "aspirin", c) for s in ("gthread", FLASK) for c in CONNECTIONS)
    given |= set(against_the_echo(dict.fromkeys(orders, SAMPLES)))
    assert {goal.figure for goal in GOALS} - given == set()


def test_no_goal_stands_twice():
    assert len({(g.figure, g.bound) for g in GOALS}) == len(GOALS)


@pytest.mark.parametrize(
    ("sign", "value", "met"),
    [("≤", 0.8, True), ("≤", 0.81, False), ("≥", 0.8, True), ("≥", 0.79, False)],
)
def test_a_goal_is_met_up_to_its_bound(sign, value, met):
    assert Goal("anything", sign, 0.8, "nobody").is_met(value) is met


def test_the_goal_is_printed_beside_the_figure_and_what_is_missing_is_named():
    console = Console(width=150, file=StringIO())
    print_goals({GOALS[0].figure: Figure(0.7, 0.6, 0.8)}, console)
    printed = console.file.getvalue()
    assert "0.7 (0.6–0.8)" in printed
    assert "≤ 0.8 (issue 7)" in printed
    assert f"not measured: {GOALS[2].figure}" in printed


def test_the_json_holds_rows_figures_and_goals(tmp_path):
    section = Section(
        "a", [{"what": "x", "ms": Figure(1, 2, 3)}], {GOALS[0].figure: Figure(4, 5, 6)}
    )
    write_json([section], "quick", tmp_path / "build" / "bench.json")
    report = json.loads((tmp_path / "build" / "bench.json").read_text())
    assert report["sections"][0]["rows"][0]["ms"] == {"value": 1, "low": 2, "high": 3}
    assert report["goals"][0]["measured"] == 4
    assert report["goals"][2]["measured"] is None
    assert report["machine"]["cores"] >= 1
