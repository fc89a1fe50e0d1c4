"""The indexes by which the report and the retention find their rows."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the indexes; most invocations have no card, and stay out of theirs."""
    with_card = sa.text("card IS NOT NULL")
    op.create_index("invocation_at", "invocation", ["at"])
    op.create_index(
        "invocation_card",
        "invocation",
        ["card"],
        sqlite_where=with_card,
        postgresql_where=with_card,
    )
    op.create_index("feedback_card", "feedback", ["card"])
    op.create_index("feedback_received", "feedback", ["received_at"])


def downgrade() -> None:
    """Take the indexes away."""
    for name in ("feedback_received", "feedback_card"):
        op.drop_index(name, "feedback")
    for name in ("invocation_card", "invocation_at"):
        op.drop_index(name, "invocation")
