"""What counts as a CT of the spine: by its title, and by what a SPECT/CT says of its CT (3.5)."""

import pytest

from hooks.spine.diagnostic_ct import has_diagnostic_ct
from hooks.spine.examinations import Modality
from hooks.spine.findings import Target
from hooks.spine.reports import read_documents, read_reports
from tests.chart import loinc, note, record, report, said

SOLID = "Solid fusion from L4 to S1."
DCM = "http://dicom.nema.org/resources/ontology/DCM"


def modality(title, text=SOLID):
    (found,) = read_reports(record(report(conclusion=text) | {"code": {"text": title}}))
    return found.modality


@pytest.mark.parametrize(
    "title",
    [
        "CAT scan lumbar spine",
        "CAT-scan of the lumbar spine",
        "Computed tomography, lumbar spine",
        "CT lumbar spine with intravenous contrast injection",
        "CT lumbar myelogram",
        "CT lumbar post myelogram injection",
        "CT lumbar spine, intraoperative navigation planning",
        "CT lumbar spine, hardware, pre-injection",
        "CT lumbar spine before injection",
        "CT lumbar spine prior to biopsy",
    ],
)
def test_a_ct_is_one_by_any_of_its_names(title):
    assert modality(title) is Modality.CT


@pytest.mark.parametrize(
    "title",
    [
        "CT-guided biopsy lumbar spine",
        "CT guided needle aspiration L4-5 disc, lumbar spine",
        "CT lumbar spine for injection guidance",
        "CT-guided epidural injection with contrast, lumbar",
        "Cone beam CT lumbar spine",
        "CBCT lumbar spine",
        "O-arm CT lumbar spine",
        "Intraoperative CT lumbar spine",
        "CT guided biopsy planning, lumbar spine",
        "CT-guided injection before myelogram, lumbar spine",
        "CT lumbar spine, injection L4-L5, after myelogram of 2024",
    ],
)
def test_a_ct_that_guides_a_needle_or_an_operation_is_no_examination(title):
    assert modality(title) is Modality.OTHER
    assert read_documents(record(note(SOLID, title=title))).reports[0].modality is Modality.OTHER


def test_a_study_coded_as_ct_is_none_when_its_report_is_of_a_biopsy():
    study = {
        "resourceType": "ImagingStudy",
        "id": "study",
        "status": "available",
        "modality": [{"system": DCM, "code": "CT"}],
    }
    biopsy = report(conclusion=SOLID, imagingStudy=[{"reference": "ImagingStudy/study"}])
    biopsy |= {"code": {"text": "CT-guided biopsy lumbar spine"}}
    assert read_reports(record(biopsy, study))[0].modality is Modality.OTHER


def test_what_such_a_ct_shows_to_be_bad_is_kept():
    biopsy = report(**said("nonunion")) | {"code": {"text": "CT-guided biopsy lumbar spine"}}
    (found,) = read_reports(record(biopsy))
    assert len(found.findings) == 1


@pytest.mark.parametrize("title", ["H&P", "History and physical", "Clinic note"])
def test_a_note_is_no_report_whatever_its_first_line_names(title):
    assert read_documents(record(note(f"CT LUMBAR SPINE\n{SOLID}", title=title))).reports == ()


@pytest.mark.parametrize(
    ("line", "is_report"),
    [
        ("NM lumbar spine", True),
        ("Lumbar spine NM bone scan", True),
        ("Nuclear medicine, lumbar spine", True),
        ("Spine Center, 1 Main Street, Albuquerque, NM 87102", False),
        ("Lumbar Bone and Spine Associates, Santa Fe NM", False),
    ],
)
def test_nm_is_nuclear_medicine_where_it_begins_a_line_and_else_a_state(line, is_report):
    found = read_documents(record(note(f"{line}\n{SOLID}", title="Summary")))
    assert bool(found.reports) is is_report
    assert bool(found.notes) is not is_report


@pytest.mark.parametrize(
    "title",
    ["Positron emission tomography lumbar spine", "Single photon emission tomography spine"],
)
def test_emission_tomography_is_no_ct(title):
    assert modality(title) is Modality.SPECT_CT


