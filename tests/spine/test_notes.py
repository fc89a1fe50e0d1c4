"""Clinic notes: the newest that speaks of a topic answers for it (contract, rules 14 and 25)."""

import pytest

from hooks.spine.findings import Target
from hooks.spine.notes import affirmed, denied, hedged, read_notes
from hooks.spine.reports import read_documents
from tests.chart import attachment, note, record


def notes(*resources, **extents):
    chart = record(*resources, **extents)
    return read_notes(chart, read_documents(chart))


def topics(*resources, **extents):
    found = notes(*resources, **extents)
    return {(t.name, t.stance.value) for each in found.all for t in each.topics}


@pytest.mark.parametrize(
    ("text", "name", "stance"),
    [
        ("Radicular pain in the left leg.", "radicular", "affirmed"),
        ("No radicular pain.", "radicular", "denied"),
        ("SLR negative.", "radicular", "denied"),
        ("Neurologically intact.", "radicular", "denied"),
        ("Possible radiculopathy.", "radicular", "possible"),
        ("Tender over the left iliac screw.", "hardware-pain", "affirmed"),
        ("No tenderness over the hardware.", "hardware-pain", "denied"),
        ("Symptomatic hardware.", "symptomatic-hardware", "affirmed"),
        ("Axial low back pain.", "axial-pain", "affirmed"),
        ("Realistic expectations were discussed.", "expectations", "affirmed"),
        ("Pain limits walking.", "function", "affirmed"),
        ("No functional limitation.", "function", "denied"),
        ("Her pain is worsening.", "worsening", "affirmed"),
        ("His pain is improving.", "worsening", "denied"),
        ("Failed physical therapy.", "conservative-care", "affirmed"),
        ("Declined physical therapy.", "conservative-care", "denied"),
        ("Saddle anesthesia.", "red-flag", "affirmed"),
        ("Prior lumbar fusion in 2019.", "prior-fusion", "affirmed"),
    ],
)
def test_a_note_speaks_of_what_no_image_shows(text, name, stance):
    assert (name, stance) in topics(note(text))


@pytest.mark.parametrize(
    "text",
    ["", "The weather is fine.", "Risks include radicular pain.", "If leg pain occurs, call."],
)
def test_a_note_that_says_nothing_of_it_says_nothing(text):
    assert topics(note(text)) == set()


def test_what_the_patient_tells_counts_for_symptoms():
    assert ("radicular", "affirmed") in topics(note("HPI: Leg pain since May."))


def test_a_topic_keeps_its_side_levels_and_sentence():
    (topic,) = notes(note("Well. Tender over the left iliac screw.")).on("hardware-pain")
    assert (topic.side, topic.levels.pelvis) == ("left", True)
    assert topic.evidence.as_json() == {
        "resource": "DocumentReference/note",
        "date": "2026-02-01",
        "origin": "note-text",
        "quote": "Tender over the left iliac screw.",
    }


def test_the_newest_note_that_speaks_of_a_topic_answers_for_it():
    old, new = note("Leg pain.", "old", "2025-01-01"), note("No leg pain.", "new", "2026-01-01")
    silent = note("Doing fine.", "silent", "2026-02-01")
    found = notes(old, new, silent).on("radicular")
    assert (len(denied(found)), len(affirmed(found))) == (1, 0)


def test_notes_of_the_newest_day_answer_together():
    one, other = note("Leg pain.", "one"), note("No leg pain.", "other")
    found = notes(one, other).on("radicular")
    assert (len(denied(found)), len(affirmed(found))) == (1, 1)


def test_a_month_as_date_may_be_the_newest_day():
    one, other = note("Leg pain.", "one", "2026-02-01"), note("No leg pain.", "other", when=None)
    month = other | {"date": "2026-02"}
    assert len(notes(one, month).on("radicular")) == 2


def test_where_the_newest_note_is_not_known_all_of_them_speak():
    old, new = note("Leg pain.", "old", "2025-01-01"), note("No leg pain.", "new", "2026-01-01")
    found = notes(old, new, part=["document_references"]).on("radicular")
    assert (len(denied(found)), len(affirmed(found))) == (1, 1)
    assert len(notes(old, new, newest=["document_references"]).on("radicular")) == 1


def test_notes_come_newest_first_and_undated_ones_last():
    found = notes(note("x", "b", "2025-01-01"), note("x", "c", when=None), note("x", "a"))
    names = [n.reference.partition("/")[2] for n in found.all]
    assert names == ["a", "b", "c"]
    assert found.all[-1].when is None


def test_an_undated_note_only_hints_where_no_other_speaks():
    found = notes(note("Leg pain.", "undated", when=None), note("Well.", "dated"))
    assert len(hedged(found.on("radicular"))) == 1


def test_several_topics_may_be_asked_for_together():
    found = notes(note("Leg pain. Symptomatic hardware."))
    assert [t.name for t in found.on("radicular", "symptomatic-hardware")] == [
        "radicular",
        "symptomatic-hardware",
    ]
    assert found.on("expectations") == ()


def test_what_a_note_says_of_images_is_kept_apart_from_its_topics():
    found = notes(note("CT shows nonunion at L5-S1. No loosening."))
    assert [f.target for f in found.findings] == [Target.NONUNION, Target.LOOSENING]
    assert len(found.affirming(Target.NONUNION)) == 1
    assert found.affirming(Target.LOOSENING) == ()


def test_a_note_may_name_the_construct():
    (found,) = notes(note("L4-S1 instrumentation in place.")).all
    assert str(found.construct) == "L4-S1"


def test_a_note_that_nobody_here_can_read_is_said_to_be_unreadable():
    pdf = {"attachment": attachment(b"%PDF-1.7", "application/pdf")}
    (alone,) = notes(note("", content=[pdf])).all
    assert alone.unreadable
    (beside,) = notes(note("", content=[pdf, {"attachment": attachment("Leg pain.")}])).all
    assert not beside.unreadable


def test_a_ct_report_filed_as_a_document_is_no_note():
    assert notes(note("Solid fusion.", title="CT lumbar spine")).all == ()


def test_one_sentence_is_evidence_once():
    found = notes(note("Leg pain and radiculopathy at L5."))
    assert len(affirmed(found.on("radicular"))) == 1


def test_what_is_left_open_is_hedged():
    assert len(hedged(notes(note("Possible radiculopathy.")).on("radicular"))) == 1
