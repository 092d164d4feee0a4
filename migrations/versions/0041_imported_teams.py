"""Let imports change teams, and tell them who is or was a member."""

from alembic import op

from services.storage.rights import IMPORT, ROLES, definer

revision = "0041"
down_revision = "0038c"

LINKS_OF_TICKETS = {
    "ticket_machines": ("TKT", "ticket_id", "machine_id"),
    "ticket_watchers": ("TKT", "ticket_id", "person_id"),
    "ticket_parents": ("TKT", "ticket_id", "parent_id"),
    "ticket_duplicates": ("TKT", "ticket_id", "original_id"),
    "ticket_relations": ("TKT", "ticket_id", "related_id"),
}
LINKS = LINKS_OF_TICKETS | {"team_members": ("TEAM", "team_id", "person_id")}
OF_LINK = """
UNION ALL SELECT {subject}, '{table}', {other}::text, NULL FROM {table}
    WHERE of_type = '{prefix}' AND {subject} = ANY (records)
UNION ALL SELECT subject_id, table_name, before ->> '{other}', NULL FROM events
    WHERE subject_type = of_type AND subject_id = ANY (records) AND table_name = '{table}'
        AND verb = 'DELETE' AND before IS NOT NULL
"""
# Of notes their digest only: imports may not read them.
ATTACHED = """
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


def attached(links: dict[str, tuple[str, str, str]]) -> str:
    of_links = (
        OF_LINK.format(table=table, prefix=prefix, subject=subject, other=other)
        for table, (prefix, subject, other) in links.items()
    )
    return definer(
        "attached(of_type text, records bigint[])",
        "TABLE (on_id bigint, what text, key text, at text)",
        ATTACHED + "".join(of_links),
        ROLES[IMPORT],
    )


def upgrade() -> None:
    op.execute("GRANT UPDATE (name, description) ON teams TO desk_import")
    op.execute("GRANT SELECT ON SEQUENCE teams_id_seq TO desk_import")
    op.execute("DROP FUNCTION app.attached")
    op.execute(attached(LINKS))


def downgrade() -> None:
    op.execute("DROP FUNCTION app.attached")
    op.execute(attached(LINKS_OF_TICKETS))
    op.execute("REVOKE SELECT ON SEQUENCE teams_id_seq FROM desk_import")
    op.execute("REVOKE UPDATE (name, description) ON teams FROM desk_import")
