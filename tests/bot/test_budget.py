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
    assert await taken(budget, UPDATE) == PER_MINUTE[UPDATE] * SHARE - 1


async def test_answers_of_all_processes_are_reserved(owner: Engine, database: Database) -> None:
    """Those that wait in the queue, and those of the last minute."""
    with owner.begin() as connection:
        job = (
            "INSERT INTO procrastinate_jobs (task_name, queue_name, status)"
            " VALUES ('answer', 'desk', CAST(:status AS procrastinate_job_status))"
        )
        for status in (*["doing"] * (PER_MINUTE[UPDATE] - 5), "todo", "succeeded"):
            connection.execute(text(job), {"status": status})
        thread = "INSERT INTO threads (key, channel, thread_ts) VALUES ('T1:D1:1', 'D1', '1')"
        connection.execute(text(thread))
        turn = (
            "INSERT INTO turns (thread_id, audience, state, ended_at)"
            " SELECT id, 'private', 'answered', now() - CAST(:age AS interval) FROM threads"
        )
        for age in ("10 s", "50 s", "90 s"):
            connection.execute(text(turn), {"age": age})
    assert await taken(Budget(database), UPDATE) == 2
