"""Alembic runs this file: it applies the changes on the connection that `ivr.storage.database` opened."""

from __future__ import annotations

from alembic import context

from ivr.storage import office_models
from ivr.storage.models import Base

assert issubclass(office_models.Account, Base)  # whose import makes its tables part of the metadata
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
