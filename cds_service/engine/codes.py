"""Codes, value sets and the terminology that tells which value sets a code belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from cds_service.engine.vocabulary import Vocabulary

ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED_CT = "http://snomed.info/sct"
CPT = "http://www.ama-assn.org/go/cpt"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SYSTEM_NAMES = {ICD_10_CM: "ICD-10-CM", SNOMED_CT: "SNOMED CT", CPT: "CPT", LOINC: "LOINC"}
PROVENANCE = "https://spine-cds.org/fhir/StructureDefinition/code-provenance"

# Spellings seen in real data (clinical.md, 3.1); what is not here is taken as written.
_SPELLINGS = {
    "urn:oid:2.16.840.1.113883.6.90": ICD_10_CM,
    "http://hl7.org/fhir/sid/icd-10": ICD_10_CM,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED_CT,
    "urn:oid:2.16.840.1.113883.6.12": CPT,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.6.88": RXNORM,
}
_IN_NONE: frozenset[str] = frozenset()
_BESIDE_A_CODE = 64  # spaces, dots and modifiers that may be written with one
SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(path: Path) -> Any:
    """Return the content of one YAML file of the project or of a site."""
    with path.open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=SafeLoader)  # noqa: S506 - safe, and in C if there


class _OnceLoader(yaml.SafeLoader):
    """YAML in which no key stands twice: the first of two would be silently without effect."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        names = [key.value for key, _ in node.value]
        for name in names:
            if names.count(name) > 1:
                line = node.start_mark.line + 1
                raise yaml.YAMLError(f"{name} stands twice in the mapping at line {line}")
        return super().construct_mapping(node, deep)


def load_site_yaml(path: Path) -> Any:
    """Return the content of a file that a site has written; YAMLError, OSError, UnicodeError."""
    with path.open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=_OnceLoader)  # noqa: S506  # nosec B506 - a safe one


def canonical(system: str, code: str) -> tuple[str, str]:
    """Return the system in its FHIR R4 spelling and the code without spaces or ICD dot."""
    system = _SPELLINGS.get(system, system)
    code = code.strip()
    if system == ICD_10_CM:
        return system, code.replace(".", "").upper()
    # A CPT code may carry modifiers: 22852-59.
    return system, code.partition("-")[0] if system == CPT else code


def spellings(system: str, code: str) -> tuple[str, ...]:
    """Return how a canonical code may be written in data: that of ICD with its dot or without."""
    if system == ICD_10_CM and len(code) > 3:
        return code, f"{code[:3]}.{code[3:]}"
    return (code,)


@dataclass(frozen=True)
class Part:
    """One include or exclude of a value set as it is written, with the source of its codes."""

    system: str
    codes: tuple[str, ...]
    families: tuple[str, ...]
    provenance: str
    excludes: bool = False


@dataclass(frozen=True)
class ValueSet:
    """One FHIR ValueSet: enumerated codes, and families of codes (``is-a``, by prefix)."""

    url: str
    title: str
    codes: frozenset[tuple[str, str]]
    families: tuple[tuple[str, str], ...] = ()
    excluded: frozenset[tuple[str, str]] = frozenset()
    excluded_families: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def id(self) -> str:
        """The last segment of the url, by which criteria name it."""
        return self.url.rsplit("/", 1)[-1]

    def contains(self, system: str, code: str) -> bool:
        """Whether a canonical code belongs to this value set."""
        pair = (system, code)
        if pair in self.excluded or _in_family(pair, self.excluded_families):
            return False
        return pair in self.codes or _in_family(pair, self.families)

    def joined(self, other: ValueSet) -> ValueSet:
        """Return this value set with the codes of another one added (a site's own)."""
        return ValueSet(
            self.url,
            self.title,
            self.codes | other.codes,
            self.families + other.families,
            self.excluded | other.excluded,
            self.excluded_families + other.excluded_families,
            self.parts + other.parts,
        )


def _in_family(pair: tuple[str, str], families: tuple[tuple[str, str], ...]) -> bool:
    system, code = pair
    return any(system == family and code.startswith(stem) for family, stem in families)


def read_value_set(resource: Mapping[str, Any]) -> ValueSet:
    """Return the value set of a FHIR ValueSet resource; ValueError when we could not honour it.

    ``compose.include`` and ``exclude`` may enumerate concepts or name families by the filter
    ``concept is-a STEM``, which for ICD-10-CM is the classification's own prefix order.
    """
    if resource.get("resourceType") != "ValueSet":
        raise ValueError("not a ValueSet")
    url, compose = resource.get("url"), resource.get("compose") or {}
    if not isinstance(url, str) or not url:
        raise ValueError("a ValueSet needs a url")
    includes, excludes = compose.get("include") or [], compose.get("exclude") or []
    codes, families = _composed(includes)
    excluded, excluded_families = _composed(excludes)
    parts = [_part(part, excludes=False) for part in includes]
    parts += [_part(part, excludes=True) for part in excludes]
    title = str(resource.get("title") or url)
    return ValueSet(url, title, codes, families, excluded, excluded_families, tuple(parts))


