"""The calls that show progress, which share Slack's limits with answers and other processes."""

from contextlib import ExitStack

from sqlalchemy import Engine, text

from bot.budget import PER_MINUTE, SHARE, UPDATE, Budget
from services.storage.database import Database


async def taken(budget: Budget, method: str) -> int:
    """Return how many calls of the method the budget allows at this moment."""
    calls = 0
    while await budget.take(method):
        calls += 1
    return calls


async def test_processes_of_the_desk_share_each_rate_limit_of_slack(
    owner: Engine, database: Database
) -> None:
    with owner.begin() as connection:
        workers = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - :age)"
        for age in ("0 s", "1 s", "1 hour"):
            connection.execute(text(workers.replace(":age", f"interval '{age}'")))
    streams = PER_MINUTE["chat.startStream"]
    assert await taken(Budget(database), "chat.startStream") == streams * SHARE / 2


async def test_one_update_call_is_reserved_for_each_answer_in_preparation(
    database: Database,
) -> None:
    budget = Budget(database)
    with ExitStack() as running:
        for _ in range(PER_MINUTE[UPDATE] - 1):
            running.enter_context(budget.answering())
        assert await taken(budget, UPDATE) == 1
    for _ in range(int(PER_MINUTE[UPDATE] * SHARE) - 1):
        budget.count(UPDATE)
    assert await taken(budget, UPDATE) == 0


async def test_answers_that_wait_in_the_queue_are_reserved_too(
    owner: Engine, database: Database
) -> None:
    with owner.begin() as connection:
        job = (
            "INSERT INTO procrastinate_jobs (task_name, queue_name, status)"
            " VALUES ('answer', 'desk', CAST(:status AS procrastinate_job_status))"
        )
        for status in (*["doing"] * (PER_MINUTE[UPDATE] - 3), "todo", "succeeded"):
            connection.execute(text(job), {"status": status})
    assert await taken(Budget(database), UPDATE) == 2
