"""The day of an examination as the head of its own report names it: "Date of exam: 06/14/2019".

A report that was made elsewhere is filed when it arrives, which may be years later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import re2

from cds_service.engine.dates import DateInterval, parse_date, span
from hooks.spine.texts import Text

_LINES = 14  # of a text; what follows is the report itself
_TITLES = 3  # the first of them, which may name the examination with its day
_LONGEST = 120  # characters
_OF_EXAM = "exam|examination|study|service|scan|ct"
# A label that says so may stand anywhere in its line; any other one opens it.
_SURELY = re2.compile(
    rf"(?i)\b(?:(?:date|day)(?:/time| and time)? of (?:the )?(?:{_OF_EXAM})"
    rf"|(?:{_OF_EXAM}) (?:date|performed|completed)|date performed|performed on|dos)\W(.+)$"
)
_OF_PROCEDURE = re2.compile(
    r"(?i)^\W*(?:(?:date|day)(?:/time| and time)? of (?:the )?procedure"
    r"|procedure (?:date|performed|completed)|procedure\s*:)\W?(.+)$"
)
_PERHAPS = re2.compile(rf"(?i)^\W*(?:performed|date|{_OF_EXAM})\s*:(.+)$")
_TITLED = re2.compile(r"(?i)^\W*(?:ct|cat scan|computed tomography|spect|mri?|xr|x-ray)\b(.+)$")
_OF_ANOTHER = r"comparison|compared|prior|previous"
_COMPARES = re2.compile(rf"(?i)\b(?:{_OF_ANOTHER})\b")
# What follows one of these words, or a sentence, is another day.
_OTHER_DAY = re2.compile(
    rf"(?i)(?:\.\s|\b(?:{_OF_ANOTHER}|since|history|indication|findings|impression|dob|birth|born|"
    r"report|reported|dictated|signed|transcribed|received|scanned|surgery|operated|operation|"
    r"fusion|psf|plf|tlif|alif|laminectomy|hardware|screws|placed|postop|post-op|status|s/p)\b).*$"
)
# Behind a day they say that it is no day of an examination, unless they label another one.
_OF_PAPER = "dob|birth|born|report|reported|dictated|signed|transcribed|received|scanned"
_SURGERY = (
    "surgery|operated|operation|fusion|fused|psf|plf|tlif|alif|laminectomy|removal|hardware|screws|"
    "placed"
)
_PAPER_BEHIND = re2.compile(
    rf"(?i)^[\s,(-]*(?:\d+:\d\d\S*\s+(?:[ap]m\s+)?)?(?:date of )?(?:{_OF_PAPER})\b"
    r"\s*(?:(?:date|day|time|on|by)\b\s*)?([:\d]?)"
)
_SURGERY_BEHIND = re2.compile(rf"(?i)^[^:.;]*\b(?:{_SURGERY})\b")
_IMAGE = re2.compile(r"(?i)\b(?:ct|mri?|xr|x-ray|spect|scan|tomography|exam|study)\b")
_WRITTEN = re2.compile(
    r"(?i)\b(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})\b"
    r"|(\d{1,2})[ -]([a-z]{3})[a-z]*\.?[ -](\d{4})|([a-z]{3})[a-z]*\.? (\d{1,2}),? (\d{4}))"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def day_of_exam(texts: Iterable[Text], latest: date) -> DateInterval | None:
    """Return the day that the head of a report names, and None when it names none up to the latest.

    Days that disagree, and 03/04, which is read in two ways, are one interval.
    """
    for text in texts:
        days = sorted(_days(text.body), key=lambda day: day.first)
        known = [day for day in days if day.first <= latest]
        if known:
            return span(known[0], known[-1])
    return None


def _days(body: str) -> list[DateInterval]:
    lines = [line.strip()[:_LONGEST] for line in body[:2_000].splitlines() if line.strip()]
    head = lines[:_LINES]
    sure = [day for line in head for day in _first_day(*_behind_label(line))]
    if sure:
        return sure
    others = [pattern.search(line) for pattern in (_OF_PROCEDURE, _PERHAPS) for line in head]
    others += [_TITLED.search(line) for line in head[:_TITLES]]
    return [day for found in others if found for day in _first_day(found.group(1), found.group())]


def _behind_label(line: str) -> tuple[str, str]:
    """Return what stands behind the label of a day that is no comparison, and both together."""
    found = _SURELY.search(line)
    if found is None or _COMPARES.search(line[: found.start()]):
        return "", ""
    return found.group(1), found.group()


def _first_day(said: str, line: str) -> Iterator[DateInterval]:
    """Yield the days that the first date may mean; ``line`` is the text with its label."""
    match = _WRITTEN.search(_OTHER_DAY.sub("", said))
    if match is not None and not _is_of_another(said[match.end() :], line):
        yield from _meant(match.groups())


def _is_of_another(behind: str, line: str) -> bool:
    """Whether words behind a day make it one of a birth, a paper, or an operation.

    "Date: 03/01/2019 DOB"; "06/14/2019 Report date: 06/16/2019" is the day before the label.
    """
    paper = _PAPER_BEHIND.search(behind)
    if paper is not None and not paper.group(1):
        return True
    return bool(_SURGERY_BEHIND.search(behind)) and not _IMAGE.search(line)


def _meant(parts: tuple[str | None, ...]) -> Iterator[DateInterval]:
    """Yield the days that the parts of a written date may mean: 03/04/2019 is two."""
    year, month, day, one, other, short, day_first, name, its_year, named, its_day, last = parts
    tried: list[tuple[str | None, ...]]
    if year:
        tried = [(year, month, day)]
    elif one:
        tried = [(_whole(short), one, other), (_whole(short), other, one)]
    elif name:
        tried = [(its_year, _month(name), day_first)]
    else:
        tried = [(last, _month(named), its_day)]
    for each in dict.fromkeys(tried):
        when = _interval(*[int(part or 0) for part in each])
        if when is not None:
            yield when


def _whole(year: str | None) -> str:
    return f"20{year}" if year and len(year) == len("19") else year or "0"


def _month(name: str | None) -> str:
    known = (name or "").lower()
    return str(_MONTHS.index(known) + 1) if known in _MONTHS else "0"


def _interval(year: int, month: int, day: int) -> DateInterval | None:
    try:
        return parse_date(date(year, month, day).isoformat())
    except ValueError:
        return None
