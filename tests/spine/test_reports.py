"""Imaging reports: modality, region, day, and what they state by code (contract, rule 16)."""

import pytest

from hooks.spine.examinations import Modality
from hooks.spine.findings import Stance, Target
from hooks.spine.reports import read_documents, read_reports
from tests.chart import (
    ABSENT,
    FINDING,
    PRESENT,
    attachment,
    concept,
    finding,
    icd,
    loinc,
    note,
    record,
    report,
    said,
    snomed,
)

DCM = "http://dicom.nema.org/resources/ontology/DCM"


NAMED = {"coding": [loinc("30620-9")["coding"][0] | {"display": "CT Lumbar spine W contrast IV"}]}


def study(*modalities, **members):
    return {
        "resourceType": "ImagingStudy",
        "id": "study",
        "status": "available",
        "modality": [{"system": DCM, "code": code} for code in modalities],
    } | members


def only(*resources):
    (found,) = read_reports(record(*resources))
    return found


def stated(*resources):
    return [(f.target, f.stance, str(f.levels)) for f in only(*resources).findings]


@pytest.mark.parametrize(
    ("code", "modality"),
    [
        ("30620-9", Modality.CT),
        ("24963-1", Modality.CT),
        ("24971-4", Modality.XR),
        ("24972-2", Modality.XR),
        ("24968-0", Modality.MR),
    ],
)
def test_a_report_of_the_lumbar_spine_is_known_by_its_code(code, modality):
    assert only(report(code=code)).modality is modality


@pytest.mark.parametrize(
    ("title", "modality"),
    [
        ("CT Lumbar Spine W/O Contrast", Modality.CT),
        ("SPECT/CT lumbar spine", Modality.SPECT_CT),
        ("MRI lumbar", Modality.MR),
        ("X-ray sacrum", Modality.XR),
    ],
)
def test_a_report_with_a_local_code_is_known_by_its_title(title, modality):
    local = report(code="x") | {"code": concept("urn:local", "CTLS", text=title)}
    assert only(local).modality is modality


@pytest.mark.parametrize(
    "title", ["CT head", "CT cervical spine", "Lumbar spine", "Echocardiography", ""]
)
def test_a_report_on_something_else_is_not_read(title):
    assert read_reports(record(report() | {"code": {"text": title}})) == ()


def test_a_report_without_code_is_not_read():
    bare = report()
    del bare["code"]
    assert read_reports(record(bare)) == ()


@pytest.mark.parametrize(
    ("modalities", "expected"),
    [
        (("CT",), Modality.CT),
        (("MR",), Modality.MR),
        (("DX",), Modality.XR),
        (("NM", "CT"), Modality.SPECT_CT),
        (("NM",), Modality.OTHER),
    ],
)
def test_modality_and_region_may_come_from_the_study(modalities, expected):
    untitled = report(imagingStudy=[{"reference": "ImagingStudy/study"}]) | {"code": {}}
    found = only(untitled, study(*modalities, description="Lumbar spine"))
    assert found.modality is expected


def test_the_series_of_a_study_tell_modality_and_body_site():
    untitled = report(imagingStudy=[{"reference": "ImagingStudy/study"}]) | {"code": {}}
    lumbar = {"system": "http://snomed.info/sct", "code": "122496007"}
    series = [{"modality": {"system": DCM, "code": "CT"}, "bodySite": lumbar}]
    assert only(untitled, study("MR", series=series)).modality is Modality.CT


def test_a_study_that_was_not_read_tells_nothing():
    untitled = report(imagingStudy=[{"reference": "ImagingStudy/other"}]) | {"code": {}}
    assert read_reports(record(untitled, study("CT", description="Lumbar spine"))) == ()


def test_a_coded_finding_makes_a_report_without_region_one_of_the_spine():
    untitled = report(**said("nonunion")) | {"code": {"text": "CT"}}
    assert stated(untitled) == [(Target.NONUNION, Stance.AFFIRMED, "")]


