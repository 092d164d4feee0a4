"""Match Slack accounts to people, keep doubtful ones for an admin, and know guests."""

from alembic import op

from services.storage.rights import ADMIN, ROLES, SERVICES, definer, release, secure

revision = "0015"
down_revision = "0014"

TABLES = """
ALTER TABLE people ADD guest boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN people.guest IS 'a guest of the Slack workspace, who can only be a requester';
GRANT INSERT (guest) ON people TO desk_worker, desk_clock;
GRANT UPDATE (guest) ON people TO desk_clock;

CREATE TABLE account_conflicts (
    slack_id text PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL,
    person_id bigint NOT NULL REFERENCES people ON DELETE CASCADE,
    since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE account_conflicts IS 'Slack accounts with the address of somebody else''s person';
CREATE INDEX account_conflicts_of_person ON account_conflicts (person_id);
"""
CONFLICTS = secure(
    "account_conflicts",
    read={ADMIN: "true", SERVICES: "true"},
    add={SERVICES: "true"},
    change={SERVICES: "true"},
    remove={SERVICES: "true"},
)

# Services change no `active`, except that who left with an account returns with the next one.
TAKE_OVER = definer(
    "take_over(person bigint, account text, former text)",
    "boolean",
    """
UPDATE people SET slack_id = account, active = active OR left_at IS NOT NULL, left_at = NULL
    WHERE id = person AND NOT guest AND slack_id IS NOT DISTINCT FROM former RETURNING true
""",
    ROLES[SERVICES],
    "LANGUAGE sql VOLATILE",
)

# The account is given to one of the two people that it may be, with its address. The other one
# keeps their records, and is switched off where nothing is left by which they could come.
RELINK = definer(
    "relink(person bigint, account text)",
    "boolean",
    """
DECLARE
    address text;
BEGIN
    DELETE FROM account_conflicts c WHERE c.slack_id = account AND (c.person_id = person
        OR EXISTS (SELECT FROM people p WHERE p.id = person AND p.slack_id = account))
        RETURNING email INTO address;
    IF NOT FOUND THEN RETURN false; END IF;
    UPDATE people SET slack_id = NULL, active = false
        WHERE slack_id = account AND id <> person;
    UPDATE people SET email = format('usr-%s@replaced.invalid', id),
            active = active AND slack_id IS NOT NULL
        WHERE email = address AND id <> person;
    UPDATE people SET slack_id = account, email = address,
            active = active OR left_at IS NOT NULL, left_at = NULL
        WHERE id = person;
    RETURN true;
END
""",
    ROLES[ADMIN],
    "LANGUAGE plpgsql VOLATILE",
)

GUESTS_ALLOWED = definer(
    "guests_allowed()",
    "boolean",
    "SELECT coalesce((SELECT value = 'true' FROM settings WHERE key = 'guests'), false)",
    ROLES[SERVICES],
)
ALLOW_GUESTS = definer(
    "allow_guests(allowed boolean)",
    "void",
    """
INSERT INTO settings VALUES ('guests', to_jsonb(allowed))
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;
UPDATE people SET active = allowed, left_at = CASE WHEN NOT allowed THEN now() END,
        role = CASE WHEN allowed THEN 'requester' ELSE role END
    WHERE guest AND active <> allowed AND (active OR left_at IS NOT NULL);
""",
    ROLES[ADMIN],
    "LANGUAGE sql VOLATILE",
)


def upgrade() -> None:
    for script in (TABLES, CONFLICTS, TAKE_OVER, RELINK, GUESTS_ALLOWED, ALLOW_GUESTS):
        op.execute(script)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.take_over, app.relink, app.guests_allowed, app.allow_guests")
    op.execute(release("account_conflicts"))
    op.execute("DROP TABLE account_conflicts")
    op.execute("ALTER TABLE people DROP guest")
