"""Make sorted lists of open tickets and the search for similar tickets fast."""

from importlib import import_module

from alembic import op

from services.storage.rights import PEOPLE, ROLES, definer

revision = "0036"
down_revision = "0035"

# With all columns of filters, sorts and the policy, so that a page of open tickets is counted,
# sorted and cut without reading them: they are spread over the whole table.
INDEXES = """
DROP INDEX tickets_open_of_team, tickets_open_of_assignee;
CREATE INDEX tickets_open_of_team ON tickets (team_id, updated_at DESC, id DESC)
    INCLUDE (priority, status, private, requester_id, assignee_id, created_at)
    WHERE status <> 'Closed';
CREATE INDEX tickets_open_of_assignee ON tickets (assignee_id, updated_at DESC, id DESC)
    INCLUDE (priority, status, private, requester_id, team_id, created_at)
    WHERE status <> 'Closed';
"""

# As in 0029, but the words in common are a sum of constant conditions.
SIMILAR = definer(
    "alike(ticket bigint)",
    "SETOF bigint",
    """
DECLARE
    words text[];
    any_word text;
    in_common text;
    rule text;
BEGIN
    IF app.person() IS NULL OR NOT app.sees('TKT', ticket) THEN RETURN; END IF;
    SELECT tsvector_to_array(app.document(name)) INTO words FROM tickets
        WHERE id = ticket AND status <> 'Closed';
    IF coalesce(cardinality(words), 0) < 2 THEN RETURN; END IF;
    SELECT string_agg(quote_literal(word), ' | '),
        string_agg(format('(search @@ %L)::int', quote_literal(word)), ' + ')
        INTO any_word, in_common FROM unnest(words) word;
    SELECT replace(replace(r.sees, '{me}', '(SELECT app.person())'), '{viewer}', '') INTO rule
        FROM app.record_rules r WHERE r.type = 'TKT' AND r.role = app.role();
    RETURN QUERY EXECUTE format('SELECT id FROM (SELECT id, search, %1$s AS common'
        ' FROM (SELECT id, search FROM tickets WHERE search @@ %2$L AND id <> %3$L'
        ' AND (status <> ''Closed'' OR closed_at > now() - interval ''180 days'') AND (%4$s)'
        ' ORDER BY id DESC LIMIT 1000) newest OFFSET 0) likely WHERE common >= %5$s'
        ' ORDER BY common DESC, ts_rank(search, %2$L) DESC, id DESC LIMIT 3',
        in_common, any_word, ticket, rule, greatest(2, ceil(cardinality(words) / 2.0)));
END
""",
    ROLES[PEOPLE],
    "LANGUAGE plpgsql STABLE",
)


def upgrade() -> None:
    op.execute(INDEXES)
    op.execute(_replacing(SIMILAR))


def downgrade() -> None:
    op.execute("DROP INDEX tickets_open_of_team, tickets_open_of_assignee")
    op.execute(
        "CREATE INDEX tickets_open_of_assignee ON tickets (assignee_id, updated_at DESC, id DESC)"
        " WHERE status <> 'Closed'"
    )
    op.execute(import_module("migrations.versions.0026_selective").INDEXES)
    op.execute(_replacing(import_module("migrations.versions.0029_similar").SIMILAR))


def _replacing(function: str) -> str:
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
