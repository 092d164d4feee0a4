"""Link tickets: parts of larger ones, duplicates, and related ones."""

from alembic import op

from services.storage.rights import PEOPLE, STAFF, release, secure

revision = "0026b"
down_revision = "0026"

OTHERS = {
    "ticket_parents": "parent_id",
    "ticket_duplicates": "original_id",
    "ticket_relations": "related_id",
}

TABLE = """
CREATE TABLE {table} (
    ticket_id bigint NOT NULL REFERENCES tickets ON DELETE CASCADE,
    {other} bigint NOT NULL REFERENCES tickets ON DELETE CASCADE,
    PRIMARY KEY (ticket_id, {other}),
    CHECK (ticket_id <> {other})
);
CREATE INDEX {table}_other ON {table} ({other}, ticket_id);
"""
ONE_EACH = """
CREATE UNIQUE INDEX ticket_parents_one ON ticket_parents (ticket_id);
CREATE UNIQUE INDEX ticket_duplicates_one ON ticket_duplicates (ticket_id);
"""

BOTH_SEEN = "app.sees({{viewer}}'TKT', ticket_id) AND app.sees({{viewer}}'TKT', {other})"

# The history of a ticket must not tell of another one that the reader does not see.
HISTORY = """
ALTER POLICY of_{table} ON events USING (table_name = '{table}'
    AND app.sees(subject_type, subject_id)
    AND app.sees('TKT', (coalesce(after, before) ->> '{other}')::bigint));
"""


def rights(table: str, other: str) -> str:
    both = BOTH_SEEN.format(other=other)
    return secure(
        table,
        subject=("TKT", "ticket_id"),
        history=PEOPLE,
        imported=True,
        read={PEOPLE: both},
        add={STAFF: both},
        remove={STAFF: both},
    )


def upgrade() -> None:
    for table, other in OTHERS.items():
        op.execute(TABLE.format(table=table, other=other))
        op.execute(rights(table, other))
        op.execute(HISTORY.format(table=table, other=other))
    op.execute(ONE_EACH)


def downgrade() -> None:
    for table in OTHERS:
        op.execute(release(table))
        op.execute(f"DROP TABLE {table}")