def _part(part: Mapping[str, Any], *, excludes: bool) -> Part:
    given = [e["valueString"] for e in part.get("extension") or [] if e.get("url") == PROVENANCE]
    return Part(
        part["system"],
        tuple(concept["code"] for concept in part.get("concept") or []),
        tuple(item["value"] for item in part.get("filter") or []),
        " ".join(given[0].split()) if given else "",
        excludes,
    )


def _system_of(part: Mapping[str, Any]) -> str:
    if odd := set(part) - {"system", "concept", "filter", "extension", "version"}:
        raise ValueError(f"cannot honour {sorted(odd)} in compose")
    system = part.get("system")
    if not isinstance(system, str) or not system:
        raise ValueError("codes without a system: an include or exclude needs one")
    return system


def _composed(
    parts: Iterable[Mapping[str, Any]],
) -> tuple[frozenset[tuple[str, str]], tuple[tuple[str, str], ...]]:
    codes: set[tuple[str, str]] = set()
    families: list[tuple[str, str]] = []
    for part in parts:
        system = _system_of(part)
        for concept in part.get("concept") or []:
            if not isinstance(concept["code"], str):
                raise ValueError(f"code {concept['code']!r} is not quoted")
            codes.add(canonical(system, concept["code"]))
        filters = part.get("filter") or []
        if len(filters) > 1 or (filters and part.get("concept")):
            raise ValueError("one filter an include, and none beside concept (FHIR vsd-3)")
        for item in filters:
            if (item["property"], item["op"]) != ("concept", "is-a"):
                raise ValueError("only the filter 'concept is-a' can be honoured")
            families.append(canonical(system, item["value"]))
    return frozenset(codes), tuple(families)


class Terminology:
    """All value sets of a deployment, and for each code the ids of those it belongs to."""

    def __init__(self, value_sets: Iterable[ValueSet]) -> None:
        self._by_id: dict[str, ValueSet] = {}
        for value_set in value_sets:
            known = self._by_id.get(value_set.id)
            self._by_id[value_set.id] = value_set if known is None else known.joined(value_set)
        self._index = _index(self._by_id.values())
        self._systems = frozenset(system for system, _ in self._index)
        families = [stem for vs in self._by_id.values() for _, stem in vs.families]
        self._stem_lengths = frozenset(map(len, families))
        self._longest = max((len(code) for _, code in self._index), default=0) + _BESIDE_A_CODE
        self._memberships: dict[str | None, Vocabulary] = {
            system: Vocabulary(partial(self._find, system)) for system in self._systems
        }
        for spelling, system in _SPELLINGS.items():
            if system in self._systems:
                self._memberships[spelling] = self._memberships[system]
        self._is_known = Vocabulary(self._is_of_any_system)

    def __getitem__(self, value_set_id: str) -> ValueSet:
        """Return one value set by its id; KeyError when there is none."""
        return self._by_id[value_set_id]

    def __contains__(self, value_set_id: str) -> bool:
        return value_set_id in self._by_id

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all value sets."""
        return frozenset(self._by_id)

    @property
    def is_known(self) -> Callable[[str | None], bool]:
        """Whether a code belongs to any value set under any system: most of a record do not."""
        return self._is_known.__getitem__  # type: ignore[return-value]

    def memberships(self, system: str | None, code: str | None) -> frozenset[str]:
        """Return the ids of the value sets that a code, as written in the record, belongs to.

        What is of a system of no value set is not kept in a cache.
        """
        of_system = self._memberships.get(system)
        found: frozenset[str] = of_system[code] if of_system is not None and code else _IN_NONE
        return found

    def _is_of_any_system(self, code: str) -> bool:
        return bool(code) and any(self._find(system, code) for system in self._systems)

    def _find(self, system: str, code: str) -> frozenset[str]:
        if len(code) > self._longest:
            return _IN_NONE
        system, code = canonical(system, code)
        heads = {code, *(code[:length] for length in self._stem_lengths)}
        likely = [vs for head in heads for vs in self._index.get((system, head), ())]
        return frozenset(vs.id for vs in likely if vs.contains(system, code))


def _index(value_sets: Iterable[ValueSet]) -> dict[tuple[str, str], list[ValueSet]]:
    """Return the value sets by their codes and by the stems of their families."""
    index: dict[tuple[str, str], list[ValueSet]] = {}
    for value_set in value_sets:
        for pair in value_set.codes.union(value_set.families):
            index.setdefault(pair, []).append(value_set)
    return index
