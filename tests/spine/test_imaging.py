"""Which imaging answers: per level the newest adequate CT governs (contract, rules 10, 11, 13)."""

import pytest

from cds_service.engine.judgement import Reason
from hooks.spine.findings import Target
from hooks.spine.on_ct import fusion_on_ct, hardware_on_ct, levels_affected
from hooks.spine.reading import read_imaging_and_notes
from hooks.spine.suggestions import wants_ct
from tests.chart import ABSENT, CONTENT, configured, finding, fusion, record, report, said

L45, L5S1 = "243923001", "243927000"
SOLID = said("solid-fusion")
PDF = {"presentedForm": [{"contentType": "application/pdf", "data": "JVBERi0="}]}
TEXT = {"conclusion": "Spondylodese L4-S1 knöchern durchbaut."}  # not in our language


def imaging(*resources, **extents):
    return read_imaging_and_notes(record(*resources, **extents), CONTENT.configuration)[0]


def answer(*resources, **extents):
    return fusion_on_ct(imaging(*resources, **extents))


def reason(*resources, **extents):
    return answer(*resources, **extents).reason


def targets(found):
    return [f.target for f in found.findings(lambda _: True)]


def test_a_statement_that_names_no_level_counts_for_every_instrumented_level():
    found = answer(fusion("L4-S1"), report(**SOLID))
    assert [s.level for s in found.statements] == ["L4-L5", "L5-S1"]
    assert (found.reason, found.gaps) == (None, ())


def test_a_level_that_the_report_does_not_name_is_a_gap_when_it_names_others():
    result = finding("solid-fusion", site=L45)
    found = answer(fusion("L4-S1"), report(results=[result]), result)
    assert [s.level for s in found.statements] == ["L4-L5"]
    assert found.gaps == ("L5-S1",)


def test_with_no_level_known_a_report_that_names_levels_leaves_a_gap():
    result = finding("solid-fusion", site=L45)
    found = answer(fusion("Fusion"), report(results=[result]), result)
    assert (found.statements, found.gaps) == ((), ("every level",))


def test_the_newest_report_that_speaks_of_a_level_governs_there():
    lower = finding("nonunion", site=L5S1)
    found = answer(
        fusion("L4-S1"),
        report("old", when="2025-06-01", **SOLID),
        report("new", when="2026-01-04", results=[lower]),
        lower,
    )
    by_level = {s.level: [f.target for f in s.findings] for s in found.statements}
    assert by_level == {"L4-L5": [Target.SOLID_FUSION], "L5-S1": [Target.NONUNION]}
    assert found.oldest.text == "2025-06-01"


def test_an_older_nonunion_is_outdated_by_a_newer_solid_fusion():
    old = report("old", when="2024-01-01", **said("nonunion"))
    assert targets(answer(fusion(), old, report("new", **SOLID))) == [Target.SOLID_FUSION]


def test_reports_of_one_day_that_disagree_conflict():
    found = answer(fusion(), report("a", **SOLID), report("b", **said("nonunion")))
    assert found.reason is Reason.CONFLICTING
    assert len(found.seen) == 2


def test_a_finding_both_affirmed_and_denied_on_one_day_conflicts():
    yes, no = finding("nonunion"), finding("nonunion", ABSENT)
    assert reason(fusion(), report(results=[yes, no]), yes, no) is Reason.CONFLICTING


def test_a_month_that_may_be_newer_than_a_day_is_weighed_with_it():
    month = report("month", when="2026-01", **said("nonunion"))
    assert reason(fusion(), report("day", **SOLID), month) is Reason.CONFLICTING


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([], Reason.NO_DATA),
        ([report(code="24972-2", **SOLID)], Reason.WRONG_MODALITY),
        ([report(code="24968-0", **SOLID)], Reason.WRONG_MODALITY),
        ([report(when="2022-06-01", **SOLID)], Reason.BEFORE_SURGERY),
        ([report(when="2022", **SOLID)], Reason.IMPRECISE_DATE),
        ([report(when=None, **SOLID)], Reason.IMPRECISE_DATE),
        ([report(status="preliminary", **SOLID)], Reason.PRELIMINARY),
        ([report(**PDF)], Reason.UNREADABLE),
        ([report(**TEXT)], Reason.UNCERTAIN_TEXT),
        ([report("old", when="2025-06-01", **SOLID), report("new", **PDF)], Reason.UNREADABLE),
        (
            [report("old", when="2025-06-01", **SOLID), report("new", status="partial", **SOLID)],
            Reason.PRELIMINARY,
        ),
        ([report("old", when="2025-06-01", **SOLID), report("new", **TEXT)], Reason.UNCERTAIN_TEXT),
        ([report("a", **PDF), report("b", status="preliminary")], Reason.UNREADABLE),
    ],
)
def test_the_first_reason_of_the_contract_is_given(resources, expected):
    assert reason(fusion(when="2022-11-01"), *resources) is expected


