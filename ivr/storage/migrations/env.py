"""Alembic runs this file: it applies the changes on the connection that `ivr.storage.database` opened."""

from __future__ import annotations

from alembic import context

from ivr.storage import office_models, work_models
from ivr.storage.models import Base

# Whose import makes their tables part of the metadata.
assert issubclass(office_models.Account, Base) and issubclass(work_models.Work, Base)
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
