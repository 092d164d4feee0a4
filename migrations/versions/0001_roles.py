"""Create the database roles, and functions that return who acts in a transaction."""

from alembic import op

revision = "0001"
down_revision = None

# Roles belong to the whole server, so another database may have made them already. `desk_import`
# is for the owner alone: what signs in as the application cannot become an import. The account that
# signs in is a member of `desk_login`; services/storage/accounts.py creates it.
ROLES = """
DO $$ DECLARE wanted text; BEGIN
    FOREACH wanted IN ARRAY ARRAY['desk_login', 'desk_requester', 'desk_technician', 'desk_admin',
                                  'desk_worker', 'desk_clock', 'desk_import'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOINHERIT', wanted);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
    GRANT desk_requester, desk_technician, desk_admin, desk_worker, desk_clock TO desk_login;
    GRANT desk_import TO CURRENT_USER;
END $$;
"""

# A local setting is '' after its transaction, not NULL.
ACTING = """
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO PUBLIC;
CREATE FUNCTION app.person() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT nullif(current_setting('app.person', true), '')::bigint $$;
CREATE FUNCTION app.turn() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT nullif(current_setting('app.turn', true), '')::bigint $$;
-- Not current_user: in a SECURITY DEFINER function that is its owner.
CREATE FUNCTION app.role() RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT replace(current_setting('role'), 'desk_', '') $$;
"""


def upgrade() -> None:
    op.execute(ROLES)
    op.execute(ACTING)


def downgrade() -> None:
    # The roles stay: other databases on the server may use them.
    op.execute("DROP SCHEMA app CASCADE")
