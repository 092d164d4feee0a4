"""Find the readers of a record, and which other records these may not see."""

from alembic import op

from services.storage.rights import PEOPLE, ROLES, definer

revision = "0009"
down_revision = "0008"

# Derived from the foreign keys: the people a record names, and those linked to it, to a record that
# it names or to the record it is attached to. Some of them may not see it: app.sees decides.
RELATED_PEOPLE = """
CREATE FUNCTION app.related_people(of_type text, number bigint) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $related$
DECLARE
    of_table text := (SELECT DISTINCT table_name FROM app.record_rules WHERE type = of_type);
    queries text;
    attached_type text;
    attached_number bigint;
BEGIN
    IF of_type = 'USR' THEN RETURN NEXT number; END IF;
    WITH keys AS (
        SELECT source.relname AS source, attname AS name, target.relname AS target,
            EXISTS (SELECT FROM pg_index WHERE indrelid = conrelid AND indisprimary
                AND conkey[1] = ANY (indkey)) AS of_primary_key
        FROM pg_constraint JOIN pg_class source ON source.oid = conrelid
        JOIN pg_class target ON target.oid = confrelid
        JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE contype = 'f' AND connamespace = 'public'::regnamespace
    ), links AS (
        SELECT a.source AS link, a.name AS subject, a.target, b.name AS person
        FROM keys a JOIN keys b ON a.source = b.source AND a.name <> b.name
        WHERE a.of_primary_key AND b.of_primary_key AND b.target = 'people'
    ), found AS (
        SELECT format('SELECT %I FROM %I WHERE id = $1', name, source) AS query
        FROM keys WHERE source = of_table AND target = 'people'
        UNION ALL
        SELECT format('SELECT %I FROM %I WHERE %I = $1', person, link, subject)
        FROM links WHERE target = of_table
        UNION ALL
        SELECT format('SELECT %I FROM %I WHERE %I = (SELECT %I FROM %I WHERE id = $1)',
            person, link, subject, name, of_table)
        FROM keys JOIN links USING (target) WHERE source = of_table
    ) SELECT string_agg(query, ' UNION ') INTO queries FROM found;
    IF queries IS NOT NULL THEN RETURN QUERY EXECUTE queries USING number; END IF;
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = of_table::regclass
            AND attname = 'on_kind') THEN
        EXECUTE format('SELECT on_kind, on_id FROM %I WHERE id = $1', of_table)
            INTO attached_type, attached_number USING number;
        RETURN QUERY SELECT app.related_people(attached_type, attached_number);
    END IF;
END $related$;
REVOKE ALL ON FUNCTION app.related_people(text, bigint) FROM PUBLIC;
"""

# The viewer 0 stands for everybody of a role who has no relation to a record. A record that the
# asker does not see counts as unseen by all, so that the answer does not tell whether it exists.
READERS = definer(
    "readers(of_type text, number bigint, records text[])",
    "TABLE (reader text, unseen text[])",
    """
BEGIN
    IF NOT app.sees(app.person(), app.role(), of_type, number) THEN
        RETURN QUERY SELECT 'unknown', records;
        RETURN;
    END IF;
    RETURN QUERY WITH viewers AS (
        SELECT role AS name, 0::bigint AS id, role
        FROM unnest(ARRAY['requester', 'technician', 'admin']) AS roles (role)
        UNION ALL
        SELECT format('USR-%s', people.id), people.id, people.role FROM people
        WHERE people.id IN (SELECT app.related_people(of_type, number)) AND people.active
            AND people.id <> app.person() AND NOT app.sees(0, people.role, of_type, number)
    ), asked AS (
        SELECT key, split_part(key, '-', 1) AS type, split_part(key, '-', 2)::bigint AS id
        FROM unnest(records) AS keys (key)
    ), known AS (SELECT * FROM asked WHERE app.sees(app.person(), app.role(), type, asked.id))
    SELECT viewers.name, ARRAY(SELECT key FROM asked WHERE NOT EXISTS (
            SELECT FROM known WHERE known.key = asked.key
                AND app.sees(viewers.id, viewers.role, known.type, known.id)))
    FROM viewers WHERE app.sees(viewers.id, viewers.role, of_type, number);
END
""",
    ROLES[PEOPLE],
    "LANGUAGE plpgsql STABLE",
)


def upgrade() -> None:
    op.execute("ALTER TABLE consents ADD COLUMN readers text NOT NULL DEFAULT ''")
    op.execute(
        "COMMENT ON COLUMN consents.readers IS"
        " 'the sentence about who would read words that not all of them may see'"
    )
    op.execute(RELATED_PEOPLE)
    op.execute(READERS)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.readers, app.related_people")
    op.execute("ALTER TABLE consents DROP COLUMN readers")
