"""What staff sees of tickets costs one look at the index, unless the ticket is private."""

from alembic import op

revision = "0011"
down_revision = "0010"

ADMITTED = """
app.person() IS NOT NULL
    AND EXISTS (SELECT 1 FROM tickets t WHERE t.id = ticket AND (NOT t.private
        OR app.person() IN (t.requester_id, t.assignee_id)
        OR t.team_id IN (SELECT team_id FROM team_members WHERE person_id = app.person())
        OR EXISTS (SELECT 1 FROM ticket_watchers w
                   WHERE w.ticket_id = t.id AND w.person_id = app.person())))
"""
# Postgres prepares all of a function each time: what is seldom needed stands in one of its own.
SEES = """
app.person() IS NOT NULL AND coalesce(
    (SELECT NOT private OR app.is_admitted(id) FROM tickets WHERE id = ticket), false)
"""


def function(name: str, body: str) -> str:
    return f"""
        CREATE OR REPLACE FUNCTION app.{name}(ticket bigint) RETURNS boolean
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ SELECT {body} $$;
    """


def upgrade() -> None:
    op.execute(function("is_admitted", ADMITTED))
    op.execute("REVOKE ALL ON FUNCTION app.is_admitted(bigint) FROM PUBLIC")
    op.execute(function("staff_sees", SEES))


def downgrade() -> None:
    op.execute(function("staff_sees", ADMITTED))
    op.execute("DROP FUNCTION app.is_admitted(bigint)")
