"""Documents that are made from clinical content are current."""

import pytest

from tools.content import ROOT, documents

DOCUMENTS = documents()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_that_is_made_is_current(path):
    assert path.read_text(encoding="utf-8") == DOCUMENTS[path], "run: make content"
