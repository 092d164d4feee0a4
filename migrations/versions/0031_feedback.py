"""Store whether an answer helped the person who asked, and why not."""

from alembic import op

from services.storage.rights import ADMIN, PEOPLE, ROLES, definer

revision = "0031"
down_revision = "0030"

COLUMNS = """
ALTER TABLE turns
    ADD feedback text CHECK (feedback IN ('helped', 'did_not_help')),
    ADD feedback_reason text,
    ADD feedback_model text;
COMMENT ON COLUMN turns.feedback IS 'what the person who asked has said of the answer';
COMMENT ON COLUMN turns.feedback_model IS 'the model that wrote the rated answer';
CREATE INDEX turns_rated ON turns (created_at) WHERE feedback IS NOT NULL;
"""

# True if the verdict is a new one; no row where it is not the person's own answer.
RATE_ANSWER = definer(
    "rate_answer(turn bigint, verdict text, reason text)",
    "SETOF boolean",
    """
WITH rated AS (SELECT id, feedback FROM turns WHERE id = turn AND person_id = app.person()
    AND answer IS NOT NULL AND NOT failed FOR UPDATE)
UPDATE turns SET feedback = verdict,
        feedback_reason = CASE verdict WHEN 'did_not_help'
            THEN coalesce(reason, turns.feedback_reason) END,
        feedback_model = (SELECT message ->> 'written_by' FROM steps WHERE turn_id = turns.id
            ORDER BY steps.id DESC LIMIT 1)
    FROM rated WHERE turns.id = rated.id
    RETURNING rated.feedback IS DISTINCT FROM verdict
""",
    ROLES[PEOPLE],
    "LANGUAGE sql VOLATILE",
)

# Neither who rated nor what was asked: only what people have written for admins.
FEEDBACK = definer(
    "feedback(days int)",
    "TABLE (model text, verdict text, reason text, answered_at timestamptz)",
    """
SELECT feedback_model, feedback, feedback_reason, created_at FROM turns
    WHERE feedback IS NOT NULL AND created_at > now() - make_interval(days => days)
    ORDER BY created_at DESC, id DESC
""",
    ROLES[ADMIN],
)


def upgrade() -> None:
    for script in (COLUMNS, RATE_ANSWER, FEEDBACK):
        op.execute(script)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.rate_answer, app.feedback")
    op.execute("ALTER TABLE turns DROP feedback, DROP feedback_reason, DROP feedback_model")
