"""The construct: what was implanted and fused, at which levels, and when."""

from __future__ import annotations

from functools import cached_property

import msgspec

from cds_service.engine.dates import DateInterval, span
from cds_service.engine.evidence import Evidence, Origin
from cds_service.engine.record import PatientRecord
from cds_service.engine.resources import Procedure
from hooks.spine.devices import Implant, read_implants
from hooks.spine.levels import NO_LEVELS, Levels
from hooks.spine.operation_words import (
    is_about_lower_spine,
    is_of_the_spine,
    region_of_surgery,
)
from hooks.spine.order_words import Act, Region, act_of_history
from hooks.spine.other_codes import names_something_else
from hooks.spine.procedure_places import (
    ANTERIOR,
    is_noted_here,
    is_sited_here,
    place_of,
    titles_of_procedure,
)

_FUSIONS = ("lumbar-fusion", "reinsertion-of-spinal-fixation")
_REGION_UNSAID = ("spinal-fusion-any-region", "posterior-instrumentation", ANTERIOR)
_WITHOUT_IMPLANTS = "other-lumbar-surgery"
_OTHER_SURGERY = ("removal-of-posterior-instrumentation", "exploration-of-fusion")


class Operation(msgspec.Struct, frozen=True, gc=False):
    """One completed spine operation: when, at which levels, and whether it fused or implanted."""

    procedure: Procedure
    when: DateInterval | None
    levels: Levels
    fuses: bool
    evidence: Evidence


class Construct(msgspec.Struct, frozen=True, dict=True):
    """All spine operations of a patient; ``levels`` is what they instrumented and fused."""

    operations: tuple[Operation, ...]
    fused_elsewhere: bool = False
    without_implants: tuple[Operation, ...] = ()  # decompression, drainage
    uncertain: tuple[Operation, ...] = ()  # stopped or of unknown status: they count for nothing
    uncertain_without_implants: tuple[Operation, ...] = ()  # or perhaps done elsewhere
    implants: tuple[Implant, ...] = ()

    @property
    def is_elsewhere(self) -> bool:
        """Whether every known fusion is cervical or thoracic (rule 6)."""
        return self.fused_elsewhere and not self.operations and not self.implants

    @cached_property
    def fusions(self) -> tuple[Operation, ...]:
        """The operations that fused or implanted."""
        return tuple(operation for operation in self.operations if operation.fuses)

    @cached_property
    def levels(self) -> Levels:
        """The levels of all fusions and implants together."""
        levels = NO_LEVELS
        for named in ([f.levels for f in self.fusions], [i.levels for i in self.implants]):
            for each in named:
                levels |= each
        return levels

    @cached_property
    def last_fusion(self) -> DateInterval | None:
        """When the last fusion or implantation was; None when none is known or one has no date."""
        return _latest(self.fusions)

    @cached_property
    def last_surgery(self) -> DateInterval | None:
        """When the last spine operation of any kind was; None like ``last_fusion``."""
        return _latest(self.surgeries)

    @cached_property
    def last_dated_fusion(self) -> DateInterval | None:
        """When the last fusion with a date was: what is older is history, whatever has no date."""
        return _latest(tuple([f for f in self.fusions if f.when is not None]))

    @cached_property
    def last_dated_surgery(self) -> DateInterval | None:
        """When the last spine operation with a date was, like ``last_dated_fusion``."""
        return _latest(tuple([s for s in self.surgeries if s.when is not None]))

    def last_dated_surgery_near(self, hardware: Levels) -> DateInterval | None:
        """When the last one with a date was that may have reached hardware at these levels.

        One without implants at known levels reaches no further than the vertebrae beside them.
        """
        near = [o for o in self.without_implants if not o.levels or o.levels.borders(hardware)]
        return _latest(tuple([s for s in (*self.operations, *near) if s.when is not None]))

    @property
    def surgeries(self) -> tuple[Operation, ...]:
        """All spine operations, those without implants included."""
        return self.operations + self.without_implants

    def may_follow(self, when: DateInterval) -> tuple[Operation, ...]:
        """Return the operations of any kind that may have taken place, and then not before this.

        One without implants that was stopped did not come to anything.
        """
        uncertain = self.uncertain + self.uncertain_without_implants
        return tuple([o for o in uncertain if not (o.when and o.when.surely_before(when))])

    def fusions_that_may_follow(self, last: DateInterval) -> tuple[Operation, ...]:
        """Return the fusions that may have taken place, and then may be younger than the last."""
        may_be = [o for o in self.uncertain if o.fuses]
        return tuple([o for o in may_be if not (o.when and last.surely_not_before(o.when))])