def test_conclusion_codes_affirm_what_they_code():
    found = stated(report(**said("solid-fusion", "nonunion", "loosening")))
    assert found == [
        (Target.SOLID_FUSION, Stance.AFFIRMED, ""),
        (Target.NONUNION, Stance.AFFIRMED, ""),
        (Target.LOOSENING, Stance.AFFIRMED, ""),
    ]


@pytest.mark.parametrize(
    ("code", "target"),
    [("M96.0", Target.NONUNION), ("T84.216A", Target.BREAKAGE), ("T84.226A", Target.LOOSENING)],
)
def test_icd_codes_in_a_conclusion_are_findings(code, target):
    found = stated(report(conclusionCode=[icd(code)]))
    assert (target, Stance.AFFIRMED, "") in found


@pytest.mark.parametrize(("value", "stance"), [(PRESENT, Stance.AFFIRMED), (ABSENT, Stance.DENIED)])
def test_a_result_answers_its_code_with_present_or_absent_at_its_site(value, stance):
    result = finding("nonunion", value, "243927000")
    assert stated(report(results=[result]), result) == [(Target.NONUNION, stance, "L5-S1")]


@pytest.mark.parametrize(("value", "stance"), [(True, Stance.AFFIRMED), (False, Stance.DENIED)])
def test_a_result_may_answer_by_a_boolean(value, stance):
    result = finding("nonunion")
    del result["valueCodeableConcept"]
    result["valueBoolean"] = value
    assert stated(report(results=[result]), result) == [(Target.NONUNION, stance, "")]


def test_a_result_may_name_the_finding_as_its_value():
    result = finding("other") | {"valueCodeableConcept": concept(FINDING, "solid-fusion")}
    assert stated(report(results=[result]), result) == [(Target.SOLID_FUSION, Stance.AFFIRMED, "")]


@pytest.mark.parametrize(
    "change",
    [
        {"status": "preliminary"},
        {"valueCodeableConcept": snomed("1234567")},
        {"valueCodeableConcept": None},
    ],
    ids=["preliminary", "another answer", "no answer"],
)
def test_a_result_that_is_not_final_or_not_understood_leaves_its_finding_possible(change):
    result = finding("nonunion") | change
    assert stated(report(results=[result]), result) == [(Target.NONUNION, Stance.POSSIBLE, "")]


def test_codes_that_are_not_understood_beside_known_ones_are_seen():
    unknown = concept("urn:local", "rad-17")
    solid = concept(FINDING, "solid-fusion")
    assert not only(report(conclusionCode=[solid])).partly_read
    assert only(report(conclusionCode=[solid, unknown])).partly_read
    odd = finding("other")
    assert only(report(conclusionCode=[solid], results=[odd]), odd).partly_read


def test_codes_of_why_the_patient_was_examined_leave_nothing_unread():
    solid = concept(FINDING, "solid-fusion")
    for code in ("Z98.1", "M54.50", "M41.26"):
        assert not only(report(conclusionCode=[solid, icd(code)])).partly_read
    for code in ("M46.96", "T84.9XXA", "M43.26", "M48.56XA"):  # no mere wear
        assert only(report(conclusionCode=[solid, icd(code)])).partly_read


@pytest.mark.parametrize("code", ["M48.061", "M51.369", "M5136", "M43.16", "M47.816"])
def test_codes_of_wear_leave_nothing_unread(code):
    """Neither fusion nor hardware nor infection: adjacent segments are judged by their own."""
    solid = concept(FINDING, "solid-fusion")
    assert not only(report(conclusionCode=[solid, icd(code)])).partly_read


def test_a_contained_result_was_not_read():
    held = report(**said("solid-fusion"), result=[{"reference": "#held"}])
    assert only(held).unread_results


def test_a_report_of_an_unknown_modality_counts_by_what_it_states():
    untitled = report(**said("nonunion")) | {"code": {"text": "Lumbar spine"}}
    assert only(untitled).modality is Modality.OTHER


def test_a_study_that_nobody_sent_may_make_a_report_a_ct():
    untitled = report(imagingStudy=[{"reference": "ImagingStudy/other"}]) | {"code": {}}
    (found,) = read_reports(record(untitled, missing=["imaging_studies"]))
    assert found.may_be_ct
    head = untitled | {"code": {"text": "CT cervical spine"}}
    assert read_reports(record(head, missing=["imaging_studies"])) == ()


