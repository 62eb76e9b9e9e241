"""The first tables: calls, steps, and how far the journals were read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _call_id() -> sa.String:
    return sa.String(100).with_variant(sa.String(100, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", _call_id(), nullable=False),
        sa.Column("started_at", _moment(), nullable=False),
        sa.Column("last_line_at", _moment(), nullable=False),
        sa.Column("journal", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("answered_at", _moment(), nullable=True),
        sa.Column("ended_at", _moment(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("caller_masked", sa.Text(), nullable=False),
        sa.Column("caller_hash", sa.Text(), nullable=False),
        sa.Column("caller_sealed", sa.Text(), nullable=False),
        sa.Column("dialled", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("tree", sa.Text(), nullable=False),
        sa.Column("menu_revision", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("sip_code", sa.Integer(), nullable=True),
        sa.Column("last_tree", sa.Text(), nullable=False),
        sa.Column("last_node", sa.Text(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("keys", sa.Integer(), nullable=False),
        sa.Column("key_source", sa.Text(), nullable=False),
        sa.Column("wrong_inputs", sa.Integer(), nullable=False),
        sa.Column("silences", sa.Integer(), nullable=False),
        sa.Column("ways_out", sa.Integer(), nullable=False),
        sa.Column("barge_ins", sa.Integer(), nullable=False),
        sa.Column("first_audio_ms", sa.Integer(), nullable=True),
        sa.Column("late_clauses", sa.Integer(), nullable=False),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("rtp_received", sa.Integer(), nullable=True),
        sa.Column("rtp_lost", sa.Integer(), nullable=True),
        sa.Column("rtp_loss", sa.Float(), nullable=True),
        sa.Column("jitter_ms", sa.Float(), nullable=True),
        sa.Column("round_trip_ms", sa.Float(), nullable=True),
        sa.Column("backend_queries", sa.Integer(), nullable=False),
        sa.Column("backend_answers", sa.Integer(), nullable=False),
        sa.Column("backend_failures", sa.Integer(), nullable=False),
        sa.Column("backend_ms", sa.Integer(), nullable=False),
        sa.Column("transfer_outcome", sa.Text(), nullable=False),
        sa.Column("journal_lines", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
    )
    op.create_index("ix_calls_caller_hash_started_at", "calls", ["caller_hash", "started_at"])
    op.create_index("ix_calls_ended_at", "calls", ["ended_at"])
    op.create_index("ix_calls_outcome_started_at", "calls", ["outcome", "started_at"])
    op.create_index("ix_calls_started_at", "calls", ["started_at"])
    op.create_table(
        "shipped",
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("garbage", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("shipped_at", _moment(), nullable=False),
        sa.PrimaryKeyConstraint("file", name="pk_shipped"),
    )
    op.create_table(
        "steps",
        sa.Column("call_id", _call_id(), nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entered_at", _moment(), nullable=True),
        sa.Column("left_at", _moment(), nullable=True),
        sa.Column("tree", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("played_ms", sa.Integer(), nullable=False),
        sa.Column("total_ms", sa.Integer(), nullable=True),
        sa.Column("barge_in_ms", sa.Integer(), nullable=True),
        sa.Column("first_audio_ms", sa.Integer(), nullable=True),
        sa.Column("late_clauses", sa.Integer(), nullable=False),
        sa.Column("input", sa.Text(), nullable=False),
        sa.Column("key_source", sa.Text(), nullable=False),
        sa.Column("option", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("next", sa.Text(), nullable=False),
        sa.Column("backend_operation", sa.Text(), nullable=False),
        sa.Column("backend_ms", sa.Integer(), nullable=True),
        sa.Column("backend_status", sa.Text(), nullable=False),
        sa.Column("transfer_target", sa.Text(), nullable=False),
        sa.Column("transfer_outcome", sa.Text(), nullable=False),
        sa.Column("transfer_ms", sa.Integer(), nullable=True),
        sa.Column("moments", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_steps_call_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", "step", name="pk_steps"),
    )


def downgrade() -> None:
    op.drop_table("steps")
    op.drop_table("shipped")
    op.drop_index("ix_calls_started_at", table_name="calls")
    op.drop_index("ix_calls_outcome_started_at", table_name="calls")
    op.drop_index("ix_calls_ended_at", table_name="calls")
    op.drop_index("ix_calls_caller_hash_started_at", table_name="calls")
    op.drop_table("calls")
