"""Files of a site or of the project checked before they are used.

FHIR resources, value sets, scenarios, and the trusted clients file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import yaml

from cds_service.engine.codes import PROVENANCE, Terminology, load_yaml, read_value_set
from cds_service.engine.content import SUFFIXES, ClinicalContent, ContentError, read_file
from cds_service.engine.site_codes import contradictions, unknown_url
from cds_service.fhir.release import problems_of
from cds_service.security.trusted_clients import TrustedClientsError, load_trusted_clients

SCENARIO_KEYS = frozenset(
    ("scenario", "claim", "like", "as of", "hook", "selected", "order", "orders", "record",
     "without", "change", "not searched", "incomplete", "failed", "expect")
)  # fmt: skip


def problems_in(path: Path, content: ClinicalContent) -> Iterator[str]:
    """Yield one line for each problem of a file, or of a folder of a site's own value sets."""
    if path.is_dir():
        for inside in sorted(path.iterdir()):
            yield from _problems_of_site_file(inside, content)
        return
    try:
        found = _loaded(path)
    except (OSError, ValueError, yaml.YAMLError) as error:
        yield f"{path}: cannot be read as JSON or YAML ({type(error).__name__})"
        return
    if isinstance(found, dict) and "clients" in found:
        yield from _client_problems(path)
        return
    check = _check_for(found)
    if check is None:
        yield f"{path}: neither a FHIR resource nor a list of scenarios"
        return
    for problem in check(found):
        yield f"{path}: {problem}"
    if check is _value_set_problems:
        yield from _unread_codes(path, content)


def _client_problems(path: Path) -> Iterator[str]:
    """Yield why the service would not start with a trusted clients file, if it would not."""
    try:
        load_trusted_clients(path, unchecked_as_card=False)
    except TrustedClientsError as error:
        yield str(error)


def _problems_of_site_file(path: Path, content: ClinicalContent) -> Iterator[str]:
    """Yield the problems of one file in the folder that SPINE_CDS_VALUE_SETS names."""
    if path.suffix not in SUFFIXES:
        yield f"{path}: is not read; a ValueSet as {', '.join(sorted(SUFFIXES))} is expected"
        return
    problems = list(problems_in(path, content))
    yield from problems
    if not problems and _check_for(_loaded(path)) is not _value_set_problems:
        yield f"{path}: no ValueSet, and the folder holds nothing else"


def _unread_codes(path: Path, content: ClinicalContent) -> Iterator[str]:
    """Yield that a ValueSet adds to none of ours; says nothing of one that cannot be read."""
    with suppress(ContentError):
        problem = unknown_url(read_file(path), content.terminology)
        if problem is not None and content.terminology.ids:
            yield f"{path}: {problem}"


def problems_together(paths: Iterable[Path], content: ClinicalContent) -> Iterator[str]:
    """Yield the codes that the value sets of the files, added to ours, give two meanings."""
    inside = [p for path in paths for p in (sorted(path.iterdir()) if path.is_dir() else [path])]
    added = []
    for path in inside:
        if path.suffix in SUFFIXES:
            with suppress(ContentError):
                added.append(read_file(path))
    ours = [content.terminology[name] for name in sorted(content.terminology.ids)]
    yield from contradictions(Terminology([*ours, *added]), content.exclusive)


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
