"""The value sets of the project: valid FHIR, loadable, each code with its source, no known trap."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.valueset import ValueSet as FhirValueSet

from cds_service.engine.codes import (
    CPT,
    ICD_10_CM,
    LOINC,
    SNOMED_CT,
    Terminology,
    load_yaml,
    read_value_set,
)

FOLDER = Path(__file__).parent.parent / "hooks" / "spine" / "value_sets"
FILES = sorted(FOLDER.glob("*.yaml"))
RESOURCES: dict[str, dict[str, Any]] = {path.stem: load_yaml(path) for path in FILES}
EXCLUSIVE: list[list[str]] = load_yaml(FOLDER.parent / "exclusive_value_sets.yaml")
PROVENANCE = "https://spine-cds.org/fhir/StructureDefinition/code-provenance"
OID = "urn:oid:2.16.840.1.113883.6."
SHIPPED_EMPTY = {
    "expectations-counselling",
    "finding-solid-fusion",
    "finding-hardware-prominence",
    "finding-adjacent-segment-disease",
}
EXPECTED = {
    "conservative-care",
    "expectations-counselling",
    "removal-of-posterior-instrumentation",
    "reinsertion-of-spinal-fixation",
    "exploration-of-fusion",
    "lumbar-fusion",
    "spinal-fusion-any-region",
    "posterior-instrumentation",
    "anterior-instrumentation",
    "removal-of-anterior-instrumentation",
    "generic-implant-removal",
    "fusion-out-of-scope",
    "si-joint-fusion",
    "site-lumbar-to-pelvis",
    "site-out-of-scope",
    "site-iliac-hardware",
    "prior-fusion-status",
    "nonunion",
    "hardware-breakage",
    "hardware-displacement",
    "hardware-other-mechanical",
    "implant-pain",
    "pain-due-to-device",
    "implant-other-complication",
    "infection-hardware",
    "infection-device-any-site",
    "infection-spine",
    "low-back-pain",
    "lower-spine-reason",
    "radicular",
    "cauda-equina",
    "adjacent-segment-surrogates",
    "scoliosis",
    "si-joint-pain",
    "tobacco-current",
    "tobacco-former",
    "diabetes",
    "malnutrition",
    "vitamin-d-deficiency",
    "osteoporosis",
    "osteopenia",
    "opioid-use",
    "pregnancy",
    "pregnancy-status",
    "other-lumbar-surgery",
    "smoking-current",
    "smoking-former",
    "smoking-never",
    "qualifier-present",
    "qualifier-absent",
    "interpretation-high",
    "interpretation-low",
    "interpretation-normal",
    "interpretation-positive",
    "interpretation-negative",
    "esr",
    "crp",
    "crp-high-sensitivity",
    "hba1c",
    "albumin",
    "prealbumin",
    "vitamin-d",
    "smoking-status",
    "pain-score",
    "odi-score",
    "dxa-t-score",
    "tissue-culture",
    "ct-lumbar-spine",
    "mr-lumbar-spine",
    "xr-lumbar-spine",
    "xr-flexion-extension",
    "imaging-report-any",
    "modality-ct",
    "modality-nm-pet",
    "modality-mr",
    "modality-xr",
    "finding-solid-fusion",
    "finding-nonunion",
    "finding-hardware-failure",
    "finding-hardware-prominence",
    "finding-infection",
    "finding-adjacent-segment-disease",
    "smoking-cessation-counselling",
    "dxa-order",
    "workers-compensation",
}

each_resource = pytest.mark.parametrize("resource", RESOURCES.values(), ids=RESOURCES)


@pytest.fixture(scope="module")
def terminology() -> Terminology:
    return Terminology(read_value_set(resource) for resource in RESOURCES.values())


def parts(resource: dict[str, Any]) -> list[dict[str, Any]]:
    compose = resource.get("compose", {})
    return [*compose.get("include", []), *compose.get("exclude", [])]


def written_codes(resource: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (part["system"], code)
        for part in parts(resource)
        for code in (
            *(concept["code"] for concept in part.get("concept", [])),
            *(item["value"] for item in part.get("filter", [])),
        )
    ]


ALL_CODES = [pair for resource in RESOURCES.values() for pair in written_codes(resource)]


# The files


def test_every_value_set_that_the_services_name_is_there() -> None:
    assert set(RESOURCES) == EXPECTED


@each_resource
def test_every_file_is_a_valid_fhir_r4b_value_set(resource: dict[str, Any]) -> None:
    FhirValueSet.model_validate(resource)


@pytest.mark.parametrize("stem", RESOURCES)
def test_file_name_and_id_and_end_of_the_url_are_the_same(stem: str) -> None:
    resource = RESOURCES[stem]
    assert resource["id"] == stem
    assert resource["url"] == f"https://spine-cds.org/fhir/ValueSet/{stem}"
    assert read_value_set(resource).id == stem


@each_resource
def test_every_value_set_has_the_common_header(resource: dict[str, Any]) -> None:
    assert resource["version"] == "2026.1.0"
    assert (resource["status"], resource["experimental"]) == ("draft", False)
    assert (resource["date"], resource["publisher"]) == ("2026-11-22", "spine-cds")
    assert resource["name"].lower() == resource["id"].replace("-", "")
    assert all(resource[text].strip() for text in ("title", "description", "purpose"))


def test_no_two_value_sets_share_a_title_or_a_name() -> None:
    for field in ("title", "name"):
        values = [resource[field] for resource in RESOURCES.values()]
        assert len(values) == len(set(values))


# The codes and their sources


@each_resource
def test_every_include_and_exclude_names_the_source_of_its_codes(resource: dict[str, Any]) -> None:
    for part in parts(resource):
        (extension,) = part["extension"]
        assert extension["url"] == PROVENANCE
        assert extension["valueString"].strip()


@each_resource
def test_every_include_holds_concepts_or_one_filter_as_fhir_demands(
    resource: dict[str, Any],
) -> None:
    for part in parts(resource):
        assert ("concept" in part) != ("filter" in part)
        assert len(part.get("filter", [None])) == 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_code_is_quoted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    values = re.findall(r"(?:\bcode:|\bvalue:) *(\S)", text)
    assert set(values) <= {'"'}
    assert len(values) == len(written_codes(RESOURCES[path.stem]))


@each_resource
def test_no_code_is_listed_twice_in_a_value_set(resource: dict[str, Any]) -> None:
    codes = written_codes(resource)
    assert len(codes) == len(set(codes))


@each_resource
def test_every_included_code_is_found_by_the_engine(
    resource: dict[str, Any], terminology: Terminology
) -> None:
    for part in resource.get("compose", {}).get("include", []):
        for concept in part.get("concept", []):
            assert resource["id"] in terminology.memberships(part["system"], concept["code"])
        for item in part.get("filter", []):
            assert resource["id"] in terminology.memberships(part["system"], item["value"])


@each_resource
def test_every_excluded_code_would_be_in_without_the_exclude(resource: dict[str, Any]) -> None:
    compose = resource.get("compose", {})
    open_set = read_value_set({**resource, "compose": {"include": compose.get("include", [])}})
    closed_set = read_value_set(resource)
    for pair in closed_set.excluded:
        assert open_set.contains(*pair)
        assert not closed_set.contains(*pair)


def test_only_the_findings_without_a_verified_code_ship_empty() -> None:
    empty = {vid for vid, resource in RESOURCES.items() if not written_codes(resource)}
    assert empty == SHIPPED_EMPTY
    assert all("Ships empty" in RESOURCES[vid]["description"] for vid in empty)


def test_a_site_fills_a_value_set_that_ships_empty_by_one_with_the_same_url() -> None:
    resource = RESOURCES["finding-solid-fusion"]
    include = [{"system": "urn:example:local", "concept": [{"code": "FUSED"}]}]
    site = read_value_set({**resource, "compose": {"include": include}})
    joined = Terminology([read_value_set(resource), site])
    assert joined.memberships("urn:example:local", "FUSED") == {"finding-solid-fusion"}


def test_icd_codes_are_written_with_the_dot_as_published() -> None:
    for system, code in ALL_CODES:
        if system == ICD_10_CM:
            assert re.fullmatch(r"[A-Z]\d[\dA-Z](\.[\dA-Z]{1,4})?", code), code


def test_codes_have_the_form_of_their_system() -> None:
    forms = {CPT: r"\d{5}", SNOMED_CT: r"\d{6,18}", LOINC: r"(\d{1,5}|LA\d{4,5})-\d"}
    for system, code in ALL_CODES:
        assert re.fullmatch(forms.get(system, r".+"), code), (system, code)


def test_no_loinc_or_snomed_code_has_a_typing_error_in_its_check_digit() -> None:
    for system, code in ALL_CODES:
        if system == LOINC and not code.startswith("LA"):
            number, check = code.split("-")
            assert luhn(number) == int(check), code
        elif system == SNOMED_CT:
            assert verhoeff(code) == 0, code


def luhn(number: str) -> int:
    doubled = (int(d) * (2 - place % 2) for place, d in enumerate(reversed(number)))
    return -sum(value // 10 + value % 10 for value in doubled) % 10


def verhoeff(number: str) -> int:
    """The sum of a number in the dihedral group of ten elements, 0 when the check digit fits."""
    permutation = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit)
        for _ in range(place % 8):
            value = permutation[value]
        turn = total % 5 - value % 5 if total >= 5 else total % 5 + value % 5
        total = turn % 5 + (5 if (total >= 5) != (value >= 5) else 0)
    return total


def test_cpt_codes_carry_no_licensed_description() -> None:
    for resource in RESOURCES.values():
        for part in parts(resource):
            if part["system"] == CPT:
                assert all(set(concept) == {"code"} for concept in part["concept"])


# What the contract and the criteria rely on


@pytest.mark.parametrize(
    ("system", "code", "value_set"),
    [
        (LOINC, "30620-9", "ct-lumbar-spine"),
        (CPT, "72131", "ct-lumbar-spine"),
        (LOINC, "24971-4", "xr-flexion-extension"),
        (LOINC, "4537-7", "esr"),
        (LOINC, "1988-5", "crp"),
        (LOINC, "4548-4", "hba1c"),
        (LOINC, "1751-7", "albumin"),
        (LOINC, "14338-8", "prealbumin"),
        (LOINC, "62292-8", "vitamin-d"),
        (SNOMED_CT, "225323000", "smoking-cessation-counselling"),
    ],
)
def test_the_coding_of_every_suggestion_is_in_the_set_that_suppresses_it(
    terminology: Terminology, system: str, code: str, value_set: str
) -> None:
    assert value_set in terminology.memberships(system, code)


@pytest.mark.parametrize("seventh", ["A", "D", "S"])
@pytest.mark.parametrize(
    ("stem", "value_set"),
    [
        ("T84.216", "hardware-breakage"),
        ("T84.226", "hardware-displacement"),
        ("T84.296", "hardware-other-mechanical"),
        ("T84.84X", "implant-pain"),
        ("T84.89X", "implant-other-complication"),
        ("T84.9XX", "implant-other-complication"),
        ("T84.63X", "infection-hardware"),
        ("T84.7XX", "infection-device-any-site"),
        ("T81.42X", "infection-spine"),
    ],
)
def test_every_seventh_character_belongs_with_and_without_the_dot(
    terminology: Terminology, stem: str, value_set: str, seventh: str
) -> None:
    code = stem + seventh
    assert value_set in terminology.memberships(ICD_10_CM, code)
    assert value_set in terminology.memberships(ICD_10_CM, code.replace(".", "").lower())


@pytest.mark.parametrize(
    ("system", "code", "value_set"),
    [
        (f"{OID}90", "T84216D", "hardware-breakage"),
        ("http://hl7.org/fhir/sid/icd-10", "M96.0", "nonunion"),
        (f"{OID}96", "50172003", "lumbar-fusion"),
        (f"{OID}12", "22850", "removal-of-posterior-instrumentation"),
        (f"{OID}1", "72166-2", "smoking-status"),
    ],
)
def test_legacy_spellings_of_the_code_systems_are_understood(
    terminology: Terminology, system: str, code: str, value_set: str
) -> None:
    assert value_set in terminology.memberships(system, code)


@pytest.mark.parametrize("ids", EXCLUSIVE, ids="/".join)
def test_value_sets_that_exclude_each_other_share_no_code(ids: list[str]) -> None:
    for one, other in combinations((read_value_set(RESOURCES[vid]) for vid in ids), 2):
        assert not any(other.contains(*pair) for pair in one.codes | set(one.families))
        assert not any(one.contains(*pair) for pair in other.codes | set(other.families))


def test_iliac_sites_and_flexion_extension_views_are_part_of_the_wider_sets(
    terminology: Terminology,
) -> None:
    for part, whole in (
        ("site-iliac-hardware", "site-lumbar-to-pelvis"),
        ("xr-flexion-extension", "xr-lumbar-spine"),
    ):
        assert terminology[part].codes < terminology[whole].codes


def test_findings_of_infection_are_the_icd_codes_of_the_two_infection_sets(
    terminology: Terminology,
) -> None:
    finding = terminology["finding-infection"]
    spine, hardware = terminology["infection-spine"], terminology["infection-hardware"]
    assert finding.codes == {pair for pair in spine.codes if pair[0] == ICD_10_CM}
    assert set(finding.families) == {*spine.families, *hardware.families}


# Traps (clinical.md, section 3)


@pytest.mark.parametrize(
    ("system", "code", "value_set"),
    [
        (ICD_10_CM, "M43.26", "prior-fusion-status"),
        (ICD_10_CM, "F17.201", "tobacco-current"),
        (ICD_10_CM, "F17.211", "tobacco-current"),
        (ICD_10_CM, "F17.221", "tobacco-current"),
        (ICD_10_CM, "F17291", "tobacco-current"),
        (ICD_10_CM, "Z87.891", "tobacco-current"),
        (ICD_10_CM, "F11.11", "opioid-use"),
        (ICD_10_CM, "F11.21", "opioid-use"),
        (ICD_10_CM, "F11.91", "opioid-use"),
        (SNOMED_CT, "191821007", "opioid-use"),
        (ICD_10_CM, "T84.7XXA", "infection-hardware"),
        (ICD_10_CM, "M46.22", "infection-spine"),
        (ICD_10_CM, "M54.12", "radicular"),
        (ICD_10_CM, "M54.6", "low-back-pain"),
        (LOINC, "30797-1", "ct-lumbar-spine"),
        (LOINC, "38267-1", "dxa-order"),
        (LOINC, "LA18979-7", "smoking-current"),
    ],
)
def test_a_code_that_looks_right_is_kept_out(
    terminology: Terminology, system: str, code: str, value_set: str
) -> None:
    assert value_set not in terminology.memberships(system, code)


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (SNOMED_CT, "302941001"),  # nonunion of a fracture
        (SNOMED_CT, "51282000"),  # a vertebra or the whole spine
        (ICD_10_CM, "T85.84XA"),  # no longer valid
        (ICD_10_CM, "T85.848A"),  # not orthopaedic
        (ICD_10_CM, "M43.26"),  # fusion as a deformity
        (CPT, "78320"),  # retired bone SPECT
        (LOINC, "6463-4"),  # culture of an unspecified specimen, urine perhaps
    ],
)
def test_a_code_that_misleads_is_in_no_value_set(
    terminology: Terminology, system: str, code: str
) -> None:
    assert not terminology.memberships(system, code)


def test_abnormal_without_a_direction_is_no_interpretation(terminology: Terminology) -> None:
    system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    assert not terminology.memberships(system, "A")
    assert terminology.memberships(system, "POS") == {"interpretation-positive"}


@pytest.mark.parametrize("code", ["F17.200", "F17.210", "F17.219", "F17.298", "Z72.0"])
def test_active_nicotine_dependence_is_current_tobacco_use(
    terminology: Terminology, code: str
) -> None:
    assert terminology.memberships(ICD_10_CM, code) == {"tobacco-current"}


def test_the_new_sub_codes_of_lumbar_disc_degeneration_are_surrogates(
    terminology: Terminology,
) -> None:
    for code in ("M51.36", "M51.360", "M51.361", "M51.362", "M51.369", "M51.370", "M51.379"):
        assert terminology.memberships(ICD_10_CM, code) == {"adjacent-segment-surrogates"}


def test_generic_removal_and_generic_fusion_are_no_spine_order_by_themselves(
    terminology: Terminology,
) -> None:
    for code in ("20670", "20680"):
        assert terminology.memberships(CPT, code) == {"generic-implant-removal"}
    assert terminology.memberships(SNOMED_CT, "72010008") == {"generic-implant-removal"}
    assert terminology.memberships(SNOMED_CT, "55705006") == {"spinal-fusion-any-region"}
    assert terminology.memberships(CPT, "22855") == {"removal-of-anterior-instrumentation"}