@pytest.mark.parametrize("key", ["diagnostic_reports", "document_references", "procedures"])
@pytest.mark.parametrize("extent", ["missing", "part"])
def test_the_newest_ct_needs_its_searches_so_far_that_the_newest_is_known(key, extent):
    chart = (fusion(), report(**SOLID))
    assert reason(*chart, **{extent: [key]}) is Reason.NOT_SEARCHED
    assert reason(*chart, newest=[key]) is None


@pytest.mark.parametrize("later", [PDF, TEXT], ids=["pdf", "text"])
def test_an_older_report_that_could_not_be_read_does_not_reopen_the_question(later):
    chart = (fusion(), report("old", when="2025-06-01", **later), report("new", **SOLID))
    assert reason(*chart) is None


def test_what_was_seen_is_shown_newest_first_and_at_most_four():
    reports = [
        report(f"xr-{n}", code="24972-2", when=f"2025-0{n}-01", **SOLID) for n in range(1, 7)
    ]
    found = answer(fusion(), *reports)
    assert [e.resource for e in found.seen] == [f"DiagnosticReport/xr-{n}" for n in (6, 5, 4, 3)]


def test_with_the_fusion_date_unknown_every_dated_ct_counts_as_post_operative():
    chart = (fusion(when=None), report("old", when="2015-01-01", **said("nonunion")))
    assert targets(answer(*chart)) == [Target.NONUNION]


def test_a_ct_of_the_day_of_surgery_is_post_operative():
    assert reason(fusion(when="2026-01-04"), report(when="2026-01-04", **SOLID)) is None


def test_hardware_is_judged_at_every_level_that_a_report_names():
    loose = finding("loosening", site="54735007")
    tight = finding("loosening", ABSENT, "11994002")
    found = hardware_on_ct(imaging(fusion("L4-S1"), report(results=[loose, tight]), loose, tight))
    assert [s.level for s in found.statements] == ["L4", "S1"]


def test_without_named_levels_hardware_is_judged_as_a_whole():
    found = hardware_on_ct(imaging(fusion("L4-S1"), report(**said("loosening"))))
    assert [s.level for s in found.statements] == ["every level"]


def test_the_levels_affected_are_those_named_as_not_fused_loose_or_broken():
    parts = [
        finding("nonunion", site=L5S1),
        finding("loosening", site="54735007"),
        finding("solid-fusion", ABSENT, L45),
    ]
    seen = imaging(fusion("L4-S1"), report(results=parts), *parts)
    affected = levels_affected(fusion_on_ct(seen)) | levels_affected(hardware_on_ct(seen))
    assert str(affected) == "L4-S1, S1"


def test_a_solid_level_is_not_affected():
    solid = finding("solid-fusion", site=L45)
    assert not levels_affected(answer(fusion("L4-S1"), report(results=[solid]), solid))


@pytest.mark.parametrize(
    ("when", "stale"),
    [("2025-03-01", False), ("2025-02-28", True), ("2025", True), ("2026", False)],
)
def test_a_report_is_stale_as_soon_as_it_may_be_older_than_its_limit(when, stale):
    (seen,) = imaging(report(when=when, **SOLID)).reports
    assert imaging().is_stale(seen.when) is stale


@pytest.mark.parametrize(
    ("when", "early"), [("2025-03-01", False), ("2025-03-02", True), ("2025", True), (None, False)]
)
def test_early_is_what_may_be_younger_than_twelve_months(when, early):
    assert imaging(fusion(when=when)).is_early is early


def test_limits_come_from_the_configuration():
    old = report(when="2024-06-01", **SOLID)
    seen, _ = read_imaging_and_notes(
        record(old), configured(ct__maxAgeMonths=36, rv__earlyMonths=1)
    )
    assert not seen.is_stale(seen.reports[0].when)
    assert (seen.max_age_months, seen.early_months) == (36, 1)


# The window of the suggested CT (contract, "Suggestion windows")


@pytest.mark.parametrize(
    ("reports", "wanted"),
    [
        ([], True),
        ([report(when="2025-03-01", **SOLID)], False),
        ([report(when="2025-02-28", **SOLID)], True),
        ([report(when="2022-06-01", **SOLID)], True),
        ([report(status="preliminary", when="2025-12-01")], False),
        ([report(status="preliminary", when="2025-11-30")], True),
        ([report(code="24972-2", **SOLID)], True),
        ([report(when=None, **SOLID)], True),
    ],
)
def test_a_ct_is_wanted_when_none_is_young_enough_to_count_or_to_be_completed(reports, wanted):
    assert wants_ct(imaging(fusion(), *reports), CONTENT.configuration) is wanted


@pytest.mark.parametrize("when", ["2026-02-01", "2026-02"])
def test_a_ct_right_before_the_last_operation_is_still_too_young_to_be_repeated(when):
    assert not wants_ct(
        imaging(fusion(when="2026-02-20"), report(when=when, **SOLID)), CONTENT.configuration
    )
