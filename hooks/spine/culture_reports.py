"""Reports of tissue cultures whose result is no coded Observation: a hint at infection, no more.

One that is not final, or that nobody here can read, leaves open whether something grew.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from cds_service.engine.dates import DateInterval
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import DiagnosticReport, Observation
from hooks.spine.chart_lexicon import chart_words
from hooks.spine.coded_findings import FINAL
from hooks.spine.laterality import names_of
from hooks.spine.report_versions import named_as
from hooks.spine.reports import has_unread_results
from hooks.spine.texts import texts_of_report
from hooks.spine.words import in_order, words

_WORDS = chart_words("culture")
_CULTURE, _TISSUE = _WORDS["culture"], _WORDS["tissue"]
_GROWTH, _GROWN, _JOINING = _WORDS["growth"], _WORDS["grown"], _WORDS["joining"]
_NEUTRAL, _CELLS, _AMOUNTS = _WORDS["neutral"], _WORDS["cells"], _WORDS["amounts"]
_SIGNED = _WORDS["signed"]
_BEFORE_STERILE, _IN_STERILE = _WORDS["before sterile"], _WORDS["behind sterile"]
_TURNS = (" but ", " except ", " with ", ".", ";", "\n", "\t", "  ")
_LONGEST = 2_000  # characters; of a longer part not every word is read
_QUOTED = 200  # characters
_CODED = "tissue-culture"


class CultureReports(msgspec.Struct, frozen=True, gc=False):
    """Reports of tissue cultures since an operation, by what they leave to be said of growth."""

    grown: tuple[Evidence, ...]  # they say more than "no growth"
    unfinished: tuple[Evidence, ...]
    unreadable: tuple[Evidence, ...]
    without_results: tuple[Evidence, ...]


class _Report(msgspec.Struct, frozen=True, dict=True):
    """One report of a tissue culture with its day and its text, empty without any."""

    report: DiagnosticReport
    when: DateInterval | None
    text: str

    @cached_property
    def may_have_grown(self) -> bool:
        return bool(self.text) and not _is_quiet(self.text)

    @property
    def is_final(self) -> bool:
        return self.report.status in FINAL

    @property
    def evidence(self) -> Evidence:
        dated = self.when.text if self.when else ""
        says = "tissue culture report"
        return Evidence(Origin.CODED, self.report.reference, dated, says=says)

    @property
    def growth(self) -> Evidence:
        dated = self.when.text if self.when else ""
        quote = " ".join(self.text[:_QUOTED].split())
        origin, says = Origin.REPORT_TEXT, "Culture report:"
        return Evidence(origin, self.report.reference, dated, quote=quote, says=says)


def read_culture_reports(
    record: PatientRecord, surgery: DateInterval | None, newest_result: DateInterval | None
) -> CultureReports:
    """Return the reports of tissue cultures since an operation; undated ones count.

    An unfinished one is outdated by a later version and, where nothing grew so far, by any newer
    final culture; ``newest_result`` is the day of the newest that is an Observation.
    """
    every = list(_reports(record))
    since = [r for r in every if not (r.when and surgery and r.when.surely_before(surgery))]
    grown = tuple(r.growth for r in since if r.may_have_grown)
    quiet = [r for r in since if not r.may_have_grown]
    unfinished = _not_outdated(record, every, [r for r in quiet if not r.is_final], newest_result)
    lacking, unread = [], []
    for found in (r for r in quiet if r.is_final):
        if has_unread_results(record, found.report):
            lacking.append(found.evidence)
        elif not _is_read(record, found):
            unread.append(found.evidence)
    pending = tuple(r.evidence for r in unfinished)
    return CultureReports(grown, pending, tuple(unread), tuple(lacking))


def _reports(record: PatientRecord) -> Iterator[_Report]:
    for report in record.all(DiagnosticReport):
        if _is_of_tissue(record, report):
            period = report.effective_period
            start = period.start if period else None
            when = record.dated(report.effective_date_time, start, report.issued)
            texts = texts_of_report(record, report).found
            yield _Report(report, when, "\n".join(text.body for text in texts))


def _is_of_tissue(record: PatientRecord, report: DiagnosticReport) -> bool:
    if report.code is None:
        return False
    said = words(" ".join(filter(None, names_of(report.code))))
    return bool(said & _CULTURE and said & _TISSUE) or _CODED in record.memberships(report.code)


def _is_read(record: PatientRecord, found: _Report) -> bool:
    """Whether a report says something: in its text, or by results that are cultures themselves."""
    results = [record.by_reference(Observation, r.reference) for r in found.report.result]
    coded = [_CODED in record.memberships(o.code) for o in results if o is not None]
    return bool(found.text) or (bool(coded) and all(coded))


def _not_outdated(
    record: PatientRecord,
    every: list[_Report],
    unfinished: list[_Report],
    newest_result: DateInterval | None,
) -> list[_Report]:
    final = [r for r in every if r.is_final] if unfinished else []
    days = [d for d in (newest_result, *(r.when for r in final)) if d is not None]
    newest = max(days, key=lambda day: day.first, default=None)
    versions = {_culture_key(record, r) for r in final} - {None}
    return [
        r
        for r in unfinished
        if not (newest and r.when and r.when.surely_before(newest))
        and _culture_key(record, r) not in versions
    ]


def _culture_key(record: PatientRecord, found: _Report) -> tuple[object, ...] | None:
    """Return what only versions of one report share; of one day there are many samples."""
    named = named_as(record, found.report.code)
    if found.when is None or named is None:
        return None
    return (found.when.text, *named, frozenset(s.reference for s in found.report.specimen))


def _is_quiet(text: str) -> bool:
    """Whether a culture says that nothing grew, and each part of it that or nothing.

    "No growth aerobically, Cutibacterium acnes anaerobically" is not quiet.
    """
    read = [_read(part) for part in _parts(text)]
    return any(denies for denies, _ in read) and all(neutral for _, neutral in read)


def _parts(text: str) -> Iterator[str]:
    """Yield the parts of a text, each with its labels; who signed it, and where, says nothing."""
    said = ":".join(part.strip(" ") for part in text.lower().replace("dr.", "dr").split(":"))
    for turn in _TURNS:
        said = said.replace(turn, "|")
    for sentence in said.split("|"):
        if not _is_signature(sentence):
            yield from filter(in_order, sentence.split(","))


def _is_signature(sentence: str) -> bool:
    """Whether a sentence is "Performed at: General Hospital", and names nothing that may grow."""
    said = in_order(sentence)
    signs = len(said) > 2 and said[0] in _SIGNED and said[1] in ("at", "by")
    grows = (_GROWTH | _GROWN | _AMOUNTS).intersection(said) or "+" in sentence
    return signs and not grows and not said[2][0].isdigit()


def _read(part: str) -> tuple[bool, bool]:
    """Return whether a part denies growth, and whether what is left of it says nothing of it."""
    label, _, answer = part.rpartition(":")
    asked, said = in_order(label), _no_first(in_order(answer))
    denied = [_begins(said, place, asked) for place in range(len(said))]
    left = _left(said, denied)
    if any(denied[:1]):  # "Organisms: none seen"
        asked = [word for word in asked if word not in _GROWTH]
    counts = bool(_CELLS.intersection(asked + said))
    neutral = counts or not ("+" in part or _is_share(said))
    neutral &= not ("not sterile" in answer or "not negative" in answer)
    neutral &= all(_says_nothing(word, counts=counts) for word in asked + left)
    return any(denied), neutral and len(part) <= _LONGEST


def _no_first(said: list[str]) -> list[str]:
    """Return "no anaerobes isolated" for "anaerobes not isolated", and the like."""
    text = " ".join(said).replace("did not grow", "no growth").replace("nothing grew", "no growth")
    said = text.split()
    place = said.index("not") if "not" in said else 0
    is_denied = place and said[place + 1 :][:1] and said[place + 1] in _GROWN
    if is_denied and _GROWTH.union(_JOINING, ("was", "were")).issuperset(said[:place]):
        return ["no", *said[:place], *said[place + 1 :]]
    return said


def _begins(said: list[str], place: int, asked: list[str]) -> bool:
    """Whether a denial of growth begins with this word."""
    word, after = said[place], (said[place + 1 :] or [""])[0]
    before = said[place - 1] if place else ""
    if word == "none":
        return after in _GROWN - {"seen"} or bool(_GROWTH.intersection(asked))
    if word == "negative":
        return before != "gram"
    if word == "sterile":
        return _BEFORE_STERILE.issuperset(said[:place]) and after not in _IN_STERILE
    return word == "no" and after in _GROWTH | _GROWN - {"seen"}


def _left(said: list[str], denied: list[bool]) -> list[str]:
    """Return the words that stand in no denial."""
    left: list[str] = []
    inside = False
    for place, word in enumerate(said):
        after = said[place + 1] if place + 1 < len(said) else ""
        of_it = word in _GROWTH | _GROWN or (word in _JOINING and after in _GROWTH)
        of_it &= not (place and said[place - 1] == "negative" and word != "for")
        inside = denied[place] or (inside and of_it)
        left += [] if inside else [word]
    return left


def _says_nothing(word: str, *, counts: bool) -> bool:
    """Whether a word says nothing of growth: a neutral one, a number, a level, cells."""
    if word in _NEUTRAL or word in _CELLS:
        return True
    is_level = all(part.lstrip("cdlst").isdigit() for part in word.split("-"))
    return word[0].isdigit() or is_level or (counts and word in _AMOUNTS)


def _is_share(said: list[str]) -> bool:
    """Whether it is said of some of several samples: in the others something may have grown."""
    threes = zip(said, said[1:], said[2:], strict=False)
    return any(some.isdigit() and of == "of" and some != all_ for some, of, all_ in threes)
