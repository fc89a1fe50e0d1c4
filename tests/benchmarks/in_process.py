"""(a) In process: what a decision costs, against parsing the same body and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import orjson
from flask import Flask

from cds_service.fhir.decode import read_value
from cds_service.server import tune
from hooks.spine.text.governing import governing
from hooks.spine.text.reader import read_text
from tests.benchmarks.bodies import bodies, facts, report_text, searchset
from tests.benchmarks.figures import Figure, difference, figure, ratio
from tests.benchmarks.product import criteria, decision, deployed
from tests.benchmarks.rounds import measure
from tests.benchmarks.sections import Effort, Section

STEPS = ("json.loads", "orjson.loads", "decision path", "criteria alone")
Samples = Mapping[str, list[float]]


def in_process(effort: Effort) -> Iterator[Section]:
    """Yield what each body weighs, and what each step costs in milliseconds."""
    made = bodies()
    weights = {name: facts(body) for name, body in made.items()}
    tasks = _tasks(made)
    tune(Flask(__name__))  # garbage collection of this process as in a worker
    samples = measure(tasks, effort.rounds)
    yield Section("The bodies", [{"body": name} | weight for name, weight in weights.items()])
    yield Section(
        "(a) In process, milliseconds: median (quartiles) of the rounds",
        [_row(name, samples) for name in made],
        _figures(weights, samples),
        (
            "decision path: request bytes in, answer bytes out, log line written; no HTTP",
            "criteria alone: index, criteria inputs and judgements, with the reading of its texts",
            "garbage collection as in a worker (cds_service/server.py), for all alike",
        ),
    )
    yield Section(
        "Reader and decoder alone, milliseconds",
        [{"what": name, "milliseconds": figure(samples[name])} for name in _ALONE],
    )


def _tasks(made: Mapping[str, bytes]) -> dict[str, Callable[[], Any]]:
    deployment = deployed()
    tasks: dict[str, Callable[[], Any]] = {}
    for name, body in made.items():
        tasks |= {
            f"{name}: json.loads": partial(json.loads, body),
            f"{name}: orjson.loads": partial(orjson.loads, body),
            f"{name}: decision path": decision(body, deployment),
            f"{name}: criteria alone": criteria(body, deployment),
        }
    return tasks | _alone(made["coded"])


_ALONE = (
    "reading one report",
    "decoding the observations",
    "decoding them with a malformed row",
)


def _alone(coded: bytes) -> dict[str, Callable[[], Any]]:
    text = report_text()
    whole = searchset(coded, "observations")
    malformed = searchset(coded, "observations", malformed=True)
    tasks: tuple[Callable[[], Any], ...] = (
        lambda: governing(read_text(text)),
        partial(read_value, whole),
        partial(read_value, malformed),
    )
    return dict(zip(_ALONE, tasks, strict=True))


def _row(body: str, samples: Samples) -> dict[str, str | Figure]:
    costs = {step: figure(samples[f"{body}: {step}"]) for step in STEPS}
    path, parsed = samples[f"{body}: decision path"], samples[f"{body}: json.loads"]
    return {"what": body, **costs, "path / json.loads": ratio(path, parsed)}


def _figures(weights: Mapping[str, Mapping[str, Any]], samples: Samples) -> dict[str, Figure]:
    def of(body: str, step: str, base: str = "json.loads") -> Figure:
        return ratio(samples[f"{body}: {step}"], samples[f"{body}: {base}"])

    def per_kb(body: str) -> Figure:
        kilobytes = weights[body]["KB of report text"]
        path, coded = samples[f"{body}: decision path"], samples["coded: decision path"]
        on_top = difference(path, coded)
        return Figure(on_top.value / kilobytes, on_top.low / kilobytes, on_top.high / kilobytes)

    kilobytes = len(report_text().encode()) / 1024
    return {
        **{f"{body}: decision path / json.loads": of(body, "decision path") for body in weights},
        "reported: ms per KB of text on top of coded": per_kb("reported"),
        "ten reports: ms per KB of text on top of coded": per_kb("ten reports"),
        "reader alone: ms per KB": figure([ms / kilobytes for ms in samples[_ALONE[0]]]),
        "criteria alone / orjson.loads": of("coded", "criteria alone", "orjson.loads"),
        "decode with a malformed row / whole": ratio(samples[_ALONE[2]], samples[_ALONE[1]]),
    }
