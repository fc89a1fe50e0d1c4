"""What clients wrote does nothing in the terminal of whoever reads it (faults.md, B-09)."""

import io
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from rich.console import Console
from sqlalchemy import insert

from cds_service.report.counting import count
from cds_service.report.figures import Period
from cds_service.report.terminal import print_comments, print_report
from cds_service.settings import Settings
from cds_service.store.comments import Comments
from cds_service.store.opening import prepare_store, reading, store_engine
from cds_service.store.schema import FEEDBACK, INVOCATION
from tests.store.feedback import CARD

WHEN = datetime(2026, 3, 1, tzinfo=UTC)
HOSTILE = "fine\x1b]0;owned\x07\x1b[2J\x9b2J\u202etxt.exe\r\n2026-03-02  toy  accepted: forged"


def printed(show, *given):
    """What a show prints to a terminal that draws nothing by itself."""
    out = io.StringIO()
    show(Console(file=out, force_terminal=True, color_system=None, width=200), *given)
    return out.getvalue()


def of(text):
    return SimpleNamespace(
        comment=text, comment_form="keep", outcome_at=WHEN, service="toy", outcome="overridden"
    )


def test_a_comment_is_one_line_and_steers_nothing():
    shown = printed(print_comments, [of(HOSTILE)], Comments("keep", ()))
    assert shown.count("\n") == 1
    assert all(c.isprintable() for c in shown.rstrip("\n"))
    assert "fine" in shown
    assert "forged" in shown


@pytest.mark.parametrize("text", ["Größe ≥ 1 µm, 看护", "plain"])
def test_what_can_be_seen_stays_as_it_was_written(text):
    assert text in printed(print_comments, [of(text)], Comments("keep", ()))


def test_a_code_that_was_stored_before_codes_were_looked_at_steers_nothing_either(tmp_path):
    settings = Settings(data_dir=tmp_path)
    prepare_store(settings)
    engine = store_engine(settings)
    both = {"client": "main", "service": "toy", "card": CARD}
    asked = both | {"id": "i", "at": WHEN, "version": "1", "hook": "order-sign", "status": 200}
    asked |= {"outcome": "card", "indicator": "info", "shadow": False, "microseconds": 1}
    asked |= {"criteria": {}, "risk_factors": {}}
    told = both | {"digest": "d", "received_at": WHEN, "outcome": "overridden", "outcome_at": WHEN}
    with engine.begin() as connection:
        connection.execute(insert(INVOCATION).values(asked))
        connection.execute(insert(FEEDBACK).values(told | {"reason_code": HOSTILE}))
    engine.dispose()
    with reading(settings) as connection:
        figures = count(connection, Period(date(2026, 2, 1), date(2026, 3, 31)))
    (reason,) = figures.reasons
    assert reason.what.isprintable()
    shown = printed(print_report, figures)
    assert all(c.isprintable() or c == "\n" for c in shown)
