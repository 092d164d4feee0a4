"""Find the open or recently solved tickets that are similar to a ticket."""

from alembic import op

from services.storage.rights import PEOPLE, ROLES, definer

revision = "0029"
down_revision = "0026b"

# Full text cannot use its index under a policy (0012), so this searches as the owner, by the same
# rule. Of the newest 1,000 tickets that have any word of the title, those count that have half.
SIMILAR = definer(
    "alike(ticket bigint)",
    "SETOF bigint",
    """
DECLARE
    words text[];
    rule text;
BEGIN
    IF app.person() IS NULL OR NOT app.sees('TKT', ticket) THEN RETURN; END IF;
    SELECT tsvector_to_array(app.document(name)) INTO words FROM tickets
        WHERE id = ticket AND status <> 'Closed';
    IF coalesce(cardinality(words), 0) < 2 THEN RETURN; END IF;
    SELECT replace(replace(r.sees, '{me}', '(SELECT app.person())'), '{viewer}', '') INTO rule
        FROM app.record_rules r WHERE r.type = 'TKT' AND r.role = app.role();
    RETURN QUERY EXECUTE format('SELECT id FROM (SELECT id, search, (SELECT count(*)'
        ' FROM unnest(%1$L::text[]) word WHERE search @@ quote_literal(word)::tsquery) AS common'
        ' FROM (SELECT id, search FROM tickets WHERE search @@ %2$L::tsquery AND id <> %3$L'
        ' AND (status <> ''Closed'' OR closed_at > now() - interval ''180 days'') AND (%4$s)'
        ' ORDER BY id DESC LIMIT 1000) newest) likely WHERE common >= %5$s'
        ' ORDER BY common DESC, ts_rank(search, %2$L::tsquery) DESC, id DESC LIMIT 3',
        words, (SELECT string_agg(quote_literal(word), ' | ') FROM unnest(words) word), ticket,
        rule, greatest(2, ceil(cardinality(words) / 2.0)));
END
""",
    ROLES[PEOPLE],
    "LANGUAGE plpgsql STABLE",
)


def upgrade() -> None:
    op.execute(SIMILAR)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.alike")
