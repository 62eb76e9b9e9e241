"""Alembic runs this file: it applies the changes on the connection that `ivr.storage.database` opened."""

from __future__ import annotations

from alembic import context

from ivr.storage import draft_models, office_models, work_models
from ivr.storage.models import Base

# Whose import makes their tables part of the metadata.
for model in (office_models.Account, work_models.Work, draft_models.MenuDraft):
    assert issubclass(model, Base)
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
