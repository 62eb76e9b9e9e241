"""The tables of the console, and the indexes by which calls are searched there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SEARCHED = ("tree", "last_node", "ended_by", "dialled", "caller_tail")
_NO_CHANGE = "audit entries are never changed"


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("calls", sa.Column("caller_tail", sa.Text(), nullable=False, server_default=""))
    op.drop_index("ix_calls_started_at", table_name="calls")
    op.create_index("ix_calls_started_at_id", "calls", ["started_at", "id"])
    for column in _SEARCHED:
        op.create_index(f"ix_calls_{column}_started_at", "calls", [column, "started_at"])
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("code_secret", sa.Text(), nullable=False),
        sa.Column("last_code", sa.String(10), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", _moment(), nullable=True),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("password_at", _moment(), nullable=False),
        sa.Column("signed_in_at", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_accounts"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("form_key", sa.String(64), nullable=False),
        sa.Column("began_at", _moment(), nullable=False),
        sa.Column("seen_at", _moment(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_sessions_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
    )
    op.create_index("ix_sessions_account", "sessions", ["account"])
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", _moment(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    for column in ("who", "action", "subject"):
        op.create_index(f"ix_audit_{column}_number", "audit", [column, "number"])
    _forbid_changes()
    op.create_table(
        "saved_views",
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_saved_views_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account", "name", name="pk_saved_views"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", _moment(), nullable=False),
        sa.Column("expires_at", _moment(), nullable=True),
        sa.Column("used_at", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_api_tokens"),
        sa.UniqueConstraint("name", name="uq_api_tokens_name"),
    )
    op.create_table(
        "tallies",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("tree", sa.String(200), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "name", "tree", "place", "value", name="pk_tallies"),
    )
    op.create_index("ix_tallies_name_tree_day", "tallies", ["name", "tree", "day"])


def _forbid_changes() -> None:
    """Make the database itself refuse to change or delete audit entries."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit "
                f"BEGIN SELECT RAISE(ABORT, '{_NO_CHANGE}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_no_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_NO_CHANGE}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_no_change()"
    )


def downgrade() -> None:
    for table in ("tallies", "api_tokens", "saved_views", "audit", "sessions", "accounts"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_no_change()")
    for column in _SEARCHED:
        op.drop_index(f"ix_calls_{column}_started_at", table_name="calls")
    op.drop_index("ix_calls_started_at_id", table_name="calls")
    op.create_index("ix_calls_started_at", "calls", ["started_at"])
    op.drop_column("calls", "caller_tail")