def _latest(operations: tuple[Operation, ...]) -> DateInterval | None:
    """Return the interval in which the latest operation fell: partial dates may overlap."""
    dates = [operation.when for operation in operations]
    known = [when for when in dates if when is not None]
    if not known or len(known) < len(dates):
        return None
    newest = max(known, key=lambda when: (when.last, when.first))
    first = max(when.first for when in known)
    return DateInterval(min(first, newest.last), newest.last, newest.text)


def read_construct(record: PatientRecord) -> Construct:
    """Return the construct that the completed procedures of the record describe."""
    coded = record.coded(Procedure, *_FUSIONS, *_REGION_UNSAID, *_OTHER_SURGERY)
    known = {id(p) for p in coded}
    others = [p for p in record.all(Procedure) if id(p) not in known]
    done = [p for p in coded if is_completed(p)]
    places = [place_of(record, procedure) for procedure in done]
    by_text = _operations_by_text(record, [p for p in others if is_completed(p)])
    found = _operations(record, done, places, is_lumbar=bool(by_text)) + by_text
    elsewhere = any(map(is_completed, record.coded(Procedure, "fusion-out-of-scope"))) or any(
        region is Region.ELSEWHERE for _, region in places
    )
    open_ones = [p for p in coded if not is_completed(p)]
    places = [place_of(record, procedure) for procedure in open_ones]
    uncertain = _operations(record, open_ones, places, is_lumbar=True)
    uncertain += _operations_by_text(record, [p for p in others if not is_completed(p)])
    beside, perhaps = _without_implants(record, others)
    implants = read_implants(record)
    return Construct(tuple(found), elsewhere, beside, tuple(uncertain), perhaps, implants)


def _without_implants(
    record: PatientRecord, procedures: list[Procedure]
) -> tuple[tuple[Operation, ...], tuple[Operation, ...]]:
    """Return the operations without implants, and those that may be some.

    They are not stopped, and do not say in words that they fused.
    """
    coded = {id(p) for p in record.coded(Procedure, _WITHOUT_IMPLANTS)}
    sure: list[Operation] = []
    perhaps: list[Operation] = []
    for procedure in procedures:
        if procedure.status == "stopped":
            continue
        is_coded = id(procedure) in coded
        title, is_here = ("", True) if is_coded else _named_without_implants(record, procedure)
        if (is_coded or title) and _operation_by_text(record, procedure) is None:
            origin = Origin.CODED if is_coded else Origin.NOTE_TEXT
            levels = place_of(record, procedure)[0]
            is_sure = is_here and is_completed(procedure)
            operation = _made(record, procedure, levels, False, origin, title)
            (sure if is_sure else perhaps).append(operation)
    return tuple(sure), tuple(perhaps)


