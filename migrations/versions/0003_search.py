"""Search tickets and notes by full text, machines and people by similar spelling."""

from alembic import op

from services.storage.rights import ROLES, STAFF, definer

revision = "0003"
down_revision = "0002"

WORDS = """
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE TEXT SEARCH CONFIGURATION public.desk (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION public.desk
    ALTER MAPPING FOR hword, hword_part, word WITH public.unaccent, english_stem;
"""

COLUMNS = """
ALTER TABLE tickets ADD search tsvector NOT NULL GENERATED ALWAYS AS
    (setweight(to_tsvector('public.desk', name), 'A')
     || setweight(to_tsvector('public.desk', description), 'B')) STORED;
ALTER TABLE notes ADD search tsvector NOT NULL GENERATED ALWAYS AS
    (to_tsvector('public.desk', text)) STORED;
ALTER TABLE machines ADD words text NOT NULL GENERATED ALWAYS AS
    (lower(name || ' ' || make || ' ' || model || ' ' || serial_number
     || ' ' || graphics_card || ' ' || processor)) STORED;

CREATE INDEX tickets_search ON tickets USING gin (search) WITH (fastupdate = off);
CREATE INDEX notes_search ON notes USING gin (search) WITH (fastupdate = off);
CREATE INDEX machines_words ON machines USING gin (words gin_trgm_ops);
CREATE INDEX people_name ON people USING gist (lower(name) gist_trgm_ops);
"""

# `@@` is not leakproof, so under a policy it could not use its index: this searches the newest
# 2,000 matches as the owner. It returns ids and ranks only; the caller joins them to `tickets`
# under the policies. Figures: docs/decisions/0004.
SEARCH_TICKETS = definer(
    "search_tickets(words text)",
    "TABLE (id bigint, rank real)",
    """
BEGIN
    IF app.person() IS NULL THEN RETURN; END IF;
    RETURN QUERY EXECUTE format(
        'SELECT id, ts_rank(search, websearch_to_tsquery(''desk'', %1$L)) FROM (
             SELECT t.id, t.search FROM tickets t
             WHERE t.search @@ websearch_to_tsquery(''desk'', %1$L)
               AND (NOT t.private OR app.sees(''TKT'', t.id))
             ORDER BY t.id DESC LIMIT 2000) newest', words);
END
""",
    ROLES[STAFF],
    "LANGUAGE plpgsql STABLE",
)


def upgrade() -> None:
    op.execute(WORDS)
    op.execute(COLUMNS)
    op.execute(SEARCH_TICKETS)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.search_tickets(text)")
    op.execute("DROP INDEX people_name")
    op.execute("ALTER TABLE machines DROP words")
    op.execute("ALTER TABLE notes DROP search")
    op.execute("ALTER TABLE tickets DROP search")
    op.execute("DROP TEXT SEARCH CONFIGURATION public.desk")
