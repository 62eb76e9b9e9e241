"""Drafts of menus that are written in the console."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "menu_drafts",
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("document", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("began_with", sa.JSON(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_menu_drafts_account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account", "document", name="pk_menu_drafts"),
    )


def downgrade() -> None:
    op.drop_table("menu_drafts")