def test_a_ct_of_abdomen_and_pelvis_is_none_of_the_spine_unless_it_codes_a_finding():
    belly = report(conclusion="No spine finding.") | {"code": {"text": "CT abdomen and pelvis"}}
    assert read_reports(record(belly)) == ()
    assert only(belly | said("nonunion")).modality is Modality.CT


def test_a_ct_of_the_thoracic_and_lumbar_spine_is_one_of_the_lumbar_spine():
    both = report() | {"code": {"text": "CT thoracic and lumbar spine"}}
    assert only(both).modality is Modality.CT


def test_a_result_that_was_not_read_states_nothing():
    assert stated(report(results=[finding("nonunion")])) == []


def test_every_finding_names_its_resource_and_the_day_of_the_examination():
    result = finding("nonunion", id="r")
    (found,) = only(report(results=[result], when="2026-01-04"), result).findings
    assert found.evidence.as_json() == {
        "resource": "Observation/r",
        "date": "2026-01-04",
        "origin": "coded",
    }


@pytest.mark.parametrize(
    ("members", "day"),
    [
        ({"effectivePeriod": {"start": "2026-01-02", "end": "2026-01-03"}}, "2026-01-02"),
        ({"issued": "2026-01-05T10:00:00Z"}, "2026-01-05"),
    ],
)
def test_the_day_of_the_examination_may_be_a_period_or_else_the_day_of_issue(members, day):
    assert only(report(when=None, **members)).when.text == day


def test_reports_come_oldest_first_and_undated_ones_before_all():
    found = read_reports(
        record(
            report("b", when="2026-01-04"), report("a", when="2025-01-04"), report("c", when=None)
        )
    )
    names = [r.reference for r in found]
    assert names == ["DiagnosticReport/c", "DiagnosticReport/a", "DiagnosticReport/b"]


@pytest.mark.parametrize("status", ["final", "amended", "corrected", "appended"])
def test_a_final_report_is_final_in_all_its_spellings(status):
    assert only(report(status=status)).is_final


@pytest.mark.parametrize("status", ["preliminary", "partial", "registered"])
def test_an_unfinished_report_is_not_final(status):
    assert not only(report(status=status)).is_final


@pytest.mark.parametrize(
    "members",
    [
        {"conclusion": "Knöchern durchbaut."},
        {"text": {"status": "generated", "div": "<div>Knöchern durchbaut.</div>"}},
        {"presentedForm": [{"contentType": "text/plain; charset=utf-8", "data": "U29saWQu"}]},
    ],
    ids=["conclusion", "narrative", "plain text"],
)
def test_a_report_whose_text_nobody_here_understands_has_unread_text(members):
    found = only(report(**members))
    assert (found.unread_text, found.unreadable) == (True, False)


def test_a_report_that_is_a_pdf_alone_is_not_machine_readable():
    found = only(report(presentedForm=[{"contentType": "application/pdf", "data": "JVBERi0="}]))
    assert (found.unread_text, found.unreadable) == (False, True)


def test_a_report_whose_findings_are_coded_is_read():
    found = only(report(conclusion="Solid fusion.", **said("solid-fusion")))
    assert (found.unread_text, found.unreadable) == (False, False)


def test_an_empty_report_is_neither():
    found = only(report())
    assert (found.unread_text, found.unreadable) == (False, False)


def test_the_report_itself_is_evidence_for_what_it_does_not_settle():
    assert only(report(code="24972-2")).evidence.says == "XR report"
    assert only(report(when=None)).evidence.as_json() == {
        "resource": "DiagnosticReport/ct",
        "origin": "coded",
    }


@pytest.mark.parametrize("target", Target)
def test_infection_and_adjacent_disease_alone_imply_no_earlier_fusion(target):
    others = (Target.INFECTION, Target.ADJACENT_SEGMENT)
    assert target.implies_fusion is (target not in others)


