"""Documents that are made from clinical content are current."""

import msgspec
import pytest

import hooks
from cds_service.engine.resources import Patient
from tests.documents.content import ATTRIBUTES, ROOT, SPINE, documents
from tests.documents.source_attributes import attributes_of, document

DOCUMENTS = documents()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_that_is_made_is_current(path):
    assert path.read_text(encoding="utf-8") == DOCUMENTS[path], "run: make content"


# Source attributes

SERVICES = [s for s in hooks.services() if s.hook == "order-sign"]


def test_each_guideline_says_something_about_each_of_the_thirteen_attributes():
    text = DOCUMENTS[ATTRIBUTES]
    for service in SERVICES:
        part = text.split(f"## {service.title}")[1].split("## ")[0]
        rows = [line for line in part.splitlines() if line.startswith("| ") and line[2].isdigit()]
        assert [row.split(" | ")[0] for row in rows] == [f"| {n}" for n in range(1, 14)]
        assert "Not known:" in part
        assert f"version {service.version}" in part
    assert text.count("| 4 | ") == len(SERVICES) + 1, "four criteria of FDA"


def test_the_release_date_of_the_source_is_that_of_its_citation():
    for service in SERVICES:
        (updated,) = {c.reviewed_on for c in service.criteria[0].citations[:1]}
        assert (
            f"Article last updated {updated.isoformat()}" in attributes_of(service.folder)["dates"]
        )


def test_of_a_patient_nothing_but_the_date_of_birth_is_read():
    """What the document says about race, language, sex and the others is true by this."""
    own = {f.encode_name for f in msgspec.structs.fields(Patient)} - {"resourceType", "id"}
    assert "birthDate" in own
    assert own <= {"birthDate", "meta", "contained"}


def test_insurance_is_read_by_the_removal_only():
    removal, revision = sorted(SERVICES, key=lambda s: s.id, reverse=True)
    assert "coverages" in removal.prefetch
    assert "coverages" not in revision.prefetch


@pytest.mark.parametrize(
    ("text", "said"),
    [("citation: x", "are expected in this order"), (None, "nothing is said about")],
)
def test_a_missing_or_empty_attribute_is_refused(tmp_path, text, said):
    whole = (SERVICES[0].folder / "source_attributes.yaml").read_text(encoding="utf-8")
    emptied = whole.replace("race: Not used, not read.", 'race: ""')
    (tmp_path / "source_attributes.yaml").write_text(text or emptied)
    with pytest.raises(ValueError, match=said):
        attributes_of(tmp_path)


def test_there_are_four_criteria(tmp_path):
    three = "source: x\nnot known: [x]\ncriteria: [{criterion: x, met by: x, held by: x}]\n"
    (tmp_path / "fda_criteria.yaml").write_text(three)
    with pytest.raises(ValueError, match="there are four criteria"):
        document(SERVICES, tmp_path)
    assert document(SERVICES, SPINE) == DOCUMENTS[ATTRIBUTES]
