"""A hospital's own codes: what ``spine-cds validate`` finds, and what stops the start."""

import json
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from cds_service import cli
from cds_service.engine.codes import CPT
from cds_service.engine.content import ContentError, load_content
from tests.chart import SPINE

OURS = "https://spine-cds.org/fhir/ValueSet/"
PROVENANCE = "https://spine-cds.org/fhir/StructureDefinition/code-provenance"
LOCAL = "urn:oid:1.2.3"
DOCUMENT = Path(__file__).parents[1] / "docs" / "local-codes.md"


def value_set(name, *codes, system=LOCAL, url=None, **include):
    part = {
        "extension": [{"url": PROVENANCE, "valueString": "Catalogue of 2026-02-01"}],
        "system": system,
        "concept": [{"code": code} for code in codes],
    } | include
    return {
        "resourceType": "ValueSet",
        "url": url or OURS + name,
        "name": "Local",
        "status": "active",
        "compose": {"include": [{k: v for k, v in part.items() if v is not None}]},
    }


@pytest.fixture
def site(tmp_path):
    """A folder with files, each given as what it holds."""

    def made(**files):
        folder = tmp_path / "site"
        folder.mkdir()
        for name, content in files.items():
            stem, _, suffix = name.rpartition("_")
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / f"{stem}.{suffix}").write_text(text)
        return folder

    return made


def validated(*paths):
    result = CliRunner().invoke(cli.main, ["validate", *map(str, paths)])
    return result.exit_code, result.output


def test_a_site_folder_in_yaml_and_json_is_checked_and_used(site):
    removal = value_set("removal-of-posterior-instrumentation", "104327")
    folder = site(orders_json=removal, labs_yaml=yaml.safe_dump(value_set("esr", "7")))
    assert validated(folder) == (0, "2 valid\n")
    terms = load_content([SPINE], folder).terminology
    assert terms.memberships(LOCAL, "104327") == {"removal-of-posterior-instrumentation"}
    assert terms.memberships(LOCAL, "7") == {"esr"}
    assert "removal-of-posterior-instrumentation" in terms.memberships(CPT, "22852")


def test_the_example_of_the_document_is_valid(site):
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    code, said = validated(site(orders_yaml="\n".join(x[3:] for x in example.splitlines())))
    assert (code, said) == (0, "1 valid\n")


def test_every_value_set_that_the_document_names_exists():
    table = DOCUMENT.read_text(encoding="utf-8").split("## Mapping")[0]
    named = {
        n
        for row in table.splitlines()
        if row.startswith("| ")
        for n in re.findall(r"`([a-z0-9-]+)`", row)
    }
    assert len(named) > 20
    assert named <= load_content([SPINE]).terminology.ids


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (
            value_set("removal-of-posterior-instrumentaton", "1"),
            f"so nothing reads these codes; {OURS}removal-of-posterior-instrumentation is meant?",
        ),
        (value_set("", "1", url="https://example.org/ValueSet/esr"), "no value set is called"),
        (value_set("esr", "1", extension=None), "compose.include[0]: no provenance"),
        (value_set("esr", "1", system=None), "compose: codes without a system"),
        (value_set("esr", 1), "compose: code 1 is not quoted"),
        ({"resourceType": "Patient", "id": "p1"}, "no ValueSet, and the folder holds nothing else"),
        ([{"scenario": "A", "expect": {}}], "no ValueSet, and the folder holds nothing else"),
        ({"a": 1}, "neither a FHIR resource nor a list of scenarios"),
        ("{", "cannot be read as JSON or YAML"),
    ],
)
def test_each_problem_of_a_site_file_is_told_with_its_file(site, held, said):
    folder = site(codes_json=held)
    code, output = validated(folder)
    assert code == 1
    assert said in output
    assert str(folder / "codes.json") in output


def test_a_file_of_another_kind_would_be_passed_over_and_is_told(site):
    folder = site(codes_xml="<ValueSet/>")
    code, output = validated(folder)
    assert code == 1
    assert "is not read; a ValueSet as .json, .yaml, .yml is expected" in output


def test_a_code_with_two_meanings_in_a_sites_own_files_is_told_and_stops_the_start(site):
    folder = site(
        a_json=value_set("finding-solid-fusion", "x1"), b_json=value_set("finding-nonunion", "x1")
    )
    said = (
        f"{LOCAL}|x1 is in finding-solid-fusion and in finding-nonunion, which exclude each other"
    )
    code, output = validated(folder)
    assert (code, output) == (1, f"{said}\n")
    assert validated(*sorted(folder.iterdir()))[1] == f"{said}\n"
    with pytest.raises(ContentError, match=re.escape(said)):
        load_content([SPINE], folder)


def test_a_code_that_contradicts_one_of_ours_is_told(site):
    folder = site(mr_json=value_set("mr-lumbar-spine", "72131", system=CPT))
    assert "72131 is in ct-lumbar-spine and in mr-lumbar-spine" in validated(folder)[1]


def test_a_code_of_a_family_of_ours_contradicts_it_too(site):
    icd = "http://hl7.org/fhir/sid/icd-10-cm"
    folder = site(a_json=value_set("osteopenia", "M80.00XA", system=icd))
    assert "is in osteoporosis and in osteopenia" in validated(folder)[1]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (value_set("esr", "1", system=None), "codes without a system"),
        ({"resourceType": "Patient"}, "not a ValueSet"),
        ("{", "codes.json"),
    ],
)
def test_what_cannot_be_honoured_stops_the_start_with_the_name_of_the_file(site, held, said):
    with pytest.raises(ContentError, match=said):
        load_content([SPINE], site(codes_json=held))


def test_our_own_value_sets_are_valid_as_a_folder():
    assert validated(SPINE / "value_sets")[0] == 0
