"""Make the search for misspelt names fast among many machines."""

from importlib import import_module

from alembic import op

revision = "0035"
down_revision = "0034"

# A long list is no constant, so `ANY` compares it number by number. `IN` looks numbers up, though
# no index then finds the rows: tags with a word are many, and rarely all that is asked for.
AMONG = """
-- The condition that a column has one of the numbers that a query returns; NULL if there is none.
CREATE OR REPLACE FUNCTION app.among(name text, query text) RETURNS text
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    most CONSTANT int := 2000;
    numbers bigint[];
BEGIN
    EXECUTE format('SELECT array_agg(number) FROM (SELECT * FROM (%s) found (number) LIMIT %s) few',
        query, most + 1) INTO numbers;
    RETURN CASE WHEN cardinality(numbers) > most AND name = 'id' THEN format('id IN (%s)', query)
        WHEN cardinality(numbers) > most THEN format('%I = ANY (ARRAY(%s))', name, query)
        WHEN numbers IS NOT NULL THEN format('%I = ANY (%L::bigint[])', name, numbers) END;
END $$;
"""

# Slips are a condition on the row itself: of several words, Postgres looks up the rarest and
# compares the others. A list of the ids for each word was compared with each row, which took
# seconds for “MB-BIR-33274”, as one machine in four has a word that is like “bir”.
HAS_WORD = """
CREATE OR REPLACE FUNCTION app.has_word(entry app.searched, how text, word text, sees_on text)
    RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    ascii boolean := word ~ '^[a-z0-9]+$';
    part boolean := how = 'contains' AND (length(word) > 2 OR NOT ascii);
    sought text := CASE WHEN how = 'is' THEN ' {w} ' WHEN part THEN '{w}' ELSE ' {w}' END;
    -- Not every locale has trigrams of other letters, and an index without is slower than none.
    stands text := replace(CASE WHEN ascii THEN format('words LIKE %L', '%' || sought || '%')
        ELSE format('strpos(words, %L) > 0', sought) END, '{w}', word);
    named text := stands || CASE WHEN part THEN format(' OR spellings && %L', app.spellings(word))
        ELSE '' END;
    conditions text[];
    related text;
BEGIN
    IF entry.document THEN
        conditions := ARRAY[format('search @@ to_tsquery(''public.desk'', %L)', word || ':*')];
        IF ascii AND length(word) > 2 AND entry.title <> '''''' THEN
            conditions := conditions || stands;
        END IF;
    ELSE
        conditions := ARRAY[named];
    END IF;
    FOREACH related IN ARRAY entry.related LOOP
        conditions := conditions || app.among(split_part(related, ' ', 1),
            format('SELECT id FROM %I WHERE %s', split_part(related, ' ', 2), named));
    END LOOP;
    conditions := conditions || (app.among('id', format('SELECT on_id FROM tags WHERE on_kind = %L'
        ' AND %s', entry.type, stands)) || format(' AND (%s)', sees_on));
    RETURN '(' || array_to_string(conditions, ' OR ') || ')';
END $$;
"""

# `IS NOT TRUE`: a machine without a holder has no excluded word in its holder's name either.
HAS_WORDS = """
CREATE OR REPLACE FUNCTION app.has_words(entry app.searched, how text, question text, sees_on text)
    RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('(%s)', string_agg('(' || all_words || ')', ' OR ')) || (
        SELECT coalesce(string_agg(format(' AND %s IS NOT TRUE', condition), ''), '')
        FROM app.pieces(question), unnest(string_to_array(words, ' ')) word,
            LATERAL app.has_word(entry, 'begins', word, sees_on) condition
        WHERE excluded)
    FROM (
        SELECT string_agg(app.has_word(entry, how, word, sees_on), ' AND ') AS all_words
        FROM unnest(app.readings(question)) reading, unnest(string_to_array(reading, ' ')) word
        GROUP BY reading) readings
$$;
"""

# OFFSET 0: or it would compare the words of each record twice, to select it and to rank it.
SELECTIVE = import_module("migrations.versions.0026_selective")
FOUND = SELECTIVE.FOUND.replace(" newest) likely'", " newest OFFSET 0) likely'")

# The planner takes slips for far more frequent than they are, and would read whole tables.
BY_INDEX = "ALTER FUNCTION app.found(text, text) SET enable_seqscan = off"


def upgrade() -> None:
    for script in (AMONG, HAS_WORD, HAS_WORDS, FOUND, BY_INDEX):
        op.execute(script)


def downgrade() -> None:
    finding = import_module("migrations.versions.0012_finding").SEARCHED
    start = finding.index("CREATE FUNCTION app.has_words(")
    op.execute(SELECTIVE.FOUND)
    for script in (SELECTIVE.AMONG, finding[start : finding.index("$$;", start) + 3]):
        op.execute(script.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))
