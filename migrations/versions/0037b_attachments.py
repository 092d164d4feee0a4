"""Tell imports what is or was attached to records, so that they add only what is new."""

from alembic import op

from services.storage.rights import IMPORT, ROLES, definer

revision = "0037b"
down_revision = "0032"

LINKS = {
    "ticket_machines": "machine_id",
    "ticket_watchers": "person_id",
    "ticket_parents": "parent_id",
    "ticket_duplicates": "original_id",
    "ticket_relations": "related_id",
}
OF_LINK = """
UNION ALL SELECT ticket_id, '{table}', {other}::text, NULL FROM {table}
    WHERE of_type = 'TKT' AND ticket_id = ANY (records)
UNION ALL SELECT subject_id, table_name, before ->> '{other}', NULL FROM events
    WHERE subject_type = of_type AND subject_id = ANY (records) AND table_name = '{table}'
        AND verb = 'DELETE' AND before IS NOT NULL
"""

# Of notes their digest only: imports may not read them.
ATTACHED = definer(
    "attached(of_type text, records bigint[])",
    "TABLE (on_id bigint, what text, key text, at text)",
    """
SELECT on_id, 'tags', key, NULL FROM tags WHERE on_kind = of_type AND on_id = ANY (records)
UNION ALL SELECT on_id, 'notes', md5(text),
    to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM notes
    WHERE on_kind = of_type AND on_id = ANY (records)
UNION ALL SELECT subject_id, 'tags', before ->> 'key', NULL FROM events
    WHERE subject_type = of_type AND subject_id = ANY (records) AND table_name = 'tags'
        AND verb <> 'INSERT' AND before ->> 'key' IS NOT NULL
UNION ALL SELECT subject_id, 'notes', md5(before ->> 'text'),
    to_char(coalesce((before ->> 'created_at')::timestamptz, (SELECT created_at FROM notes
        WHERE notes.id = record_id)) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM events
    WHERE subject_type = of_type AND subject_id = ANY (records) AND table_name = 'notes'
        AND verb <> 'INSERT' AND before ->> 'text' IS NOT NULL
"""
    + "".join(OF_LINK.format(table=table, other=other) for table, other in LINKS.items()),
    ROLES[IMPORT],
)


def upgrade() -> None:
    op.execute(ATTACHED)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.attached")
