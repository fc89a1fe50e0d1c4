"""The figures of the report are those of the rows, on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cds_service.report.counting import count
from cds_service.report.figures import Answers, Counted, Period, ServiceFigures, Times, Week
from cds_service.report.tables import percent
from cds_service.store.audit_rows import AuditRow
from cds_service.store.engines import READ_ONLY
from cds_service.store.feedback import FeedbackBatch, FeedbackItem

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
PERIOD = Period(date(2026, 3, 2), date(2026, 3, 8))
LATER = timedelta(minutes=1)


def row(number, **fields):
    usual = {
        "id": f"{number:016x}",
        "at": NOON,
        "client": "default",
        "service": "toy",
        "version": "1",
        "hook": "order-sign",
        "patient": None,
        "instance": None,
        "outcome": "silent",
        "status": 200,
        "shadow": False,
        "microseconds": 1000 * number,
    }
    return AuditRow(**(usual | fields))


def card(number, **fields):
    given = {
        "outcome": "card",
        "intent": [],
        "card": f"card-{number}",
        "indicator": "info",
        "criteria": {},
    }
    return row(number, **(given | fields))


@pytest.fixture
def write(store):
    def written(*rows):
        assert store._write_rows(list(rows))

    return written


@pytest.fixture
def told(store):
    def tell(card_number, outcome="overridden", when=NOON, client="default", service="toy", **item):
        items = (FeedbackItem(f"card-{card_number}", outcome, when, **item),)
        store.add_feedback(FeedbackBatch(client, service, NOON, items))

    return tell


@pytest.fixture
def figures(engine):
    def read(period=PERIOD):
        with engine.execution_options(**{READ_ONLY: True}).begin() as connection:
            return count(connection, period)

    return read


def test_what_the_services_said(write, figures):
    write(
        card(1, indicator="warning"),
        card(2),
        card(3, outcome="shadow", shadow=True, card=None),
        row(4),
        row(5),
        row(6, outcome="nothing-readable", status=412, intent=[]),
        row(8, outcome="refused", status=400),
        row(7, service="other"),
        card(9, outcome="unchecked", indicator="warning"),
        card(10, outcome="nothing-readable", indicator="warning", shadow=True, card=None),
    )
    found = figures()
    assert found.services == (
        ServiceFigures("other", 1, 0, 0, 0, 0, 1, 0, 0),
        ServiceFigures("toy", 9, 3, 2, 1, 1, 2, 2, 1),
    )
    assert found.weeks == (Week(date(2026, 3, 2), "toy", 3, 2),)
    assert found.shadow == (
        Counted("toy", "info", "", 1, 6),
        Counted("toy", "warning", "", 1, 6),
    )


def test_only_whole_days_of_the_period_and_the_client_count(write, figures):
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    end = datetime(2026, 3, 9, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    for number, at in enumerate((begin - tick, begin, end - tick, end)):
        write(row(number, at=at))
    write(row(9, client="other"))
    assert figures().services[0].invocations == 3
    assert figures(Period(PERIOD.first, PERIOD.last, "other")).services[0].invocations == 1


def test_the_last_report_about_a_card_counts_and_suggestions_add_up(write, told, figures):
    write(card(1, suggestions={"s1": "ESR", "s2": "CRP"}), card(2), card(3), card(4))
    told(1, "accepted", suggestions=("s2",), when=NOON + LATER)
    told(1, "accepted", suggestions=("s1",), when=NOON)
    told(2, "accepted", suggestions=("s9",), when=NOON)
    told(2, when=NOON + LATER, reason=("not-relevant", "http://x"))
    told(3)
    found = figures()
    assert found.answers == (Answers("toy", 4, accepted=1, overridden=2),)
    assert found.answers[0].unanswered == 1
    assert found.suggestions == (
        Counted("toy", "CRP", "", 1, 1),
        Counted("toy", "ESR", "", 1, 1),
    )
    assert found.reasons == (
        Counted("toy", "", "", 1, 2),
        Counted("toy", "not-relevant", "", 1, 2),
    )
    assert found.kept_apart == 0


def test_cards_of_nobody_of_another_client_and_of_another_service_are_kept_apart(
    write, told, figures
):
    write(card(1), card(2, client="other"), card(3, service="other"))
    for number in (1, 2, 3, 4):
        told(number)
    found = figures()
    assert found.kept_apart == 3
    assert [(each.service, each.overridden) for each in found.answers] == [
        ("other", 0),
        ("toy", 1),
    ]


def test_feedback_that_overtakes_the_row_of_its_card_is_not_misfiled(write, told, figures):
    told(1)
    assert figures().kept_apart == 1
    write(card(1))
    found = figures()
    assert (found.kept_apart, found.answers[0].overridden) == (0, 1)


def test_what_was_unknown_or_unread_is_counted_by_its_reason(write, figures):
    write(
        card(1, criteria={"a": "unknown/stale", "b": "met"}, unread={"imaging": "timeout"}),
        card(2, criteria={"a": "unknown/stale", "b": "not-met"}, risk_factors={"r": "absent"}),
        card(3, criteria={"a": "unknown/no-data"}, risk_factors={"r": "unknown/possible"}),
        row(4, outcome="nothing-readable", intent=["x"], unread={"imaging": "timeout"}),
    )
    found = figures()
    assert found.unknown == (
        Counted("toy", "a", "stale", 2, 3),
        Counted("toy", "a", "no-data", 1, 3),
        Counted("toy", "r", "possible", 1, 3),
    )
    assert found.missing == (Counted("toy", "imaging", "timeout", 2, 4),)


def test_percentiles_are_by_nearest_rank_to_a_tenth_of_a_millisecond(write, figures):
    write(*(row(number, microseconds=1000 * number) for number in range(1, 101)))
    assert figures().times == (Times("toy", "silent", 100, 50.1, 95.1, 99.1),)


def test_a_share_of_nothing_is_no_number():
    assert (percent(1, 3), percent(0, 0)) == ("33.3", "–")
