"""Run tasks, each on a fresh demo desk, through the real agent loop."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text

from services.agent.loop import Agent
from services.agent.models import Models
from services.agent.transcript import USAGE
from services.agent.without_slack import Answer, Conversation
from services.changes.consents import Consent
from services.entities.person import Person
from services.evaluation.desks import FreshDesk, demo_desks
from services.evaluation.task import Task
from services.evaluation.verdict import Verdict, judge, newest_event
from services.storage.accounts import as_owner
from services.storage.database import Database

WEB_URL = "https://desk.example"
PATIENCE = 60.0
"""The maximum seconds to wait for a connection: many desks are opened at once."""
_BY_EMAIL = Person.query().where(Person.email == bindparam("email"))


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a task. `cost` is in dollars, if the provider reports it."""

    task: Task
    verdict: Verdict
    answers: tuple[str, ...]
    calls: int
    tokens: int
    cost: float
    seconds: float


async def play(
    tasks: Sequence[Task],
    models: Models,
    runs: int,
    at_once: int,
    say: Callable[[Run], None] = lambda run: None,
) -> list[Run]:
    """Run each task `runs` times; return all runs, grouped by task."""
    slots = asyncio.Semaphore(at_once)

    async def one(task: Task) -> Run:
        async with slots:
            run = await _play(task, models, fresh)
        say(run)
        return run

    with demo_desks() as fresh:
        async with asyncio.TaskGroup() as group:
            playing = [group.create_task(one(task)) for task in tasks for _ in range(runs)]
    return [each.result() for each in playing]


async def _play(task: Task, models: Models, fresh: FreshDesk) -> Run:
    with fresh() as url:
        with as_owner(url) as connection:
            since = _plant(task, connection)
        database = Database(url, connections=4, patience=PATIENCE)
        start = time.monotonic()
        try:
            answers = await _talk(task, Agent(database, models), database)
        finally:
            await database.close()
        seconds = time.monotonic() - start
        with as_owner(url) as connection:
            verdict = judge(task, answers, connection, since)
    said = [each for answer in answers for each in answer.messages if each["role"] == "assistant"]
    used = [each.get(USAGE, {}) for each in said]
    return Run(
        task,
        verdict,
        tuple("\n".join([answer.text, *answer.receipts]) for answer in answers),
        len(said),
        sum(each.get("prompt_tokens", 0) + each.get("completion_tokens", 0) for each in used),
        sum(each.get("cost", 0) for each in used),
        seconds,
    )


def _plant(task: Task, connection: Connection) -> int:
    """Run the SQL that prepares the task; return the id of the newest event."""
    for statement in task.plants:
        connection.execute(text(statement))
    return newest_event(connection)


async def _talk(task: Task, agent: Agent, database: Database) -> list[Answer]:
    person = await Person.fetch_one(database, _BY_EMAIL, email=task.who)
    if person is None:
        raise ValueError(f"{task.name}: nobody in the demo has the email {task.who}")

    async def approve(_: Consent) -> bool:
        return task.approves

    conversation = Conversation(database, agent, person, approve, WEB_URL, task.where)
    return [await conversation.say(words) for words in task.says]
