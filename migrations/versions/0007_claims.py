"""Claims: which run of its job a turn belongs to."""

from alembic import op

revision = "0007"
down_revision = "0006"

# SECURITY DEFINER: people do not read turns. FOR SHARE: nobody claims the turn before the commit.
CLAIMS = """
ALTER TABLE turns ADD claim text;
COMMENT ON COLUMN turns.claim IS 'the run that may write to it; null: the last one ended in order';
CREATE FUNCTION app.holds(turn bigint, mine text) RETURNS boolean
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT true FROM turns WHERE id = turn AND claim IS NOT DISTINCT FROM mine FOR SHARE
$$;
REVOKE ALL ON FUNCTION app.holds(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.holds(bigint, text)
    TO desk_requester, desk_technician, desk_admin, desk_worker;
"""


def upgrade() -> None:
    op.execute(CLAIMS)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.holds(bigint, text)")
    op.execute("ALTER TABLE turns DROP claim")
