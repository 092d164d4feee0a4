"""Store what each person's answers cost in a month, and limit it by a budget."""

from alembic import op

from services.storage.rights import PEOPLE, ROLES, WORKER, definer, release, secure

revision = "0029c"
down_revision = "0029b"

TABLE = """
CREATE TABLE spending (
    person_id bigint NOT NULL REFERENCES people ON DELETE CASCADE,
    month date NOT NULL,
    dollars numeric NOT NULL,
    PRIMARY KEY (person_id, month)
);
COMMENT ON TABLE spending IS 'counted by a trigger on steps, and kept when those are deleted';
"""
SPENDING = secure("spending", read={PEOPLE: "person_id = {me}"})

COUNT_COST = definer(
    "count_cost()",
    "trigger",
    """
BEGIN
    INSERT INTO spending AS s SELECT person_id, date_trunc('month', now() AT TIME ZONE 'UTC'),
            (NEW.message #>> '{usage,cost}')::numeric
        FROM turns WHERE id = NEW.turn_id AND person_id IS NOT NULL
        ON CONFLICT (person_id, month) DO UPDATE SET dollars = s.dollars + excluded.dollars;
    RETURN NULL;
END
""",
    "",
    "LANGUAGE plpgsql VOLATILE",
)
TRIGGER = """
CREATE TRIGGER count_cost AFTER INSERT ON steps FOR EACH ROW
    WHEN (jsonb_typeof(NEW.message #> '{usage,cost}') = 'number')
    EXECUTE FUNCTION app.count_cost();
"""

BUDGET = definer(
    "budget()",
    "numeric",
    "SELECT (SELECT value::numeric FROM settings WHERE key = 'budget_per_person'"
    " AND jsonb_typeof(value) = 'number')",
    f"{ROLES[PEOPLE]}, {ROLES[WORKER]}",
)
BUDGET_IS_SPENT = definer(
    "budget_is_spent(turn bigint)",
    "boolean",
    """
SELECT coalesce((SELECT dollars >= app.budget() FROM spending WHERE app.budget() IS NOT NULL
    AND month = date_trunc('month', now() AT TIME ZONE 'UTC')
    AND person_id = (SELECT turns.person_id FROM turns WHERE id = turn)), false)
""",
    ROLES[WORKER],
)


def upgrade() -> None:
    for script in (TABLE, SPENDING, COUNT_COST, TRIGGER, BUDGET, BUDGET_IS_SPENT):
        op.execute(script)


def downgrade() -> None:
    op.execute("DROP TRIGGER count_cost ON steps")
    op.execute("DROP FUNCTION app.count_cost, app.budget_is_spent, app.budget")
    op.execute(release("spending"))
    op.execute("DROP TABLE spending")
