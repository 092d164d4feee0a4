"""Search newest records before older ones; list names that are exactly as typed first."""

from importlib import import_module

from alembic import op

from services.storage.rights import PEOPLE, ROLES, definer

revision = "0038"
down_revision = "0039"

HELPER = "LANGUAGE plpgsql STABLE"

# The planner overlooks how much slower it is to compare long rows than to look words up, so it
# would read thousands of the newest rows one by one. EXPLAIN is for volatile functions only.
NEWEST = """
-- The newest rows that fulfil a condition, with their scores, looked for in as few of the newest
-- ids as the planner takes to suffice. If it is wrong, the next step is as wide as what was found
-- suggests. `id + 0`: not by walking through all ids.
CREATE FUNCTION app.newest(name text, condition text, score text, most int)
    RETURNS TABLE (id bigint, rank real) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    few CONSTANT int := 5000;  -- rows that are read in a hundredth of a second
    first bigint;
    last bigint;
    upper bigint;
    lower bigint;
    plan json;
    expected float;
    width float;
    missing int := most;
    returned int;
BEGIN
    EXECUTE format('SELECT min(id), max(id) FROM %I', name) INTO first, last;
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM %I WHERE %s', name, condition) INTO plan;
    expected := plan -> 0 -> 'Plan' ->> 'Plan Rows';
    upper := last;
    width := last - first;
    IF expected > few THEN width := 1.3 * most / expected * width; END IF;
    WHILE upper >= first AND missing > 0 LOOP
        lower := CASE WHEN width * 2 > upper - first THEN first ELSE upper - width END;
        RETURN QUERY EXECUTE format('SELECT id, rank FROM (SELECT id, (%s)::real AS rank FROM %I'
            ' WHERE (%s) AND %s OFFSET 0) fitting ORDER BY id DESC LIMIT %s', score, name,
            condition, CASE WHEN lower > first THEN format('id BETWEEN %s AND %s', lower, upper)
            ELSE format('id + 0 <= %s', upper) END, missing);
        GET DIAGNOSTICS returned = ROW_COUNT;
        missing := missing - returned;
        upper := lower - 1;
        width := (last - upper) * greatest(1, 1.3 * missing / (most - missing + 1));
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION app.newest(text, text, text, int) FROM PUBLIC;
"""

# For requesters, records are named by their ids as in their policy (0006): asking for each note
# whether its ticket may be seen took 40 seconds among three million notes.
RULE = f"""
-- The rules by which somebody searches the records of a type, as conditions on their rows.
CREATE FUNCTION app.rules_of_search(kind text, OUT sees text, OUT sees_on text) {HELPER} AS $$
DECLARE
    me CONSTANT text := '(SELECT app.person())';
    on_records text;
BEGIN
    SELECT replace(replace(r.sees, '{{me}}', me), '{{viewer}}', ''),
        replace(replace(r.sees_on, '{{me}}', me), '{{viewer}}', '') INTO sees, sees_on
        FROM app.record_rules r WHERE r.type = kind AND r.role = app.role();
    IF app.role() = 'requester' AND sees LIKE '%app.sees_on(%' THEN
        SELECT string_agg(format('on_kind = %L AND on_id = ANY (ARRAY(SELECT id FROM %I'
            ' WHERE %s))', r.type, r.table_name, replace(r.sees_on, '{{me}}', me)), ' OR ')
            INTO on_records FROM app.record_rules r
            WHERE r.role = 'requester' AND r.sees_on <> 'false';
        sees := replace(sees, 'app.sees_on(on_kind, on_id)', format('(%s)', on_records));
    END IF;
END $$;
REVOKE ALL ON FUNCTION app.rules_of_search(text) FROM PUBLIC;
"""

# Among the tags of all types it would read those of tickets to find none of machines.
TAGS = "CREATE INDEX tags_words_of ON tags USING gin ((on_kind || words) gin_trgm_ops)"