def test_a_code_of_a_known_region_outweighs_the_title():
    titled = report() | {"code": loinc("30620-9", text="CT of the neck, cervical")}
    assert only(titled).modality is Modality.CT


def test_an_amended_report_stands_in_for_the_final_one_of_the_same_examination():
    first = report("first", conclusion="Nonunion at L5-S1.")
    amended = report("second", status="amended", conclusion="Solid fusion at L5-S1.")
    (found,) = read_reports(record(first, amended))
    assert found.reference == "DiagnosticReport/second"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"text": "CT lumbar spine"}, {"text": "CT Lumbar Spine"}),
        ({"text": "CT lumbar spine - final"}, {"text": "CT lumbar spine (addendum)"}),
        (loinc("30620-9"), loinc("30620-9", text="CT lumbar spine (addendum)")),
        (loinc("30620-9"), NAMED),
        (loinc("18748-4", text="CT lumbar"), loinc("18748-4", text="Amended: CT lumbar")),
    ],
    ids=["no code", "no code and versions", "a title", "a display", "a general code"],
)
def test_an_amended_report_is_of_the_same_examination_by_its_code_or_its_title(first, second):
    final = report("first", conclusion="Nonunion at L5-S1.") | {"code": first}
    amended = report("second", status="amended", conclusion="Solid fusion.") | {"code": second}
    (found,) = read_reports(record(final, amended))
    assert found.reference == "DiagnosticReport/second"


def test_a_final_report_stands_in_for_the_unfinished_ones_of_the_same_examination():
    first = report("first", status="preliminary", conclusion="Nonunion at L5-S1.")
    sent = report("sent", status="registered")
    final = report("second", conclusion="Solid fusion at L5-S1.")
    (found,) = read_reports(record(first, sent, final))
    assert found.reference == "DiagnosticReport/second"
    other_day = report("later", when="2026-02-04", status="preliminary")
    assert len(read_reports(record(other_day, final))) == 2


def test_an_amended_report_leaves_other_examinations_alone():
    amended = report("second", status="amended", conclusion="Solid fusion at L5-S1.")
    older = report("first", when="2025-06-01", conclusion="Nonunion at L5-S1.")
    other = report("mr", code="24968-0", conclusion="Nonunion at L5-S1.")
    assert len(read_reports(record(older, other, amended))) == 3


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"text": "MRI lumbar spine"}, {"text": "XR lumbar spine"}),
        ({"coding": loinc("18748-4")["coding"]}, {"coding": loinc("18748-4")["coding"]}),
        ({"text": "CT lumbar spine"}, {"text": "CT lumbar spine and pelvis"}),
        (loinc("30620-9"), loinc("24963-1")),
        (loinc("18748-4", text="MRI lumbar spine"), loinc("18748-4", text="XR lumbar spine")),
        (loinc("18748-4", text="MRI lumbar"), loinc("18748-4", text="MRI sacrum")),
    ],
    ids=[
        "no code",
        "a general code",
        "another title",
        "another code",
        "a general code and titles",
        "another part",
    ],
)
def test_an_amended_report_leaves_other_examinations_of_the_day_alone(first, second):
    title = f"{first.get('text', 'MRI lumbar spine')}\n"
    form = {"presentedForm": [attachment(f"{title}Discitis-osteomyelitis at L4-5.")]}
    found = report("first", **form) | {"code": first}
    amended = report("second", status="amended", conclusion="Solid.") | {"code": second}
    assert "DiagnosticReport/first" in {r.reference for r in read_reports(record(found, amended))}


def test_a_result_that_does_not_count_is_none_that_did_not_arrive():
    named = report(conclusion="Solid.", result=[{"reference": "Observation/x"}])
    (missing,) = read_reports(record(named))
    (void,) = read_reports(record(named, void=["Observation/x"]))
    assert (missing.unread_results, void.unread_results) == (True, False)


def test_an_amended_report_without_a_day_stands_in_for_none():
    first = report("first", when=None, conclusion="Nonunion at L5-S1.")
    amended = report("second", when=None, status="amended", conclusion="Solid fusion at L5-S1.")
    assert len(read_reports(record(first, amended))) == 2


