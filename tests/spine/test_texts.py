"""Where the text of reports and notes lives, and in which order (clinical.md, 4.1; rule 14)."""

import pytest

from cds_service.engine.evidence import Origin
from cds_service.engine.resources import DiagnosticReport, DocumentReference
from hooks.spine.examinations import Modality
from hooks.spine.findings import Stance, Target
from hooks.spine.reports import read_documents, read_reports
from hooks.spine.texts import Text, heading_of, seems_english, texts_of_document, texts_of_report
from tests.chart import FINDING, attachment, concept, finding, loinc, note, record, report

SOLID = "The fusion is solid at L4-5."
CT_TITLE = "CT LUMBAR SPINE WITHOUT CONTRAST"
PDF = attachment(b"%PDF-1.7", "application/pdf")


def narrative(words):
    return {"text": {"status": "generated", "div": f"<div><p>{words}</p></div>"}}


def texts(*resources):
    chart = record(*resources)
    (found,) = chart.all(DiagnosticReport)
    return texts_of_report(chart, found)


def bodies(*resources):
    return [text.body for text in texts(*resources).found]


def answer(words, name="result", **members):
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"text": "Bone"},
        "valueString": words,
    } | members


def read(*resources, **extents):
    chart = record(*resources, **extents)
    return read_reports(chart, read_documents(chart).reports)


def only(*resources, **extents):
    (found,) = read(*resources, **extents)
    return found


def stated(*resources):
    return [(f.target, f.stance, str(f.levels)) for f in only(*resources).findings]


def test_a_report_is_read_from_conclusion_then_forms_then_results():
    result = answer("solid")
    found = texts(
        report(
            conclusion="One.",
            presentedForm=[attachment("Two."), attachment("<p>Three.</p>", "text/html")],
            results=[result],
            **narrative("Four."),
        ),
        result,
    )
    assert [t.body.strip() for t in found.found] == ["One.", "Two.", "Three.", "Bone: solid"]
    assert [t.resource for t in found.found][2:] == ["DiagnosticReport/ct", "Observation/result"]
    assert {t.origin for t in found.found} == {Origin.REPORT_TEXT}
    assert not found.unreadable


def test_the_narrative_is_read_only_where_nothing_else_is_and_is_said_to_be_one():
    (only_text,) = texts(report(**narrative("Solid."))).found
    assert (only_text.body.strip(), only_text.origin) == ("Solid.", Origin.NARRATIVE)
    assert bodies(report(conclusion="Solid.", **narrative("Loose."))) == ["Solid."]


def test_a_conclusion_is_an_impression_and_outweighs_the_findings_of_the_form():
    form = attachment("FINDINGS: Solid fusion at L4-5.")
    found = stated(report(conclusion="Nonunion at L4-5.", presentedForm=[form]))
    assert found == [(Target.NONUNION, Stance.AFFIRMED, "L4-L5")]


@pytest.mark.parametrize(
    "form",
    [PDF, attachment(b"\0\0"), {"contentType": "text/plain", "url": "Binary/1"},
     {"contentType": "text/plain", "data": "!"}],
    ids=["pdf", "no text", "url", "no base64"],
)  # fmt: skip
def test_a_form_that_cannot_be_read_is_said_to_be_unreadable(form):
    assert texts(report(presentedForm=[form])).unreadable
    assert only(report(presentedForm=[form])).unreadable


def test_a_pdf_beside_a_conclusion_that_was_read_leaves_nothing_open():
    found = only(report(conclusion=SOLID, presentedForm=[PDF]))
    assert (found.unreadable, len(found.findings)) == (False, 1)


def test_an_attachment_that_holds_nothing_at_all_is_none():
    found = texts(report(presentedForm=[{"contentType": "text/plain"}]))
    assert (found.found, found.unreadable) == ((), False)


def test_a_result_with_a_long_name_or_none_is_its_value_alone():
    nameless, long = answer("solid", "a"), answer("loose", "b", code={"text": "x" * 40})
    del nameless["code"]
    assert bodies(report(results=[nameless, long]), nameless, long) == ["solid", "loose"]


def test_a_result_without_a_string_has_no_text():
    result = finding("nonunion")
    assert bodies(report(results=[result]), result) == []


