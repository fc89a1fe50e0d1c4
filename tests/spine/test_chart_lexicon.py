"""The words by which names and short texts of a chart are told apart."""

from pathlib import Path

import pytest

import hooks.spine
from cds_service.engine.codes import load_yaml
from hooks.spine.chart_lexicon import chart_words
from hooks.spine.words import in_order

FOLDER = Path(hooks.spine.__file__).parent
READINGS = load_yaml(FOLDER / "chart_lexicon.yaml")
GROUPS = [(reading, group) for reading, groups in READINGS.items() for group in groups]


@pytest.mark.parametrize(("reading", "group"), GROUPS)
def test_each_word_is_written_as_it_is_matched(reading, group):
    for word in chart_words(reading)[group]:
        assert " ".join(in_order(word)) == word


@pytest.mark.parametrize(("reading", "group"), GROUPS)
def test_each_word_stands_once_in_its_group(reading, group):
    assert len(READINGS[reading][group]) == len(chart_words(reading)[group])


@pytest.mark.parametrize("reading", READINGS)
def test_each_reading_is_asked_for(reading):
    sources = [path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.py")]
    assert any(f'chart_words("{reading}")' in source for source in sources)
