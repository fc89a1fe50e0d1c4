"""The page of a simulated month: made in time, complete, self-contained, and seen by a browser."""

import json
import re
import sqlite3
import time
from datetime import date

import pytest
from click.testing import CliRunner

from cds_service import cli
from cds_service.report.figures import Counted, Figures, Period
from cds_service.report.page import page
from cds_service.settings import Settings
from cds_service.store.opening import open_store, prepare_store
from tests.report.chromium import dom, requests_of
from tests.report.simulated_month import INVOCATIONS, simulate

PERIOD = ("--from", "2026-03-02", "--to", "2026-03-29")
PLOTS = ("weeks", "answers", "reasons", "unknown", "missing", "times")
LOOKS = """
<script>
const seen = {};
for (const svg of document.querySelectorAll('.plot svg')) {
  const bars = [...svg.querySelectorAll('.series rect')].map(bar => bar.getBoundingClientRect());
  const box = svg.getBoundingClientRect();
  const section = svg.closest('section').getAttribute('aria-labelledby');
  seen[section] = {
    bars: bars.filter(bar => bar.width * bar.height > 10).length,
    inside: bars.every(bar => bar.right <= box.right + 1 && bar.bottom <= box.bottom + 1),
    named: svg.getAttribute('role') === 'img' && svg.getAttribute('aria-label') !== '',
  };
}
const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
document.body.innerHTML = '<pre>' + JSON.stringify({seen, wide}) + '</pre>';
</script>
"""


@pytest.fixture(scope="session")
def month(tmp_path_factory):
    """The folder of a store that holds the simulated month."""
    folder = tmp_path_factory.mktemp("month")
    settings = Settings(data_dir=folder)
    prepare_store(settings)
    store = open_store(settings)
    simulate(store)
    store.close()
    assert store.audit.dropped == 0
    return folder


def run(month, *arguments):
    environ = {"SPINE_CDS_DATA_DIR": str(month), "COLUMNS": "140"}
    result = CliRunner().invoke(cli.main, ["report", *PERIOD, *arguments], env=environ)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="session")
def report_file(month, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    run(month, "--html", str(path))
    return path


def test_ten_thousand_invocations_are_counted(month):
    figures = json.loads(run(month, "--json"))
    assert sum(service["invocations"] for service in figures["services"]) == INVOCATIONS
    for service in figures["services"]:
        assert service["unchecked"] <= service["warnings"]
        parts = ("cards", "shadow", "silent", "unreadable", "refused")
        assert sum(service[part] for part in parts) == service["invocations"]
        weeks = [week for week in figures["weeks"] if week["service"] == service["service"]]
        assert sum(week["cards"] for week in weeks) == service["cards"]
    assert figures["kept_apart"] == 1


def test_the_report_of_a_month_is_made_in_ten_seconds(month, tmp_path):
    began = time.monotonic()
    run(month, "--html", str(tmp_path / "report.html"))
    assert time.monotonic() - began < 10


def test_a_client_is_reported_alone(month):
    figures = json.loads(run(month, "--json", "--client", "shadow-hospital"))
    assert {service["cards"] for service in figures["services"]} == {0}
    assert {service["shadow"] > 0 for service in figures["services"]} == {True}


def test_the_terminal_shows_every_table(month):
    printed = run(month)
    for title in ("What the services said", "Cards by week", "How long answers took"):
        assert title in printed


def test_comments_are_printed_on_request_and_stand_nowhere_else(month, report_file):
    assert "CT was done elsewhere." in run(month, "--comments")
    for shown in (run(month), run(month, "--json"), report_file.read_text()):
        assert "CT was done elsewhere." not in shown
    with sqlite3.connect(month / "spine-cds.sqlite3") as stored:
        (forms,) = stored.execute("SELECT DISTINCT comment_form FROM feedback WHERE comment > ''")
    stored.close()
    assert forms == ("encrypt",)


def test_the_page_has_no_script_and_names_no_other_place(report_file):
    text = report_file.read_text()
    assert "<script" not in text
    assert set(re.findall(r"https?://[^\s\"'<]+", text)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert not re.search(r"@import|url\(|\bsrc=|<link|\bon\w+=", text)


def test_every_plot_has_its_table_beside_it(report_file):
    for section in report_file.read_text().split("<section")[1:]:
        assert "<table" in section
    assert report_file.read_text().count("<svg ") == len(PLOTS)


def test_a_browser_draws_every_plot_and_needs_no_room_to_the_side(report_file, tmp_path):
    looked_at = tmp_path / "looked-at.html"
    text = re.sub(r"<meta http-equiv[^>]*>", "", report_file.read_text())
    looked_at.write_text(text.replace("</body>", f"{LOOKS}</body>"))
    found = json.loads(re.search(r"<pre>(.*)</pre>", dom(looked_at, tmp_path))[1])
    assert not found["wide"]
    assert tuple(found["seen"]) == PLOTS
    for plot in found["seen"].values():
        assert plot["bars"] >= 4
        assert plot["inside"]
        assert plot["named"]


def test_a_browser_asks_nobody_for_anything(report_file, tmp_path):
    assert requests_of(report_file, tmp_path) == set()
    assert (tmp_path / "page.png").stat().st_size > 20_000


def test_a_request_of_a_page_would_be_noticed(tmp_path):
    planted = tmp_path / "planted.html"
    planted.write_text('<img src="http://127.0.0.1:9/x.png">')
    assert requests_of(planted, tmp_path) == {"http://127.0.0.1:9/x.png"}


def test_what_clients_wrote_is_escaped():
    hostile = "<script>alert(1)</script>\"'&[red]"
    counted = (Counted(hostile, hostile, hostile, 3, 3),)
    figures = Figures(
        Period(date(2026, 3, 2), date(2026, 3, 29), hostile),
        services=(),
        weeks=(),
        answers=(),
        reasons=counted,
        suggestions=counted,
        unknown=counted,
        missing=counted,
        shadow=counted,
        times=(),
        kept_apart=0,
    )
    made = page(figures)
    assert "<script>" not in made
    assert "&lt;script&gt;" in made


def test_a_period_without_anything_is_a_page_all_the_same(month):
    assert "Nothing happened." in run(month, "--from", "2020-01-01", "--to", "2020-01-02")
