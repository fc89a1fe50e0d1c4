"""A month of a hospital that never was: 10,000 invocations, always the same ones.

It is written through the store like a real one. ``python -m tests.report.simulated_month FOLDER``
makes it in a folder (``SPINE_CDS_DATA_DIR``), for the report of docs/report.md.
"""

import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import hooks
from cds_service.settings import Settings
from cds_service.store.audit_rows import AuditRow
from cds_service.store.feedback import FeedbackBatch, FeedbackItem
from cds_service.store.opening import open_store, prepare_store
from hooks.spine.wording import OVERRIDE_REASONS

SEED = 20260301
FIRST = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
DAYS = 28
INVOCATIONS = 10_000
# Of a hundred invocations of a service on order-sign so many are about an order that is ours.
OURS = {"spinal-hardware-removal": 6, "spinal-fusion-revision": 9}
CODES = {
    "spinal-hardware-removal": ["http://www.ama-assn.org/go/cpt|22852"],
    "spinal-fusion-revision": ["http://www.ama-assn.org/go/cpt|22849"],
}
SUGGESTED = {
    "http://loinc.org|30620-9": 0.35,
    "http://loinc.org|4537-7": 0.3,
    "http://loinc.org|1988-5": 0.3,
    "Intraoperative deep tissue cultures (aerobic + anaerobic, extended incubation)": 0.9,
}
OVERRIDDEN = {
    "clinical-judgement": 6,
    "reviewed-imaging-elsewhere": 4,
    "not-applicable": 3,
    "urgent": 2,
    "data-wrong": 1,
    "": 3,  # no reason picked
}
COMMENTS = ["Seen in clinic.", "CT was done elsewhere.", None, None, None]
UNREAD = [("documents", "timeout"), ("imaging", "incomplete"), ("coverages", "forbidden")]
REASONS = ["no-data", "no-data", "stale", "uncertain-text", "not-searched", "level-gap", "possible"]


def simulate(store):
    """Write the month: audit rows by the queue, feedback by its batches."""
    dice = random.Random(SEED)  # noqa: S311 - the same month every time
    services = [s for s in hooks.services() if s.hook == "order-sign"]
    for number in range(INVOCATIONS):
        row = invocation(dice, number, dice.choice(services))
        store.audit.put(row)
        if row.outcome == "card" and dice.random() < 0.6:
            store.add_feedback(feedback(dice, row))
    stray = FeedbackItem("5665665d-9e36-4675-afba-77365af221dd", "overridden", FIRST)
    store.add_feedback(FeedbackBatch("default", services[0].id, FIRST, (stray,)))


def invocation(dice, number, service):
    when = working_hour(dice)
    shadow = dice.random() < 0.15
    fields = {
        "id": f"{number:016x}",
        "at": when,
        "client": "shadow-hospital" if shadow else "main-hospital",
        "service": service.id,
        "version": service.version,
        "hook": service.hook,
        "patient": f"{dice.getrandbits(64):016x}",
        "instance": f"{dice.getrandbits(64):016x}",
        "shadow": shadow,
        "status": 200,
        "orders": dice.choice([1, 1, 1, 2, 3, 5]),
    }
    if dice.random() * 100 < OURS[service.id]:
        return AuditRow(**(fields | recognised(dice, service, shadow)))
    refused = dice.random() < 0.004
    fields |= {"outcome": "refused", "status": 400} if refused else {"outcome": "silent"}
    return AuditRow(**fields, microseconds=int(dice.lognormvariate(6.2, 0.4)))


def working_hour(dice):
    day = FIRST + timedelta(days=dice.randrange(DAYS))
    if day.weekday() > 4 and dice.random() < 0.8:
        day -= timedelta(days=2)
    return day + timedelta(seconds=int(dice.triangular(6 * 3600, 20 * 3600, 11 * 3600)))


def recognised(dice, service, shadow):
    """What is noted about an order that is ours: mostly a card."""
    unread = dict(dice.sample(UNREAD, dice.choice([0, 0, 0, 1, 2])))
    noted = {"intent": CODES[service.id], "unread": unread or None}
    if dice.random() < 0.02:
        told = {"outcome": "nothing-readable", "status": 412, "microseconds": 2_400_000}
        return noted | told | {"unread": dict.fromkeys(service.prefetch, "timeout")}
    warning = dice.random() < 0.55
    suggested = [what for what, share in SUGGESTED.items() if dice.random() < share]
    fetched = dice.random() < 0.3
    judged = noted | {
        "outcome": "shadow" if shadow else "card",
        "microseconds": int(dice.lognormvariate(13.0 if fetched else 9.4, 0.5)),
        "indicator": "warning" if warning else "info",
        "criteria": statuses(dice, service.criteria, "met", "not-met"),
        "risk_factors": statuses(dice, service.risk_factors, "absent", "present"),
    }
    if shadow:
        return judged
    suggestions = {uuid(dice): what for what in suggested}
    return judged | {"card": uuid(dice), "suggestions": suggestions or None}


def statuses(dice, judged, usual, other):
    """Some criteria are seldom documented; which, is the same for the whole month."""
    given = {}
    for place, criterion in enumerate(judged):
        unknown = 0.08 + 0.4 * (place * 5 % len(judged)) / len(judged)
        known = dice.choices([usual, other], [5, 1])[0]
        why = REASONS[(place + dice.choice([0, 0, 0, 1, 2])) % len(REASONS)]
        given[criterion.id] = f"unknown/{why}" if dice.random() < unknown else known
    return given


def uuid(dice):
    return str(UUID(int=dice.getrandbits(128), version=4))


def feedback(dice, row):
    when = row.at + timedelta(seconds=dice.randrange(5, 600))
    if row.suggestions and dice.random() < 0.55:
        taken = tuple(each for each in row.suggestions if dice.random() < 0.7)
        item = FeedbackItem(row.card, "accepted", when, taken or tuple(row.suggestions)[:1])
    else:
        code = dice.choices(list(OVERRIDDEN), list(OVERRIDDEN.values()))[0]
        reason = (code, OVERRIDE_REASONS[0].system) if code else None
        item = FeedbackItem(row.card, "overridden", when, (), reason, dice.choice(COMMENTS))
    return FeedbackBatch(row.client, row.service, when, (item,))


def main(folder):
    settings = Settings(data_dir=Path(folder))
    prepare_store(settings)
    store = open_store(settings)
    simulate(store)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1])