AMONG = f"""
-- The condition that one of the columns has one of the numbers that a query returns; NULL if there
-- is none. A long list is no constant, so `ANY` compares it number by number; `IN` looks them up,
-- though no index then finds the rows: tags with a word are many, and rarely all that is asked for.
CREATE FUNCTION app.among(names text[], query text) RETURNS text {HELPER} AS $$
DECLARE
    most CONSTANT int := 2000;
    numbers bigint[];
BEGIN
    EXECUTE format('SELECT array_agg(number) FROM (SELECT * FROM (%s) found (number) LIMIT %s) few',
        query, most + 1) INTO numbers;
    RETURN (SELECT string_agg(CASE
        WHEN cardinality(numbers) <= most THEN format('%I = ANY (%L::bigint[])', name, numbers)
        WHEN name = 'id' THEN format('id IN (%s)', query)
        ELSE format('%I = ANY (ARRAY(%s))', name, query) END, ' OR ')
        FROM unnest(names) name WHERE numbers IS NOT NULL);
END $$;
REVOKE ALL ON FUNCTION app.among(text[], text) FROM PUBLIC;
"""

HAS_WORD = f"""
CREATE OR REPLACE FUNCTION app.has_word(entry app.searched, how text, word text, sees_on text)
    RETURNS text {HELPER} AS $$
DECLARE
    ascii boolean := word ~ '^[a-z0-9]+$';
    part boolean := how = 'contains' AND (length(word) > 2 OR NOT ascii);
    sought text := CASE WHEN how = 'is' THEN format(' %s ', word) WHEN part THEN word
        ELSE ' ' || word END;
    -- Not every locale has trigrams of other letters, and an index without is slower than none.
    stands text := CASE WHEN ascii THEN format('words LIKE %L', '%' || sought || '%')
        ELSE format('strpos(words, %L) > 0', sought) END;
    tagged text := CASE WHEN ascii
        THEN format('on_kind || words LIKE %L', entry.type || '%' || sought || '%')
        ELSE format('on_kind = %L AND %s', entry.type, stands) END;
    named text := stands || CASE WHEN part THEN format(' OR spellings && %L', app.spellings(word))
        ELSE '' END;
    conditions text[];
    related record;
BEGIN
    IF entry.document THEN
        conditions := ARRAY[format('search @@ to_tsquery(''public.desk'', %L)', word || ':*')];
        IF ascii AND length(word) > 2 AND entry.title <> '''''' THEN
            conditions := conditions || stands;
        END IF;
    ELSE
        conditions := ARRAY[named];
    END IF;
    FOR related IN SELECT split_part(each, ' ', 2) AS name,
            array_agg(split_part(each, ' ', 1)) AS columns
            FROM unnest(entry.related) each GROUP BY 1 LOOP
        conditions := conditions || app.among(related.columns,
            format('SELECT id FROM %I WHERE %s', related.name, named));
    END LOOP;
    conditions := conditions || (app.among('{{id}}', 'SELECT on_id FROM tags WHERE ' || tagged)
        || format(' AND (%s)', sees_on));
    RETURN '(' || array_to_string(conditions, ' OR ') || ')';
END $$;
"""

LIKELY = f"""
-- The query for those of the records that are like a question, with how much.
CREATE FUNCTION app.likely(entry app.searched, question text, sees_on text, numbers bigint[])
    RETURNS text {HELPER} AS $$
BEGIN
    -- OFFSET 0: or it would compare the words of each record twice, to select it and to rank it.
    RETURN format('SELECT id, rank FROM (SELECT id, app.likeness(concat(title%1$s,'
        ' CASE WHEN tagged THEN (SELECT string_agg(words, '''') FROM tags WHERE on_kind = %2$L'
        ' AND on_id = fitting.id) END), %3$L) AS rank FROM (SELECT *, %4$s AS title,'
        ' (%5$s) AS tagged FROM %6$I WHERE id = ANY (%7$L)) fitting OFFSET 0) likely'
        ' WHERE rank > 0 OR %8$L', (
            SELECT string_agg(format(', (SELECT words FROM %I WHERE id = fitting.%I)',
                split_part(each, ' ', 2), split_part(each, ' ', 1)), '')
            FROM unnest(entry.related) each),
        entry.type, app.readings(question), entry.title, sees_on, entry.table_name, numbers,
        entry.document);
END $$;
REVOKE ALL ON FUNCTION app.likely(app.searched, text, text, bigint[]) FROM PUBLIC;
"""

