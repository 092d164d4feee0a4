"""Find records of any type by the words of questions."""

from importlib import import_module

from alembic import op

from services.storage.rights import PEOPLE, ROLES, definer
from services.storage.searching import searchable

revision = "0012"
down_revision = "0011"

IMMUTABLE = "LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE"

SEARCHED = """
CREATE TABLE app.searched (
    type text PRIMARY KEY,
    table_name text NOT NULL,
    document boolean NOT NULL,
    title text NOT NULL,
    related text[] NOT NULL
);
COMMENT ON TABLE app.searched IS 'What services/storage/searching.py was told of each type';

-- The condition that a record, one that it names, or a tag on it has a word. `how` the word stands
-- there: it is one, begins one, or is contained in one or a slip away from it.
CREATE FUNCTION app.has_word(entry app.searched, how text, word text, sees_on text) RETURNS text
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    part boolean := how = 'contains' AND (length(word) > 2 OR word !~ '^[a-z0-9]+$');
    pattern text := CASE WHEN how = 'is' THEN '% {w} %' WHEN part THEN '%{w}%' ELSE '% {w}%' END;
    named text := format('words LIKE %L', pattern)
        || CASE WHEN part THEN ' OR spellings && app.spellings(''{w}'')' ELSE '' END;
    conditions text[] := ARRAY[named];
BEGIN
    IF entry.document THEN
        conditions := ARRAY['search @@ to_tsquery(''public.desk'', ''{w}:*'')'];
        IF word ~ '^[a-z0-9]{3,}$' THEN  -- of others there are no trigrams in every locale
            conditions := conditions || format('%s LIKE %L', entry.title, pattern);
        END IF;
    END IF;
    conditions := conditions || ARRAY(SELECT format('%I = ANY (ARRAY(SELECT id FROM %I WHERE %s))',
        split_part(each, ' ', 1), split_part(each, ' ', 2), named) FROM unnest(entry.related) each);
    conditions := conditions || format('id = ANY (ARRAY(SELECT on_id FROM tags WHERE on_kind = %L'
        ' AND words LIKE %L)) AND (%s)', entry.type, pattern, sees_on);
    RETURN replace('(' || array_to_string(conditions, ' OR ') || ')', '{w}', word);
END $$;

CREATE FUNCTION app.has_words(entry app.searched, how text, question text, sees_on text)
    RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('(%s)', string_agg('(' || all_words || ')', ' OR ')) || (
        SELECT coalesce(string_agg(' AND NOT ' || condition, ''), '')
        FROM app.pieces(question), unnest(string_to_array(words, ' ')) word,
            LATERAL app.has_word(entry, 'begins', word, sees_on) condition
        WHERE excluded)
    FROM (
        SELECT string_agg(app.has_word(entry, how, word, sees_on), ' AND ') AS all_words
        FROM unnest(app.readings(question)) reading, unnest(string_to_array(reading, ' ')) word
        GROUP BY reading) readings
$$;
REVOKE ALL ON FUNCTION app.has_word(app.searched, text, text, text),
    app.has_words(app.searched, text, text, text) FROM PUBLIC;
"""

LIKENESS = rf"""
CREATE FUNCTION app.one_slip(word text, typed text) RETURNS boolean {IMMUTABLE} AS $$
BEGIN
    RETURN length(typed) > 2 AND abs(length(word) - length(typed)) < 2
        AND (left(word, 1) = left(typed, 1) OR right(word, 1) = right(typed, 1))
        AND EXISTS (SELECT FROM generate_series(1, length(word) + 1) i
            WHERE left(word, i - 1) = left(typed, i - 1)
            AND (substr(word, i + 1) IN (substr(typed, i), substr(typed, i + 1))
                OR substr(word, i) = substr(typed, i + 1)
                OR (substr(word, i, 1) = substr(typed, i + 1, 1)
                    AND substr(word, i + 1, 1) = substr(typed, i, 1)
                    AND substr(word, i + 2) = substr(typed, i + 2))));
END $$;

-- From 0 to 1: how well words fit the best reading of a question; 0 if one of its words is missing.
CREATE FUNCTION app.likeness(words text, readings text[]) RETURNS real {IMMUTABLE} AS $$
BEGIN
    RETURN (SELECT max(fit) FROM (
        SELECT CASE WHEN min(best) > 0 THEN avg(best) ELSE 0 END AS fit
        FROM unnest(readings) WITH ORDINALITY reading(typed_words, number),
            unnest(string_to_array(typed_words, ' ')) typed,
            LATERAL (SELECT CASE WHEN strpos(words, ' ' || typed || ' ') > 0 THEN 1 ELSE
                (SELECT max(CASE
                    WHEN starts_with(word, typed) THEN 0.5 + 0.5 * length(typed) / length(word)
                    WHEN app.one_slip(word, typed) THEN 0.7
                    WHEN strpos(word, typed) > 0 THEN 0.25 + 0.25 * length(typed) / length(word)
                    ELSE 0 END)
                 FROM unnest(string_to_array(words, ' ')) word WHERE word <> '') END AS best) found
        GROUP BY number) fits);
END $$;
"""

