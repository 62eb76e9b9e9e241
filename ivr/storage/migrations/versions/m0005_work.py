"""What waits for people, the township that a call is about, what it left, its rating, and counts by month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WORK_INDEXES = (
    ("state", "due_at"),
    ("state", "queue", "due_at", "taken_by"),
    ("state", "closed_at"),
    ("state", "call_started_at"),
    ("taken_by", "state"),
    ("queue", "left_at"),
    ("ticket",),
)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _call_id() -> sa.String:
    return sa.String(100).with_variant(sa.String(100, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("calls", sa.Column("township", sa.Text(), nullable=False, server_default=""))
    op.add_column("calls", sa.Column("left_items", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("calls", sa.Column("rating", sa.Integer(), nullable=True))
    op.create_index("ix_calls_township_started_at", "calls", ["township", "started_at"])
    _make_work()
    op.create_table(
        "month_tallies",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("tree", sa.String(200), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("month", "name", "tree", "place", "value", name="pk_month_tallies"),
    )
    op.create_index("ix_month_tallies_name_tree_month", "month_tallies", ["name", "tree", "month"])
    op.create_index("ix_month_tallies_name_month", "month_tallies", ["name", "month"])
    op.create_index("ix_tallies_name_day", "tallies", ["name", "day"])
    # Outcomes by day alone, and everything by month, of what has been counted so far.
    op.execute(
        "INSERT INTO tallies (day, name, tree, place, value, amount) "
        "SELECT day, 'day_outcome', '', '', value, sum(amount) FROM tallies WHERE name = 'outcome' GROUP BY day, value"
    )
    month = "date(day, 'start of month')" if _is_sqlite() else "date_trunc('month', day)::date"
    op.execute(
        "INSERT INTO month_tallies (month, name, tree, place, value, amount) "
        f"SELECT {month}, name, tree, place, value, sum(amount) FROM tallies GROUP BY 1, name, tree, place, value"
    )


def _make_work() -> None:
    op.create_table(
        "work",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("queue", sa.String(20), nullable=False),
        sa.Column("call_id", _call_id(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("call_started_at", _moment(), nullable=False),
        sa.Column("ticket", sa.String(200), nullable=False),
        sa.Column("left_at", _moment(), nullable=False),
        sa.Column("caller_masked", sa.Text(), nullable=False),
        sa.Column("caller_sealed", sa.Text(), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("township", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("recordings", sa.Text(), nullable=False),
        sa.Column("contact_by", _moment(), nullable=True),
        sa.Column("answer_by", _moment(), nullable=False),
        sa.Column("due_at", _moment(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("taken_by", sa.String(64), nullable=False),
        sa.Column("taken_at", _moment(), nullable=True),
        sa.Column("contacted_at", _moment(), nullable=True),
        sa.Column("closed_at", _moment(), nullable=True),
        sa.Column("closed_by", sa.String(64), nullable=False),
        sa.Column("result", sa.String(20), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
        sa.Column("transcript_by", sa.String(64), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_work"),
        sa.UniqueConstraint("call_id", "queue", "token", name="uq_work_call_id_queue_token"),
        sqlite_autoincrement=True,
    )
    for columns in _WORK_INDEXES:
        op.create_index(f"ix_work_{'_'.join(columns)}", "work", list(columns))
    op.create_table(
        "work_notes",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("deed", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item"], ["work.id"], name="fk_work_notes_item", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number", name="pk_work_notes"),
    )
    op.create_index("ix_work_notes_item", "work_notes", ["item"])


def downgrade() -> None:
    for table in ("month_tallies", "work_notes", "work"):
        op.drop_table(table)
    since = "'day_outcome', 'township', 'rating', 'heard', 'resumed', 'deadline'"
    op.execute(f"DELETE FROM tallies WHERE name IN ({since})")
    op.drop_index("ix_tallies_name_day", table_name="tallies")
    op.drop_index("ix_calls_township_started_at", table_name="calls")
    for name in ("rating", "left_items", "township"):
        op.drop_column("calls", name)


def _is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
