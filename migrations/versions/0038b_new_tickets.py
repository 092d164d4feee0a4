"""Search for tickets similar to a ticket only while it is new."""

from importlib import import_module

from alembic import op

revision = "0038b"
down_revision = "0038"

BEFORE = import_module("migrations.versions.0036_covering").SIMILAR
FIRST = """
    IF app.person() IS NULL OR NOT app.sees('TKT', ticket) THEN RETURN; END IF;
    SELECT tsvector_to_array(app.document(name)) INTO words FROM tickets
        WHERE id = ticket AND status <> 'Closed';
    IF coalesce(cardinality(words), 0) < 2 THEN RETURN; END IF;
"""
# A month later somebody knows it, and each time its card was opened it was compared with a
# thousand others. What costs least is asked first.
FIRST_OF_NEW = """
    SELECT tsvector_to_array(app.document(name)) INTO words FROM tickets
        WHERE id = ticket AND status <> 'Closed' AND created_at > now() - interval '30 days';
    IF coalesce(cardinality(words), 0) < 2 OR app.person() IS NULL
        OR NOT app.sees('TKT', ticket) THEN RETURN; END IF;
"""


def upgrade() -> None:
    op.execute(_replacing(BEFORE.replace(FIRST, FIRST_OF_NEW)))


def downgrade() -> None:
    op.execute(_replacing(BEFORE))


def _replacing(function: str) -> str:
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
