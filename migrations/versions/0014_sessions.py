"""Add passes and sessions of the web view; both end when the person is deactivated."""

from alembic import op

from services.storage.rights import CLOCK, WORKER, definer, secure

revision = "0014"
down_revision = "0013"

TABLES = """
CREATE TABLE passes (
    hash text PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES people ON DELETE CASCADE,
    path text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX passes_oldest ON passes (made_at);
CREATE INDEX passes_of_person ON passes (person_id);
COMMENT ON TABLE passes IS 'addresses of pages that each sign their person in once';
COMMENT ON COLUMN passes.hash IS 'SHA-256 of the pass';

CREATE TABLE sessions (
    hash text PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES people ON DELETE CASCADE,
    began_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_of_person ON sessions (person_id);
COMMENT ON TABLE sessions IS 'browsers that are signed in to the web view';
COMMENT ON COLUMN sessions.hash IS 'SHA-256 of the cookie';
COMMENT ON COLUMN sessions.seen_at IS 'when the last page was asked for';
"""

RIGHTS = [
    secure(
        "passes",
        read={WORKER: "true", CLOCK: ("made_at", "true")},
        add={WORKER: "true"},
        remove={WORKER: "true", CLOCK: "true"},
    ),
    secure(
        "sessions",
        read={WORKER: "true", CLOCK: ("began_at, seen_at", "true")},
        add={WORKER: "true"},
        change={WORKER: ("seen_at", "true")},
        remove={WORKER: "true", CLOCK: "true"},
    ),
]

SIGN_OUT = definer(
    "sign_out()",
    "trigger",
    """
BEGIN
    DELETE FROM passes WHERE person_id = NEW.id;
    DELETE FROM sessions WHERE person_id = NEW.id;
    RETURN NULL;
END
""",
    "",
    "LANGUAGE plpgsql",
)

# Whoever holds the other Slack account, or comes back to this one, signs in anew.
ON_CHANGE = """
CREATE TRIGGER sign_out AFTER UPDATE OF active, slack_id ON people FOR EACH ROW
    WHEN (NOT NEW.active OR NEW.slack_id <> OLD.slack_id) EXECUTE FUNCTION app.sign_out();
"""


def upgrade() -> None:
    for statement in (TABLES, *RIGHTS, SIGN_OUT, ON_CHANGE):
        op.execute(statement)
    # It signed cookies that named a person.
    op.execute("DELETE FROM private.secrets WHERE name = 'cookie_key'")


def downgrade() -> None:
    op.execute("DROP TRIGGER sign_out ON people")
    op.execute("DROP FUNCTION app.sign_out")
    op.execute("DROP TABLE sessions, passes")