@pytest.mark.parametrize(
    ("title", "said", "target"),
    [
        ("CT abdomen and pelvis", "Discitis-osteomyelitis at L4-5.", Target.INFECTION),
        ("CT abdomen and pelvis", "Nonunion at L5-S1.", Target.NONUNION),
        ("PET/CT skull base to thigh", "FDG-avid discitis at L4-L5.", Target.INFECTION),
        ("NM bone scan whole body", "Osteomyelitis of the lumbar spine.", Target.INFECTION),
        ("CT myelogram", "The fusion is not solid at L5-S1.", Target.SOLID_FUSION),
        ("CT pelvis", "Lucency around both iliac screws.", Target.LOOSENING),
    ],
)
def test_what_an_image_of_another_purpose_shows_at_the_lower_spine_is_kept(title, said, target):
    found = only(report(conclusion=said) | {"code": {"text": title}})
    assert found.modality is Modality.OTHER
    assert [f.target for f in found.findings] == [target]


def test_an_image_of_another_purpose_keeps_its_day_and_whether_it_is_final():
    bad = {"conclusion": "Discitis at L4-5."}
    for status, is_final in (("final", True), ("preliminary", False)):
        found = only(report(status=status, **bad) | {"code": {"text": "CT abdomen and pelvis"}})
        assert (found.when.text, found.is_final) == ("2026-01-04", is_final)


def test_the_day_of_the_resource_outweighs_one_in_the_head_of_its_text():
    found = only(report(conclusion="Date of exam: 01/02/2020\nSolid fusion at L4-5."))
    assert found.when.text == "2026-01-04"


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("CT abdomen and pelvis", "Solid fusion L4-S1. No loosening of the S1 screws."),
        ("CT abdomen and pelvis", "Abscess in the pelvis beside the sigmoid colon."),
        ("CT abdomen and pelvis", "No discitis at L4-5."),
        ("CT cervical spine", "Nonunion at L5-S1."),
        ("Progress note", "Nonunion at L5-S1."),
    ],
)
def test_nothing_good_follows_from_an_image_of_another_purpose(title, said):
    assert read_reports(record(report(conclusion=said) | {"code": {"text": title}})) == ()


GENERIC = "18748-4"  # diagnostic imaging study, of whatever kind


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("RADIOLOGY REPORT\nExam: CT lumbar spine without contrast\nIMPRESSION: {}", Modality.CT),
        ("EXAMINATION: CT LUMBAR SPINE  COMPARISON: MRI 2020\nIMPRESSION: {}", Modality.CT),
        ("Example Hospital\nProcedure: MRI lumbar spine\nIMPRESSION: {}", Modality.MR),
        ("Example Hospital\nRadiology\nCT LUMBAR SPINE W/O CONTRAST\nIMPRESSION: {}", Modality.CT),
        ("RADIOLOGY REPORT\nComparison: CT lumbar spine 2024\nIMPRESSION: {}", Modality.OTHER),
        ("IMPRESSION: {}\nCorrelate with CT lumbar spine.", Modality.OTHER),
        ("IMPRESSION: {}", Modality.OTHER),
    ],
)
def test_a_report_of_any_image_is_of_the_kind_that_its_lines_name(text, modality):
    """Contract, rule 14: what a report affirms is never ignored."""
    body = text.format("Nonunion at L5-S1.")
    for members in ({"presentedForm": [attachment(body)]}, {"conclusion": body}):
        found = only(report(code=GENERIC, **members))
        assert found.modality is modality
        assert [f.target for f in found.findings] == [Target.NONUNION]


def test_a_report_of_any_image_without_a_finding_at_the_lower_spine_is_none_of_ours():
    assert read_reports(record(report(code=GENERIC, conclusion="No pneumonia."))) == ()


def test_a_document_of_any_image_is_a_report_when_its_lines_name_the_examination():
    text = "RADIOLOGY REPORT\nExam: CT lumbar spine\nIMPRESSION: Solid fusion L4-S1."
    filed = note(text, type=loinc(GENERIC))
    (found,) = read_documents(record(filed)).reports
    assert found.modality is Modality.CT
