"""Clinical content that is data: value sets and configuration, with a site's own on top."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml import YAMLError

from cds_service.engine.codes import (
    Terminology,
    ValueSet,
    load_site_yaml,
    load_yaml,
    read_value_set,
)
from cds_service.engine.limits import Entry, ratio_of, refusals
from cds_service.engine.site_codes import Group, contradictions

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
Setting = str | int | float | bool


class ContentError(ValueError):
    """Clinical content that cannot be honoured; the message names the file and what is wrong."""


class Configuration:
    """The clinical configuration keys of clinical.md, section 8, each with its value."""

    def __init__(self, values: Mapping[str, Setting]) -> None:
        self._values = dict(values)

    def __getitem__(self, key: str) -> Setting:
        """Return a value; KeyError when there is no such key."""
        return self._values[key]

    def __iter__(self) -> Any:
        return iter(self._values)

    def number(self, key: str) -> float:
        """Return a numeric value."""
        value = self._values[key]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{key} is not a number")
        return value

    def count(self, key: str) -> int:
        """Return a whole number of months, days or characters."""
        value = self._values[key]
        return value if type(value) is int else int(self.number(key))

    def flag(self, key: str) -> bool:
        """Return a yes-or-no value."""
        return self._values[key] is True

    def parts(self, key: str) -> frozenset[str]:
        """Return the words of a comma list."""
        return frozenset(part.strip() for part in str(self._values[key]).split(","))

    def ratio(self, key: str) -> tuple[int, int]:
        """Return the two numbers of a value such as ``90/180``."""
        found = ratio_of(self._values[key])
        if found is None:
            raise TypeError(f"{key} is no ratio")
        return found


@dataclass(frozen=True)
class ClinicalContent:
    """What criteria are judged with, beside the record: terminology and configuration.

    ``exclusive`` are groups of value sets that share no code.
    """

    terminology: Terminology
    configuration: Configuration
    exclusive: tuple[Group, ...] = ()


def load_content(
    folders: Iterable[Path], site_value_sets: Path | None = None, overrides: Path | None = None
) -> ClinicalContent:
    """Return the content of the folders.

    That is ``value_sets/``, ``configuration.yaml`` and ``exclusive_value_sets.yaml``.

    A site's ValueSet with the url of ours adds to it; a site's configuration
    replaces single values.
    ContentError when a file cannot be honoured or names an unknown key.
    """
    value_sets: list[ValueSet] = []
    entries: dict[str, Entry] = {}
    exclusive: list[Group] = []
    for folder in dict.fromkeys(folders):
        value_sets += read_folder(folder / "value_sets")
        entries |= read_settings(folder)
        exclusive += _exclusive(folder / "exclusive_value_sets.yaml")
    if site_value_sets is not None:
        if not site_value_sets.is_dir():
            raise ContentError(f"{site_value_sets}: no such folder of value sets")
        value_sets += read_folder(site_value_sets)
    values = {key: entry["value"] for key, entry in entries.items()}
    if overrides is not None:
        values |= _overrides(overrides, entries)
        for refusal in refusals(values, entries):
            raise ContentError(f"{overrides}: {refusal}")
    terminology = Terminology(value_sets)
    for contradiction in contradictions(terminology, exclusive):
        raise ContentError(f"{site_value_sets or 'value sets'}: {contradiction}")
    return ClinicalContent(terminology, Configuration(values), tuple(exclusive))


def _exclusive(path: Path) -> list[Group]:
    groups: list[Group] = load_yaml(path) if path.exists() else []
    return groups


def read_folder(folder: Path) -> list[ValueSet]:
    """Return the value sets of one folder, YAML or JSON, in the order of their file names."""
    return [read_file(path) for path in sorted(folder.glob("*")) if path.suffix in SUFFIXES]


def read_file(path: Path) -> ValueSet:
    """Return the value set of one file; ContentError when it cannot be honoured."""
    try:
        return read_value_set(load_yaml(path))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, YAMLError) as error:
        raise ContentError(f"{path}: {error}") from error


def read_settings(folder: Path) -> dict[str, Entry]:
    """Return the configuration keys of a folder, each with its default, meaning and source."""
    path = folder / "configuration.yaml"
    entries: dict[str, Entry] = load_yaml(path) if path.exists() else {}
    return entries


def _overrides(path: Path, entries: Mapping[str, Entry]) -> dict[str, Setting]:
    if not path.is_file():
        raise ContentError(f"{path}: no such clinical configuration")
    try:
        given = load_site_yaml(path) or {}
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ContentError(f"{path}: {error}") from error
    if not isinstance(given, dict):
        raise ContentError(f"{path}: a mapping of keys to values is expected")
    for key in given:
        if key not in entries:
            raise ContentError(f"{path}: unknown key {key}")
    return given
