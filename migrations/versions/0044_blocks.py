"""Look for frequent words in the newest tickets and notes alone, by the index of their words."""

from importlib import import_module

from alembic import op

from services.storage.searching import searchable

revision = "0044"
down_revision = "0043"

BEFORE = import_module("migrations.versions.0043_thousand")
WITH_IDS = import_module("migrations.versions.0019_stock")

BLOCKS = """
-- The block of an id, as a word that no text has: to look for two frequent words and a block costs
-- far less than to look for the two words alone.
CREATE FUNCTION app.block_of(id bigint) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_to_tsvector(ARRAY['#' || (id >> 14)::text]);

-- The condition that an id is in a block of one of these ids, or in one between them.
CREATE FUNCTION app.in_blocks(lower bigint, upper bigint) RETURNS text LANGUAGE sql IMMUTABLE STRICT
    RETURN (SELECT format('search @@ %L', string_agg(format('%L', '#' || block), '|'))
        FROM generate_series(lower >> 14, upper >> 14) block);
REVOKE ALL ON FUNCTION app.in_blocks(bigint, bigint) FROM PUBLIC;
"""

# As before (0038), but whole words are looked for in blocks. EXPLAIN, for the expected number
# of rows, is for volatile functions only.
NEWEST = """
-- The newest rows that fulfil a condition, with their scores, looked for in as few of the newest
-- ids as the planner takes to suffice. If it is wrong, the next step is as wide as what was found
-- suggests. `id + 0`: not by walking through all ids. `blocks`: whole words are looked for.
CREATE FUNCTION app.newest(name text, condition text, score text, most int, blocks bool)
    RETURNS TABLE (id bigint, rank real) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    few CONSTANT int := 2500;  -- rows that are read in a two-hundredth of a second
    block CONSTANT int := 1 << 14;
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
        IF blocks THEN lower := lower - lower % block; END IF;
        RETURN QUERY EXECUTE format('SELECT id, rank FROM (SELECT id, (%s)::real AS rank FROM %I'
            ' WHERE (%s) AND %s OFFSET 0) fitting ORDER BY id DESC LIMIT %s', score, name,
            condition,
            CASE WHEN lower <= first THEN format('id + 0 <= %s', upper)
                WHEN blocks THEN app.in_blocks(lower, upper)
                ELSE format('id BETWEEN %s AND %s', lower, upper) END, missing);
        GET DIAGNOSTICS returned = ROW_COUNT;
        missing := missing - returned;
        upper := lower - 1;
        width := (last - upper) * greatest(1, 1.3 * missing / (most - missing + 1));
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION app.newest(text, text, text, int, boolean) FROM PUBLIC;
"""
FOUND = BEFORE.FOUND.replace("asked), 1000)", "asked), 1000, true)")
FOUND = FOUND.replace("ELSE 300 END) n)", "ELSE 300 END, false) n)")

SEARCHED = (
    searchable("notes", "NOTE", document=("text",), blocks=True),
    searchable(
        "tickets",
        "TKT",
        words=("name", "external_id"),
        document=WITH_IDS.TEXTS,
        related=WITH_IDS.OF_TICKETS,
        blocks=True,
    ),
)
SEARCHED_BEFORE = (searchable("notes", "NOTE", document=("text",)), WITH_IDS.SEARCHED[-1])


def upgrade() -> None:
    op.execute("DROP FUNCTION app.newest")
    for script in (BLOCKS, *SEARCHED, NEWEST, _replacing(FOUND)):
        op.execute(script)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.newest, app.in_blocks")
    for script in (*SEARCHED_BEFORE, BEFORE.NEWEST, _replacing(BEFORE.FOUND)):
        op.execute(script)
    op.execute("DROP FUNCTION app.block_of")


def _replacing(function: str) -> str:
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
