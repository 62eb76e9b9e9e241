"""Published menus: what each revision holds, and which was published when, by whom and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "menu_revisions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_menu_revisions"),
    )
    op.create_table(
        "menu_publications",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.String(64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["revision"], ["menu_revisions.id"], name="fk_menu_publications_revision"),
        sa.PrimaryKeyConstraint("number", name="pk_menu_publications"),
    )


def downgrade() -> None:
    op.drop_table("menu_publications")
    op.drop_table("menu_revisions")
