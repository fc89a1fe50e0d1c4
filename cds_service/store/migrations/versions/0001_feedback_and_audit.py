"""The tables of feedback and of the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "invocation",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("at", moment, nullable=False),
        *[
            sa.Column(name, sa.Text, nullable=False)
            for name in ("client", "service", "version", "hook")
        ],
        sa.Column("patient", sa.Text),
        sa.Column("instance", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("shadow", sa.Boolean, nullable=False),
        sa.Column("microseconds", sa.Integer, nullable=False),
        sa.Column("orders", sa.Integer),
        sa.Column("ignored", sa.JSON),
        sa.Column("intent", sa.JSON),
        sa.Column("card", sa.Text),
        sa.Column("indicator", sa.Text),
        *[
            sa.Column(name, sa.JSON)
            for name in ("criteria", "risk_factors", "suggestions", "unread")
        ],
    )
    op.create_table(
        "feedback",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("received_at", moment, nullable=False),
        *[
            sa.Column(name, sa.Text, nullable=False)
            for name in ("client", "service", "card", "outcome")
        ],
        sa.Column("outcome_at", moment, nullable=False),
        sa.Column("suggestions", sa.JSON),
        *[
            sa.Column(name, sa.Text)
            for name in ("reason_code", "reason_system", "comment", "comment_form")
        ],
    )


def downgrade() -> None:
    """Take them away, with all that is in them."""
    op.drop_table("feedback")
    op.drop_table("invocation")
