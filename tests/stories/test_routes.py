"""Routes: which job handles which kind of delivery."""

from typing import Any

import pytest
from procrastinate import JobContext
from sqlalchemy import Engine, text

from services.delivery.deliveries import ROUTES, receive
from tests.fixtures import PRIYA, Desk
from tests.stories.telling import ASK, answers, settled

TAKE = text(
    "UPDATE deliveries SET state = 'taken' WHERE thread_key = :thread AND kind = 'echo'"
    " AND state = 'waiting' RETURNING event ->> 'text' AS said"
)


@pytest.fixture
def echoed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Register a job for deliveries of the kind `echo`; return the texts that it received."""
    echoed: list[str] = []

    async def echo(context: JobContext, thread: str) -> None:
        runtime = context.additional_context["runtime"]
        echoed.extend(row["said"] for row in await runtime.database.fetch_all(TAKE, thread=thread))

    desk.runtime.queue.task(name="echo", pass_context=True)(echo)
    monkeypatch.setitem(ROUTES, "echo", "echo")
    return echoed


async def store(desk: Desk, said: Any, key: str = "T:D:1") -> str:
    """Store a delivery of another kind in the thread of a message."""
    thread = f"{desk.runtime.bot.team_id}:{said.channel}:{said.ts}"
    event = {"direct": True, "ts": said.ts, "user": said.user, "text": "hello"}
    place = {"message": key, "thread": thread}
    state, _ = await receive(desk.runtime.queue, "echo", **place, said=event, asked=True)
    return state


async def test_delivery_of_another_kind_is_handled_only_by_the_job_of_that_kind(
    desk: Desk, echoed: list[str]
) -> None:
    answer = await desk.ask(PRIYA, ASK)
    said = desk.slack.messages[answer.channel][answer.thread_ts]
    assert [await store(desk, said), await store(desk, said)] == ["stored", "repeated"]
    await settled(desk)
    assert echoed == ["hello"]
    assert answers(desk, said) == [answer]


async def test_waiting_delivery_that_has_lost_its_job_gets_a_new_one(
    desk: Desk, echoed: list[str], owner: Engine
) -> None:
    answer = await desk.ask(PRIYA, ASK)
    await settled(desk)
    with owner.begin() as connection:
        forgotten = (
            "INSERT INTO deliveries (key, thread_key, kind, event, received_at)"
            " SELECT 'T:D:2', key, 'echo', '{\"text\": \"hello\"}', now() - interval '11 s'"
            " FROM threads"
        )
        connection.execute(text(forgotten))
    await desk.runtime.queue.configure_task("revive").defer_async()
    await settled(desk)
    assert echoed == ["hello"]
    said = desk.slack.messages[answer.channel][answer.thread_ts]
    assert answers(desk, said) == [answer]
