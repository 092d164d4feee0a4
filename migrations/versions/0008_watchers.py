"""Watchers: requesters add them to own tickets, everybody who sees a ticket sees its watchers."""

from alembic import op

revision = "0008"
down_revision = "0007"

# SECURITY DEFINER: the policies of tickets read watchers, so those of watchers can't read tickets.
FUNCTIONS = r"""
CREATE FUNCTION app.requested(ticket bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM tickets WHERE id = ticket AND requester_id = app.person())
$$;
-- The rule for requesters, once more: what they requested or watch.
CREATE FUNCTION app.requester_sees(ticket bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT app.requested(ticket) OR EXISTS (SELECT 1 FROM ticket_watchers
        WHERE ticket_id = ticket AND person_id = app.person())
$$;
-- Whoever stops watching no longer sees the ticket, and may still take that back.
CREATE FUNCTION app.just_left(ticket bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce((SELECT verb = 'DELETE' AND actor_id = app.person()
            AND at > now() - interval '10 minutes'
        FROM events WHERE table_name = 'ticket_watchers' AND record_id = ticket
            AND coalesce(before, after) ->> 'person_id' = app.person()::text
        ORDER BY id DESC LIMIT 1), false)
$$;
REVOKE ALL ON FUNCTION app.requested(bigint), app.requester_sees(bigint), app.just_left(bigint)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.requested(bigint), app.requester_sees(bigint), app.just_left(bigint)
    TO desk_requester;
"""

MINE = "person_id = (SELECT app.person())"
POLICIES = f"""
GRANT DELETE ON ticket_watchers TO desk_requester;
ALTER POLICY own ON ticket_watchers USING ({MINE} OR app.requester_sees(ticket_id));
CREATE POLICY own_change ON ticket_watchers FOR INSERT TO desk_requester
    WITH CHECK (app.requested(ticket_id) OR ({MINE} AND app.just_left(ticket_id)));
CREATE POLICY own_remove ON ticket_watchers FOR DELETE TO desk_requester
    USING ({MINE} OR app.requested(ticket_id));
CREATE POLICY left_just_now ON events FOR SELECT TO desk_requester
    USING (table_name = 'ticket_watchers' AND actor_id = (SELECT app.person())
        AND app.just_left(record_id));
"""
# What a turn is just doing to records that are gone or hidden by it has to be shown for consent.
OWN_TURN = """
CREATE POLICY own_turn ON events FOR SELECT TO desk_requester
    USING (actor_id = (SELECT app.person()) AND turn_id = (SELECT app.turn()));
"""


def upgrade() -> None:
    op.execute(FUNCTIONS)
    op.execute(POLICIES)
    op.execute(OWN_TURN)


def downgrade() -> None:
    op.execute("DROP POLICY own_turn ON events")
    op.execute("DROP POLICY left_just_now ON events")
    op.execute("DROP POLICY own_remove ON ticket_watchers")
    op.execute("DROP POLICY own_change ON ticket_watchers")
    op.execute(f"ALTER POLICY own ON ticket_watchers USING ({MINE})")
    op.execute("REVOKE DELETE ON ticket_watchers FROM desk_requester")
    op.execute("DROP FUNCTION app.just_left, app.requester_sees, app.requested")
