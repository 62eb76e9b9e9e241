"""Speech input: how steps were answered by speech, and how calls fared with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("spoken", "unheard", "hearing_failures"):
        op.add_column("calls", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("calls", sa.Column("bad_line", sa.Text(), nullable=False, server_default=""))
    op.add_column("steps", sa.Column("band", sa.Text(), nullable=False, server_default=""))
    op.add_column("steps", sa.Column("confidence", sa.Float(), nullable=True))
    op.add_column("steps", sa.Column("decision_ms", sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in ("decision_ms", "confidence", "band"):
        op.drop_column("steps", name)
    for name in ("bad_line", "hearing_failures", "unheard", "spoken"):
        op.drop_column("calls", name)
