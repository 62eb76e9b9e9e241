"""Indexes of the few calls that were not understood, had a poor line, or asked a backend that failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_calls_misheard": "wrong_inputs + unheard > 0",
    "ix_calls_poor_line": "rtp_loss > 0.03",
    "ix_calls_backend_failed": "backend_failures > 0",
}


def upgrade() -> None:
    for name, condition in _INDEXES.items():
        where = sa.text(condition)
        op.create_index(name, "calls", ["started_at"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, table_name="calls")
