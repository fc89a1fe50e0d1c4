"""Value sets and configuration from files, with a site's own on top."""

from pathlib import Path

import pytest

from cds_service.engine.codes import LOINC
from cds_service.engine.content import Configuration, ContentError, load_content
from tests.chart import SPINE

VALUE_SET = """
resourceType: ValueSet
url: https://spine-cds.org/fhir/ValueSet/{name}
compose: {{include: [{{system: "http://loinc.org", concept: [{{code: "{code}"}}]}}]}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sets = tmp_path / "ours" / "value_sets"
    sets.mkdir(parents=True)
    (sets / "a.yaml").write_text(VALUE_SET.format(name="a", code="1"))
    (tmp_path / "ours" / "configuration.yaml").write_text(
        'x.months: {value: 12, source: "s"}\nx.flag: {value: true, source: "s"}\n'
        'x.word: {value: always, source: "s"}\nx.share: {value: 2.5, source: "s"}\n'
    )
    return tmp_path / "ours"


def overrides(folder: Path, text: str) -> Path:
    path = folder.parent / "clinical.yaml"
    path.write_text(text)
    return path


def test_value_sets_and_defaults_come_from_the_folders_of_the_services(folder):
    content = load_content([folder, folder])
    assert content.terminology.memberships(LOINC, "1") == {"a"}
    assert sorted(content.configuration) == ["x.flag", "x.months", "x.share", "x.word"]
    assert content.configuration.count("x.months") == 12
    assert content.configuration.number("x.share") == 2.5
    assert content.configuration.flag("x.flag") is True
    assert content.configuration["x.word"] == "always"


def test_a_folder_without_content_has_none(tmp_path):
    content = load_content([tmp_path])
    assert content.terminology.ids == frozenset()
    assert list(content.configuration) == []


def test_a_site_adds_to_our_value_set_by_its_url_and_may_bring_its_own(folder, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "x.yaml").write_text(VALUE_SET.format(name="a", code="2"))
    (site / "y.yaml").write_text(VALUE_SET.format(name="b", code="3"))
    terms = load_content([folder], site).terminology
    assert terms.ids == {"a", "b"}
    assert terms.memberships(LOINC, "1") == terms.memberships(LOINC, "2") == {"a"}


def test_a_folder_of_value_sets_that_is_not_there_is_refused(folder, tmp_path):
    with pytest.raises(ContentError, match="no such folder of value sets"):
        load_content([folder], tmp_path / "nowhere")


@pytest.mark.parametrize(
    "text", ["resourceType: Patient", "[]", "resourceType: ValueSet", "just words"]
)
def test_a_file_that_is_no_value_set_is_refused_by_its_name(folder, text):
    (folder / "value_sets" / "broken.yaml").write_text(text)
    with pytest.raises(ContentError, match=r"broken\.yaml"):
        load_content([folder])


def test_a_deployment_replaces_single_values(folder):
    path = overrides(folder, "x.months: 24\nx.flag: false\nx.word: never\n")
    configuration = load_content([folder], overrides=path).configuration
    assert configuration.count("x.months") == 24
    assert configuration.flag("x.flag") is False
    assert configuration["x.word"] == "never"
    assert configuration.number("x.share") == 2.5


def test_an_empty_file_of_overrides_changes_nothing(folder):
    path = overrides(folder, "# nothing yet\n")
    assert load_content([folder], overrides=path).configuration.count("x.months") == 12


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x.other: 1", "unknown key x.other"),
        ("x.months: twelve", "x.months must be like 12"),
        ("x.months: true", "x.months must be like 12"),
        ("x.flag: 1", "x.flag must be like True"),
        ("x.word: 3", "x.word must be like 'always'"),
        ("- x.months", "a mapping of keys to values"),
    ],
)
def test_an_override_that_cannot_be_honoured_is_refused_with_its_name(folder, text, message):
    with pytest.raises(ContentError, match=message):
        load_content([folder], overrides=overrides(folder, text))


def test_a_file_of_overrides_that_is_not_there_is_refused(folder, tmp_path):
    with pytest.raises(ContentError, match="no such clinical configuration"):
        load_content([folder], overrides=tmp_path / "nowhere.yaml")


@pytest.mark.parametrize("value", ["12", True])
def test_what_is_no_number_is_not_read_as_one(value):
    with pytest.raises(TypeError, match="x is not a number"):
        Configuration({"x": value}).number("x")


def test_a_key_that_nobody_defined_is_an_error():
    with pytest.raises(KeyError):
        Configuration({})["x"]


def test_the_projects_own_content_loads_without_a_sites():
    content = load_content([SPINE])
    assert "finding-solid-fusion" in content.terminology
    assert content.configuration.count("ct.maxAgeMonths") == 12