@pytest.mark.parametrize(
    "text",
    [
        "CT is diagnostic.",
        "Diagnostic-quality CT.",
        "TECHNIQUE: SPECT with diagnostic CT of the lumbar spine.",
        "TECHNIQUE:\nSPECT and a diagnostic CT were acquired.\nCOMPARISON: CT of 2024.",
        "Compared with the diagnostic CT of 2024. TECHNIQUE: SPECT with diagnostic CT.",
        "TECHNIQUE: SPECT with diagnostic CT of the lumbar spine without intravenous contrast.",
        "SPECT without IV contrast and a non-contrast diagnostic CT.",
        "Diagnostic CT shows no hardware loosening",
        "The diagnostic CT does not show any loosening.",
        "On the diagnostic CT there is solid fusion at L4-L5 and no lucency",
        "Diagnostic CT shows solid fusion; the surgical plan is unchanged.",
        "SPECT/CT with diagnostic CT 01/05/2026",
        "SPECT/CT with diagnostic CT, 5 May 2026",
    ],
)
def test_a_spect_ct_that_calls_its_ct_diagnostic_has_one(text):
    assert has_diagnostic_ct([text])


@pytest.mark.parametrize(
    "text",
    [
        "Low-dose nondiagnostic CT.",
        "Low-dose non-diagnostic CT.",
        "No diagnostic CT was performed.",
        "This is not a diagnostic CT.",
        "The CT is not of diagnostic quality.",
        "Correlate with a dedicated diagnostic CT.",
        "A diagnostic CT is recommended.",
        "RECOMMENDATION: Diagnostic CT.",
        "Compared with the diagnostic CT of 2024.",
        "COMPARISON: Diagnostic CT of 2024.",
        "The diagnostic CT from 01/02/2025 was at hand.",
        "Diagnostic CT was reviewed.",
        "A diagnostic CT of the lumbar spine was not acquired.",
        "Diagnostic CT: no.",
        "Diagnostic CT of the whole lumbar and sacral spine with thin sections is recommended.",
        "SPECT without diagnostic CT.",
        "Diagnostic CT 2024 showed fusion.",
        "Solid on the diagnostic CT of 5 May 2024.",
        "SPECT with diagnostic CT, and a dedicated diagnostic CT may follow.",
        "COMPARISON\nDiagnostic CT of 2024.",
        "TECHNIQUE: SPECT with diagnostic CT. IMPRESSION: Diagnostic CT is recommended.",
        "TECHNIQUE: SPECT with CT for localisation.",
        "",
    ],
)
def test_a_spect_ct_that_says_the_opposite_asks_for_one_or_compares_has_none(text):
    assert not has_diagnostic_ct([text])


@pytest.mark.parametrize(
    "line",
    [
        "CT LUMBAR SPINE WITHOUT CONTRAST 12 May 2026",
        "CT LUMBAR SPINE WITHOUT CONTRAST, MAY 12, 2026",
        "CT LUMBAR SPINE. Comparison: none",
        "CT lumbar spine: further evaluation of fusion",
        "CT lumbar spine to determine if nonunion",
        "CT LUMBAR SPINE. Clinical history: prior fusion, patient is in pain",
    ],
)
@pytest.mark.parametrize("code", [{"text": "Diagnostic imaging study"}, loinc("18748-4")], ids=str)
def test_the_first_line_names_the_examination_beside_its_day_its_comparison_and_its_aim(code, line):
    text = f"{line}\nIMPRESSION: Nonunion at L5-S1."
    (found,) = read_reports(record(report(conclusion=text) | {"code": code}))
    assert found.modality is Modality.CT
    assert Target.NONUNION in {f.target for f in found.findings}


@pytest.mark.parametrize(
    "line",
    [
        "CT lumbar spine may be of help",
        "If pain persists, CT lumbar spine",
        "CT lumbar spine if pain persists",
        "Further evaluation with CT lumbar spine",
        "Comparison: CT lumbar spine 12 May 2025",
    ],
)
def test_a_line_that_tells_of_an_examination_or_asks_for_one_names_none(line):
    text = f"{line}\nSolid fusion from L4 to S1."
    named = report(conclusion=text) | {"code": {"text": "Diagnostic imaging study"}}
    assert read_reports(record(named)) == ()
    assert read_documents(record(note(text, title="Summary"))).reports == ()


def test_a_visit_that_is_filed_as_a_report_is_no_ct_that_it_tells_of():
    visit = report(conclusion="CT lumbar spine findings: solid fusion") | {
        "code": {"text": "Visit"}
    }
    assert read_reports(record(visit)) == ()
