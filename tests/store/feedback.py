"""What clients report, and what is found in a store."""

from sqlalchemy import select

from cds_service.store.schema import FEEDBACK, INVOCATION

CARD = "2a2d3f0c-6b3e-4a53-9a86-5d8a4f9f0001"
SUGGESTION = "2a2d3f0c-6b3e-4a53-9a86-5d8a4f9f0002"
WHEN = "2026-03-01T10:05:31Z"


def overridden(card=CARD, **members):
    return {"card": card, "outcome": "overridden", "outcomeTimestamp": WHEN} | members


def accepted(card=CARD, **members):
    suggestions = [{"id": SUGGESTION}]
    return overridden(card, outcome="accepted", acceptedSuggestions=suggestions) | members


def with_comment(text):
    return overridden(overrideReason={"userComment": text})


def report(client, *items, service="toy"):
    return client.post(f"/cds-services/{service}/feedback", json={"feedback": list(items)})


def rows(engine, table=FEEDBACK):
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def audit_rows(engine):
    return rows(engine, INVOCATION)