# `@@`, LIKE and && are not leakproof, so under a policy they could not use their indexes: this
# searches as the owner, by the same rule as the policy, and returns ids and ranks only. Of many
# matches it ranks the newest. Figures: docs/decisions/0004.
FOUND = definer(
    "found(kind text, question text)",
    "TABLE (id bigint, rank real)",
    """
DECLARE
    entry app.searched;
    rule record;
    exact boolean := false;
BEGIN
    SELECT * INTO entry FROM app.searched s WHERE s.type = kind;
    SELECT replace(replace(r.sees, '{me}', '(SELECT app.person())'), '{viewer}', '') AS sees,
        replace(replace(r.sees_on, '{me}', '(SELECT app.person())'), '{viewer}', '') AS sees_on
        INTO rule FROM app.record_rules r WHERE r.type = entry.type AND r.role = app.role();
    IF app.person() IS NULL OR rule.sees IS NULL OR app.readings(question) = '{}' THEN
        RETURN;
    END IF;
    IF entry.document THEN
        RETURN QUERY EXECUTE format('SELECT id, ts_rank(search, %1$L) FROM (SELECT id, search'
            ' FROM %2$I WHERE search @@ %1$L AND (%3$s) ORDER BY id DESC LIMIT 2000) newest',
            app.question(question), entry.table_name, rule.sees);
        IF FOUND THEN RETURN; END IF;
    ELSE
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE (%s) AND (%s))', entry.table_name,
            rule.sees, app.has_words(entry, 'is', question, rule.sees_on)) INTO exact;
    END IF;
    RETURN QUERY EXECUTE format('SELECT id, rank FROM (SELECT id, app.likeness(concat(title%s, CASE'
        ' WHEN tagged THEN (SELECT string_agg(words, '''') FROM tags WHERE on_kind = %L'
        ' AND on_id = newest.id) END), %L) AS rank FROM (SELECT *, %s AS title, (%s) AS tagged'
        ' FROM %I WHERE (%s) AND (%s) ORDER BY id DESC LIMIT %s) newest) likely'
        ' WHERE rank > 0 OR %L', (
            SELECT string_agg(format(', (SELECT words FROM %I WHERE id = newest.%I)',
                split_part(each, ' ', 2), split_part(each, ' ', 1)), '')
            FROM unnest(entry.related) each),
        kind, app.readings(question), entry.title, rule.sees_on, entry.table_name, rule.sees,
        app.has_words(entry, CASE WHEN exact THEN 'begins' ELSE 'contains' END, question,
            rule.sees_on), CASE WHEN exact THEN 2000 ELSE 300 END, entry.document);
END
""",
    ROLES[PEOPLE],
    "LANGUAGE plpgsql STABLE",
)

TABLES = (
    searchable("people", "USR", names=("name", "email"), words=("department",)),
    searchable("teams", "TEAM", names=("name",), words=("description",)),
    searchable("tags", "TAG", names=("key", "value")),
    searchable(
        "machines",
        "MAC",
        names=("name", "serial_number", "make", "model"),
        words=("type", "processor", "graphics_card"),
        related={"person_id": "people"},
    ),
    searchable("notes", "NOTE", document=("text",)),
    searchable(
        "tickets",
        "TKT",
        words=("name",),
        document=("name", "description"),
        related={"requester_id": "people", "assignee_id": "people", "team_id": "teams"},
    ),
)
BEFORE = import_module("migrations.versions.0003_search")
MAPPING = (
    "ALTER TEXT SEARCH CONFIGURATION public.desk ALTER MAPPING FOR hword, hword_part, word WITH"
)


def upgrade() -> None:
    op.execute("DROP FUNCTION app.search_tickets(text)")
    op.execute("DROP INDEX people_name")
    for statement in (SEARCHED, LIKENESS, FOUND, *TABLES):
        op.execute(statement)


def downgrade() -> None:
    for table in ("tickets", "notes", "machines", "tags", "teams", "people"):
        op.execute(
            f"ALTER TABLE {table} DROP COLUMN IF EXISTS words, DROP COLUMN IF EXISTS spellings,"
            " DROP COLUMN IF EXISTS search"
        )
    op.execute("DROP FUNCTION app.found, app.has_words, app.has_word")
    op.execute("DROP FUNCTION app.likeness, app.one_slip")
    op.execute("DROP TABLE app.searched")
    op.execute(BEFORE.COLUMNS)
    op.execute(BEFORE.SEARCH_TICKETS)
