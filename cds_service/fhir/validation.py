"""Files of a site or of the project checked before they are used: FHIR, value sets, scenarios."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import yaml

from cds_service.engine.codes import PROVENANCE, load_yaml, read_value_set
from cds_service.fhir.release import problems_of

SCENARIO_KEYS = frozenset(
    ("scenario", "claim", "like", "as of", "hook", "selected", "order", "orders", "record",
     "without", "change", "not searched", "incomplete", "failed", "expect")
)  # fmt: skip


def problems_in(path: Path) -> Iterator[str]:
    """Yield one line for each problem of a JSON or YAML file; nothing when there is none."""
    try:
        content = _loaded(path)
    except (OSError, ValueError, yaml.YAMLError) as error:
        yield f"{path}: cannot be read as JSON or YAML ({type(error).__name__})"
        return
    check = _check_for(content)
    if check is None:
        yield f"{path}: neither a FHIR resource nor a list of scenarios"
        return
    for problem in check(content):
        yield f"{path}: {problem}"


def _loaded(path: Path) -> Any:
    return orjson.loads(path.read_bytes()) if path.suffix == ".json" else load_yaml(path)


def _check_for(content: Any) -> Callable[[Any], Iterator[str]] | None:
    match content:
        case {"resourceType": "ValueSet"}:
            return _value_set_problems
        case {"resourceType": _}:
            return problems_of
        case [{"scenario": _}, *_]:
            return _scenario_problems
        case _:
            return None


def _value_set_problems(resource: dict[str, Any]) -> Iterator[str]:
    yield from problems_of(resource)
    try:
        read_value_set(resource)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield f"compose: {error}"
        return
    includes = (resource.get("compose") or {}).get("include") or []
    for number, include in enumerate(includes):
        extensions = include.get("extension") or []
        if not any(e.get("url") == PROVENANCE and e.get("valueString") for e in extensions):
            yield f"compose.include[{number}]: no provenance (extension {PROVENANCE})"


def _scenario_problems(scenarios: list[Any]) -> Iterator[str]:
    for number, scenario in enumerate(scenarios, 1):
        if not isinstance(scenario, dict) or not isinstance(scenario.get("scenario"), str):
            yield f"scenario {number}: needs a sentence under 'scenario'"
            continue
        for key in sorted(map(str, set(scenario) - SCENARIO_KEYS)):
            yield f"scenario {number}: unknown key {key!r}"
        if not isinstance(scenario.get("expect"), dict):
            yield f"scenario {number}: expects nothing"