def test_a_finding_quotes_its_sentence_with_its_section_and_offsets():
    text = "FINDINGS: x.\nIMPRESSION: The fusion\nis solid at L4-5. No loosening."
    found = only(report(presentedForm=[attachment(text)])).findings[0]
    assert found.evidence.quote == "The fusion is solid at L4-5."
    assert text[found.start : found.end] == "The fusion\nis solid at L4-5."
    assert found.section == "impression"
    assert found.evidence.says == "solid fusion affirmed at L4-L5, impression:"
    assert found.evidence.as_json()["date"] == "2026-01-04"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("No loosening at any level.", "loosening or displacement of hardware reported absent"
         " at all levels:"),
        ("The left S1 screw is loose.", "loosening or displacement of hardware affirmed at S1"
         " (left):"),
        ("Nonunion at L5-S1. The remaining levels are solidly fused.",
         "solid fusion affirmed at the remaining levels:"),
    ],
)  # fmt: skip
def test_what_a_finding_says_tells_stance_levels_and_side(text, says):
    found = only(report(presentedForm=[attachment(text)])).findings
    assert found[-1].evidence.says == says


def test_a_quote_has_no_line_breaks_and_at_most_five_hundred_characters():
    text = "Solid fusion at L4-5 " + "and more\n" * 200
    assert len(only(report(presentedForm=[attachment(text)])).findings[0].evidence.quote) == 500


def test_what_was_once_is_no_finding():
    assert stated(report(conclusion="History of nonunion at L4-5. No loosening.")) == [
        (Target.LOOSENING, Stance.DENIED, "")
    ]


def test_levels_of_the_construct_come_from_the_report():
    found = only(report(conclusion="L4-S1 instrumentation. L3-4 fixation."))
    assert str(found.construct) == "L3-S1"
    filed = only(note("L4-S1 instrumentation.", title="CT lumbar spine"))
    assert str(filed.construct) == "L4-S1"


def test_a_report_filed_twice_is_read_once():
    filed = note(SOLID, "copy", title="CT lumbar spine report")
    found = read(report(conclusion=SOLID), filed)
    assert [r.reference for r in found] == ["DiagnosticReport/ct"]


NONUNION = "Nonunion at L5-S1."


def test_what_is_bad_is_new_when_it_is_filed_on_another_day_though_the_words_are_the_same():
    older = report("older", when="2025-03-10", conclusion=NONUNION)
    newer = report(conclusion=SOLID)
    filed = note(NONUNION, "copy", title="CT lumbar spine report")
    assert [r.reference for r in read(older, newer, filed)][-1] == "DocumentReference/copy"
    undated = note(NONUNION, "copy", when=None, title="CT lumbar spine report")
    assert len(read(older, newer, undated)) == 2


def test_a_filed_report_is_compared_with_one_report_made_in_the_same_way():
    both = note(f"{SOLID} {NONUNION}", "copy", title="CT lumbar spine report")
    parts = [report("one", conclusion=SOLID), report("two", conclusion=NONUNION)]
    assert len(read(*parts, both)) == 3
    filed = note(SOLID, "copy", title="CT lumbar spine report")
    assert len(read(report(code="24972-2", conclusion=SOLID), filed)) == 2


def test_a_document_of_another_purpose_counts_for_what_is_bad_at_the_lower_spine():
    found = only(note(NONUNION, title="CT abdomen and pelvis"))
    assert (found.modality, found.findings[0].target) == (Modality.OTHER, Target.NONUNION)
    assert found.findings[0].evidence.origin is Origin.REPORT_TEXT
    assert read(note(SOLID, title="CT abdomen and pelvis")) == ()


def test_a_filed_report_that_says_more_is_read_too():
    filed = note(f"{SOLID} Loose screw at S1.", "copy", title="CT lumbar spine report")
    assert len(read(report(conclusion=SOLID), filed)) == 2


def test_a_filed_report_that_cannot_be_read_is_not_taken_for_one_seen():
    filed = note("", "copy", title="CT lumbar spine", content=[{"attachment": PDF}])
    found = read(report(conclusion=SOLID), filed)
    assert [r.unreadable for r in found if r.reference == "DocumentReference/copy"] == [True]


