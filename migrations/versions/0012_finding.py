"""Search records of any type by words."""

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
    ascii boolean := word ~ '^[a-z0-9]+$';
    part boolean := how = 'contains' AND (length(word) > 2 OR NOT ascii);
    sought text := CASE WHEN how = 'is' THEN ' {w} ' WHEN part THEN '{w}' ELSE ' {w}' END;
    -- Not every locale has trigrams of other letters, and an index without is slower than none.
    stands text := CASE WHEN ascii THEN format('words LIKE %L', '%' || sought || '%')
        ELSE format('strpos(words, %L) > 0', sought) END;
    named text := stands
        || CASE WHEN part THEN ' OR id = ANY (ARRAY(SELECT id FROM {t} WHERE spellings &&'
            ' app.spellings(''{w}'')))' ELSE '' END;
    conditions text[] := ARRAY[replace(named, '{t}', entry.table_name)];
BEGIN
    IF entry.document THEN
        conditions := ARRAY['search @@ to_tsquery(''public.desk'', ''{w}:*'')'];
        IF ascii AND length(word) > 2 AND entry.title <> '''''' THEN
            conditions := conditions || stands;
        END IF;
    END IF;
    conditions := conditions || ARRAY(
        SELECT replace(format('%I = ANY (ARRAY(SELECT id FROM {t} WHERE %s))',
            split_part(each, ' ', 1), named), '{t}', split_part(each, ' ', 2))
        FROM unnest(entry.related) each);
    conditions := conditions || format('id = ANY (ARRAY(SELECT on_id FROM tags WHERE on_kind = %L'
        ' AND %s)) AND (%s)', entry.type, stands, sees_on);
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
-- Whether the words differ by one slip: a letter wrong, missing or too many, or two swapped.
CREATE FUNCTION app.one_slip(word text, typed text) RETURNS boolean {IMMUTABLE} AS $$
DECLARE
    place int := 1;
BEGIN
    IF length(typed) < 3 OR abs(length(word) - length(typed)) > 1
        OR (left(word, 1) <> left(typed, 1) AND right(word, 1) <> right(typed, 1)) THEN
        RETURN false;
    END IF;
    WHILE place <= length(word) AND substr(word, place, 1) = substr(typed, place, 1) LOOP
        place := place + 1;
    END LOOP;
    RETURN substr(word, place + 1) IN (substr(typed, place), substr(typed, place + 1))
        OR substr(word, place) = substr(typed, place + 1)
        OR (substr(word, place, 1) = substr(typed, place + 1, 1)
            AND substr(word, place + 1, 1) = substr(typed, place, 1)
            AND substr(word, place + 2) = substr(typed, place + 2));
END $$;

-- From 0 to 1: how well the best of the words fits one that was typed.
CREATE FUNCTION app.closeness(words text, typed text) RETURNS real {IMMUTABLE} AS $$
DECLARE
    word text;
    best real := 0;
BEGIN
    IF strpos(words, ' ' || typed || ' ') > 0 THEN RETURN 1; END IF;
    FOREACH word IN ARRAY string_to_array(words, ' ') LOOP
        IF starts_with(word, typed) THEN
            best := greatest(best, 0.5 + 0.5 * length(typed) / length(word));
        ELSIF best < 0.7 AND app.one_slip(word, typed) THEN
            best := 0.7;
        ELSIF strpos(word, typed) > 0 THEN
            best := greatest(best, 0.25 + 0.25 * length(typed) / length(word));
        END IF;
    END LOOP;
    RETURN best;
END $$;

-- The same for the best reading of a question; 0 if one of its words is missing.
CREATE FUNCTION app.likeness(words text, readings text[]) RETURNS real {IMMUTABLE} AS $$
DECLARE
    reading text;
    typed text[];
    total real;
    fit real;
    best real := 0;
BEGIN
    FOREACH reading IN ARRAY readings LOOP
        typed := string_to_array(reading, ' ');
        total := 0;
        FOR place IN 1 .. cardinality(typed) LOOP
            fit := app.closeness(words, typed[place]);
            EXIT WHEN fit = 0;
            total := total + fit;
        END LOOP;
        IF fit > 0 THEN best := greatest(best, total / cardinality(typed)); END IF;
    END LOOP;
    RETURN best;
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
        EXECUTE format('SELECT count(*) > 0 FROM %I WHERE (%s) AND (%s)', entry.table_name,
            rule.sees, app.has_words(entry, 'is', question, rule.sees_on)) INTO exact;
    END IF;
    -- OFFSET 0: or it would walk through all rows from the newest on, for the sake of the limit.
    RETURN QUERY EXECUTE format('SELECT id, rank FROM (SELECT id, app.likeness(concat(title%1$s,'
        ' CASE WHEN tagged THEN (SELECT string_agg(words, '''') FROM tags WHERE on_kind = %2$L'
        ' AND on_id = newest.id) END), %3$L) AS rank FROM (SELECT *, %4$s AS title,'
        ' (%5$s) AS tagged FROM %6$I WHERE id = ANY (ARRAY(SELECT id FROM (SELECT id FROM %6$I'
        ' WHERE (%7$s) AND (%8$s) OFFSET 0) fitting ORDER BY id DESC LIMIT %9$s))) newest) likely'
        ' WHERE rank > 0 OR %10$L', (
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
    op.execute("DROP FUNCTION app.likeness, app.closeness, app.one_slip")
    op.execute("DROP TABLE app.searched")
    op.execute(BEFORE.COLUMNS)
    op.execute(BEFORE.SEARCH_TICKETS)
