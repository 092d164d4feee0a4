"""Keep search fast among a million tickets."""

from importlib import import_module

from alembic import op

revision = "0026"
down_revision = "0020"

INDEXES = """
-- With all columns of the policy, so that open tickets are counted without reading them.
CREATE INDEX tickets_open_of_team ON tickets (team_id, updated_at DESC, id DESC)
    INCLUDE (priority, status, private, requester_id, assignee_id) WHERE status <> 'Closed';
"""

# The planner takes a sub-select for ten values, and a column of few values for nearly all rows.
AMONG = """
-- The condition that a column has one of the numbers that a query returns; NULL: none can.
CREATE FUNCTION app.among(name text, query text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    most CONSTANT int := 2000;
    numbers bigint[];
BEGIN
    EXECUTE format('SELECT array_agg(number) FROM (SELECT * FROM (%s) found (number) LIMIT %s) few',
        query, most + 1) INTO numbers;
    RETURN CASE WHEN cardinality(numbers) > most THEN format('%I = ANY (ARRAY(%s))', name, query)
        ELSE format('%I = ANY (%L::bigint[])', name, numbers) END;
END $$;
REVOKE ALL ON FUNCTION app.among(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION app.has_word(entry app.searched, how text, word text, sees_on text)
    RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    ascii boolean := word ~ '^[a-z0-9]+$';
    part boolean := how = 'contains' AND (length(word) > 2 OR NOT ascii);
    sought text := CASE WHEN how = 'is' THEN ' {w} ' WHEN part THEN '{w}' ELSE ' {w}' END;
    -- Not every locale has trigrams of other letters, and an index without is slower than none.
    stands text := replace(CASE WHEN ascii THEN format('words LIKE %L', '%' || sought || '%')
        ELSE format('strpos(words, %L) > 0', sought) END, '{w}', word);
    named text := stands || CASE WHEN part THEN format(' OR id = ANY (ARRAY(SELECT id FROM {t}'
        ' WHERE spellings && app.spellings(%L)))', word) ELSE '' END;
    conditions text[];
    related text;
BEGIN
    IF entry.document THEN
        conditions := ARRAY[format('search @@ to_tsquery(''public.desk'', %L)', word || ':*')];
        IF ascii AND length(word) > 2 AND entry.title <> '''''' THEN
            conditions := conditions || stands;
        END IF;
    ELSE
        conditions := ARRAY[replace(named, '{t}', entry.table_name)];
    END IF;
    FOREACH related IN ARRAY entry.related LOOP
        conditions := conditions || app.among(split_part(related, ' ', 1),
            replace('SELECT id FROM {t} WHERE ' || named, '{t}', split_part(related, ' ', 2)));
    END LOOP;
    conditions := conditions || (app.among('id', format('SELECT on_id FROM tags WHERE on_kind = %L'
        ' AND %s', entry.type, stands)) || format(' AND (%s)', sees_on));
    RETURN '(' || array_to_string(conditions, ' OR ') || ')';
END $$;
"""
BEFORE = import_module("migrations.versions.0012_finding")


def _replacing(function: str) -> str:
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)


# Of very many matches any 5,000 are looked at, which need neither be all read nor sorted.
FOUND = (
    _replacing(BEFORE.FOUND)
    .replace("OFFSET 0) fitting", "LIMIT 5000) fitting")
    .replace(
        "SELECT count(*) > 0 FROM %I WHERE (%s) AND (%s)",
        "SELECT EXISTS (SELECT FROM %I WHERE (%s) AND (%s))",
    )
    .replace("    -- OFFSET 0: or", "    -- Without the inner limit")
)


def upgrade() -> None:
    for script in (INDEXES, AMONG, FOUND):
        op.execute(script)


def downgrade() -> None:
    start = BEFORE.SEARCHED.index("CREATE FUNCTION app.has_word(")
    end = BEFORE.SEARCHED.index("END $$;", start) + len("END $$;")
    op.execute(_replacing(BEFORE.FOUND))
    op.execute(_replacing(BEFORE.SEARCHED[start:end]))
    op.execute("DROP FUNCTION app.among")
    op.execute("DROP INDEX tickets_open_of_team")
