"""Whether there is more to be taken up into a turn: asked by the statement that writes a step."""

from alembic import op

revision = "0013"
down_revision = "0012"

# SECURITY DEFINER: people do not read deliveries.
MORE = """
CREATE FUNCTION app.has_more(turn bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM turns JOIN threads ON threads.id = turns.thread_id
        JOIN deliveries ON deliveries.thread_key = threads.key AND deliveries.state = 'waiting'
        WHERE turns.id = turn)
$$;
REVOKE ALL ON FUNCTION app.has_more(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.has_more(bigint)
    TO desk_requester, desk_technician, desk_admin, desk_worker;
"""


def upgrade() -> None:
    op.execute(MORE)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.has_more(bigint)")