def _named_without_implants(record: PatientRecord, procedure: Procedure) -> tuple[str, bool]:
    """Return the name that tells of such an operation, and whether it surely was here.

    Of a washout after a lumbar fusion, or with a note of the lumbar spine, the place is likely
    that; one of the spine without a place may be here. The name is empty where none tells of one,
    or where it was elsewhere.
    """
    titles = titles_of_procedure(procedure)
    named = {t: region for t in titles if (region := region_of_surgery(t)) is not None}
    if not named or _says_something_else(record, procedure):
        return "", False
    if place_of(record, procedure)[1] is Region.ELSEWHERE:
        return "", False
    is_noted = is_noted_here(procedure)
    of_spine = [title for title in named if is_of_the_spine(title)]
    is_placed = is_sited_here(record, procedure) or (is_noted and bool(of_spine))
    if here := [t for t, region in named.items() if is_placed or region is Region.IN_SCOPE]:
        return here[0], True
    perhaps = [t for t in named if is_noted or t in of_spine or is_about_lower_spine(t)]
    return next(iter(perhaps), ""), False


def is_completed(procedure: Procedure) -> bool:
    """Whether a procedure surely took place; one stopped or of unknown status may not have."""
    return procedure.status == "completed"


def _operations_by_text(record: PatientRecord, procedures: list[Procedure]) -> list[Operation]:
    found = (_operation_by_text(record, procedure) for procedure in procedures)
    return [operation for operation in found if operation is not None]


def _operations(
    record: PatientRecord,
    coded: list[Procedure],
    places: list[tuple[Levels, Region]],
    *,
    is_lumbar: bool,
) -> list[Operation]:
    """Return the coded operations; a code of any region counts beside one on the lower spine."""
    open_ones: list[tuple[Procedure, Levels]] = []
    found: list[Operation] = []
    for procedure, (levels, region) in zip(coded, places, strict=True):
        memberships = record.memberships(procedure.code)
        of_spine = not memberships.isdisjoint(_FUSIONS + _OTHER_SURGERY)
        if region is Region.ELSEWHERE:
            continue
        if not of_spine and region is not Region.IN_SCOPE:
            if ANTERIOR not in memberships:  # which without a region is most often of the neck
                open_ones.append((procedure, levels))
            continue
        fuses = not memberships.isdisjoint(_FUSIONS + _REGION_UNSAID)
        found.append(_made(record, procedure, levels, fuses, Origin.CODED))
    if found or is_lumbar:
        found += [_made(record, p, levels, True, Origin.CODED) for p, levels in open_ones]
    return found


def _operation_by_text(record: PatientRecord, procedure: Procedure) -> Operation | None:
    if _says_something_else(record, procedure):
        return None
    titles = titles_of_procedure(procedure)
    said = next(((t, act) for t in titles if (act := act_of_history(t)) is not None), None)
    if said is None:
        return None
    text, act = said
    levels, region = place_of(record, procedure)
    if region is Region.ELSEWHERE:
        return None
    return _made(
        record, procedure, levels, act not in (Act.REMOVAL, Act.EXPLORATION), Origin.NOTE_TEXT, text
    )


def _says_something_else(record: PatientRecord, procedure: Procedure) -> bool:
    """Whether a code tells of something that no words overrule."""
    if memberships := record.memberships(procedure.code):
        return memberships != {_WITHOUT_IMPLANTS}
    return bool(procedure.code and names_something_else(procedure.code.coding))


def _made(
    record: PatientRecord,
    procedure: Procedure,
    levels: Levels,
    fuses: bool,
    origin: Origin,
    quote: str = "",
) -> Operation:
    when = performed(record, procedure)
    says = "fusion or instrumentation" if fuses else "spine operation"
    says += f" at {levels}" if levels else ""
    says += "" if is_completed(procedure) else ", not known to be completed"
    evidence = Evidence(
        origin, procedure.reference, when.text if when else "", quote=quote, says=says
    )
    return Operation(procedure, when, levels, fuses, evidence)


def performed(record: PatientRecord, procedure: Procedure) -> DateInterval | None:
    """Return when a procedure was performed, a period from its start to its end."""
    period = procedure.performed_period
    when = record.dated(procedure.performed_date_time)
    if when is None and period is not None:
        return span(record.dated(period.start), record.dated(period.end))
    return when