@pytest.mark.parametrize(
    "members",
    [
        {"type": loinc("30620-9")},
        {"title": "CT lumbar spine"},
        {"title": "Scanned document", "description": "CT lumbar spine"},
        {"title": "Scanned document",
         "content": [{"attachment": attachment(SOLID, title="CT lumbar spine")}]},
    ],
    ids=["type", "type text", "description", "title"],
)  # fmt: skip
def test_a_document_that_is_a_ct_report_by_type_or_title_counts_as_one(members):
    found = only(note(SOLID, **members))
    assert (found.modality, found.when.text) == (Modality.CT, "2026-02-01")
    assert found.findings[0].evidence.origin is Origin.REPORT_TEXT


def test_a_document_whose_first_line_names_the_examination_is_one():
    found = only(note(f"\n{CT_TITLE}\nFINDINGS: {SOLID}", title="Document"))
    assert found.modality is Modality.CT


@pytest.mark.parametrize(
    "document",
    [
        note("CT lumbar spine was reviewed today. " + SOLID),
        note(f"{CT_TITLE}\n{SOLID}", title="Clinic note"),
        note(SOLID, title="CT lumbar spine follow-up note"),
        note(SOLID, title="Operative report"),
        note("CT of the lumbar spine shows a solid fusion."),
        note(SOLID, title="Letter"),
    ],
)
def test_a_note_that_only_speaks_of_a_ct_is_none(document):
    assert read(document) == ()


def test_a_document_on_another_part_of_the_body_is_no_report_of_ours():
    assert read(note(SOLID, title="CT cervical spine")) == ()


@pytest.mark.parametrize(
    ("status", "final"),
    [(None, True), ("final", True), ("amended", True), ("preliminary", False)],
)
def test_a_filed_report_is_final_unless_its_status_says_otherwise(status, final):
    found = only(note(SOLID, title="CT lumbar spine", docStatus=status))
    assert found.is_final is final


def test_a_filed_report_is_of_the_day_of_the_service():
    when = {"period": {"start": "2026-01-04"}}
    filed = only(note(SOLID, title="CT lumbar spine", context=when))
    assert filed.when.text == "2026-01-04"
    assert {f.evidence.date for f in filed.findings} == {"2026-01-04"}


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        (f"CT is diagnostic. {SOLID}", Modality.CT),
        (f"Diagnostic-quality CT. {SOLID}", Modality.CT),
        (f"Non-diagnostic CT. {SOLID}", Modality.SPECT_CT),
        (SOLID, Modality.SPECT_CT),
    ],
)
def test_a_spect_ct_counts_as_ct_only_when_it_says_that_its_ct_is_diagnostic(text, modality):
    titled = report(conclusion=text) | {"code": {"text": "SPECT/CT lumbar spine"}}
    assert only(titled).modality is modality


@pytest.mark.parametrize(
    ("words", "english"),
    [
        ("The fusion is solid.", True),
        ("Die Fusion ist knöchern durchbaut.", False),
        ("Solid.", False),
        ("", False),
    ],
)
def test_a_text_is_taken_for_english_by_its_small_words(words, english):
    assert seems_english([Text(words, Origin.REPORT_TEXT, "x")]) is english


def test_the_heading_of_a_text_is_its_first_line_with_words():
    assert heading_of(Text("\n  \n  CT \nx", Origin.REPORT_TEXT, "x")) == "CT"
    assert heading_of(Text(" \n ", Origin.REPORT_TEXT, "x")) == ""
    assert len(heading_of(Text("x" * 900, Origin.REPORT_TEXT, "x"))) == 120


def test_a_document_gives_the_texts_that_it_carries():
    both = note("x", content=[{"attachment": attachment("One.")}, {"attachment": PDF}, {}])
    (document,) = record(both).all(DocumentReference)
    found = texts_of_document(document)
    assert ([t.body for t in found.found], found.unreadable) == (["One."], True)
    assert found.found[0].origin is Origin.NOTE_TEXT


def test_a_report_of_codes_that_nobody_here_understands_is_unreadable():
    assert only(report(conclusionCode=[concept("urn:local", "rad-17")])).unreadable
    assert not only(report()).unreadable


def test_codes_and_text_of_one_report_stand_side_by_side():
    coded = report(conclusion=SOLID, conclusionCode=[concept(FINDING, "loosening")])
    assert [s[0] for s in stated(coded)] == [Target.LOOSENING, Target.SOLID_FUSION]