# As before (0012, 0026, 0035), but with `newest`, and with a slip in “SRV-BRI-151186” as one word
# before slips in each of its parts, which many machines share.
FOUND = definer(
    "found(kind text, question text)",
    "TABLE (id bigint, rank real)",
    """
DECLARE
    entry app.searched;
    rule record;
    asked tsquery;
    exact boolean := false;
    joined text;
    wording text;
    condition text;
    numbers bigint[];
BEGIN
    SELECT * INTO entry FROM app.searched s WHERE s.type = kind;
    SELECT * INTO rule FROM app.rules_of_search(kind);
    IF app.person() IS NULL OR rule.sees IS NULL OR app.readings(question) = '{}' THEN
        RETURN;
    END IF;
    IF entry.document THEN
        asked := app.question(question);
        IF numnode(asked) > 0 THEN
            RETURN QUERY SELECT * FROM app.newest(entry.table_name,
                format('search @@ %L AND (%s)', asked, rule.sees),
                format('ts_rank(search, %L)', asked), 2000);
            IF FOUND THEN RETURN; END IF;
        END IF;
    ELSE
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE (%s) AND (%s))', entry.table_name,
            rule.sees, app.has_words(entry, 'is', question, rule.sees_on)) INTO exact;
    END IF;
    IF NOT entry.document AND NOT exact THEN
        SELECT string_agg(CASE WHEN excluded THEN format('-"%s"', words)
            ELSE replace(words, ' ', '') END, ' ') INTO joined FROM app.pieces(question)
            HAVING bool_or(words LIKE '% %' AND NOT excluded);
    END IF;
    FOREACH wording IN ARRAY array_remove(ARRAY[joined, question], NULL) LOOP
        condition := format('(%s) AND (%s)', rule.sees, app.has_words(entry, CASE WHEN exact
            THEN 'begins' ELSE 'contains' END, wording, rule.sees_on));
        IF entry.document OR exact THEN
            numbers := ARRAY(SELECT n.id FROM app.newest(entry.table_name, condition, '0',
                CASE WHEN exact THEN 2000 ELSE 300 END) n);
        ELSE  -- The planner takes slips for far more frequent than they are.
            EXECUTE format('SELECT ARRAY(SELECT id FROM (SELECT id FROM %I WHERE %s LIMIT 5000)'
                ' fitting ORDER BY id DESC LIMIT 300)', entry.table_name, condition) INTO numbers;
        END IF;
        RETURN QUERY EXECUTE app.likely(entry, question, rule.sees_on, numbers);
        EXIT WHEN FOUND;
    END LOOP;
END
""",
    ROLES[PEOPLE],
    # Memory for the places of a million matches; a cached page costs the same wherever it is.
    "LANGUAGE plpgsql STABLE SET enable_seqscan = off SET max_parallel_workers_per_gather = 0"
    " SET work_mem = '16MB' SET random_page_cost = 1.1",
)


def upgrade() -> None:
    op.execute("DROP FUNCTION app.found, app.among")
    for script in (TAGS, NEWEST, RULE, AMONG, HAS_WORD, LIKELY, FOUND):
        op.execute(script)


def downgrade() -> None:
    slips = import_module("migrations.versions.0035_slips")
    selective = import_module("migrations.versions.0026_selective")
    op.execute("DROP FUNCTION app.found, app.likely, app.among, app.rules_of_search, app.newest")
    op.execute("DROP INDEX tags_words_of")
    op.execute(selective.AMONG)
    for script in (slips.AMONG, slips.HAS_WORD, slips.FOUND, slips.BY_INDEX):
        op.execute(script)
