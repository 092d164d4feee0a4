"""Alembic's environment: runs on the connection it is handed, under the owner's role."""

from alembic import context
from sqlalchemy import Column

import services.agent.transcript
import services.entities  # noqa: F401 - registers the tables
from services.entities.table import Base

# Indexes, policies and procrastinate's tables are held by tests/test_schema.py instead:
# Alembic cannot compare partial predicates, index methods or row-level security.


def ours(
    entry: object, name: str | None, kind: str, reflected: bool, compared: object | None
) -> bool:
    """Return whether to compare a table or column: not what procrastinate or search generates."""
    generated = isinstance(entry, Column) and entry.computed is not None
    return kind != "index" and not generated and not (name or "").startswith("procrastinate_")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_object=ours,
)
with context.begin_transaction():
    context.run_migrations()
