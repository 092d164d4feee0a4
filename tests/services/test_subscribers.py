"""Subscribers to changes: each committed change defers their job, and nothing else does."""

from collections.abc import Callable
from typing import Any

import pytest
from procrastinate import App, JobContext
from sqlalchemy import Engine, text

from services.agent.tool_calls import run_tool
from services.changes.preview import ConsentNeeded
from services.context import Actor, Role, acting
from services.delivery.subscribers import Change, Subscribers
from services.entities.ticket import Ticket
from services.jobs.queue import make_queue
from services.storage.database import Database, importing
from services.tools import TOOLS
from tests.fixtures import DANIEL, PRIYA

ActingAs = Callable[..., Any]


class Seen:
    """Two subscribers that record the changes with which they are called."""

    def __init__(self) -> None:
        self.tickets: list[Change] = []
        self.statuses: list[Change] = []
        self.subscribers = Subscribers()

        @self.subscribers.on(Ticket)
        async def on_ticket(_: JobContext, change: Change) -> None:
            self.tickets.append(change)

        @self.subscribers.on(Ticket, "status")
        async def on_status(_: JobContext, change: Change) -> None:
            self.statuses.append(change)

    async def work(self, database_url: str, database: Database) -> None:
        """Run the waiting jobs."""
        queue = make_queue(database_url)
        self.subscribers.register(queue)
        async with queue.open_async():
            await queue.run_worker_async(
                wait=False, listen_notify=False, install_signal_handlers=False
            )


@pytest.fixture
async def seen(database: Database) -> Seen:
    seen = Seen()
    await seen.subscribers.synchronise(database)
    return seen


async def test_each_change_of_a_record_reaches_its_subscribers_once(
    seen: Seen, fresh_database: str, database: Database, acting_as: ActingAs
) -> None:
    async with acting_as(DANIEL) as ctx:
        await TOOLS["update_tickets"](ctx, tickets="TKT-12", name="Renamed")
    async with acting_as(DANIEL) as ctx:
        await TOOLS["update_tickets"](ctx, tickets="TKT-12", status="Closed")
    await seen.work(fresh_database, database)
    await seen.work(fresh_database, database)
    assert [(each.verb, each.record_id) for each in seen.tickets] == [("UPDATE", 12)] * 2
    assert seen.statuses == seen.tickets[1:]


async def test_new_record_reaches_subscribers_of_the_columns_that_have_a_value(
    seen: Seen, fresh_database: str, database: Database, acting_as: ActingAs
) -> None:
    async with acting_as(PRIYA) as ctx:
        await TOOLS["create_ticket"](ctx, name="VPN drops")
    await seen.work(fresh_database, database)
    assert [each.verb for each in seen.statuses] == ["INSERT"]


async def test_change_that_is_rolled_back_reaches_no_subscriber(
    seen: Seen, fresh_database: str, database: Database
) -> None:
    actor = Actor(DANIEL, Role.technician, turn_id=1)
    async with acting(database, actor) as ctx:  # tried, to be shown on a consent card
        tool = TOOLS["update_tickets"]
        values = await tool.prepare(ctx, tickets=["TKT-54"], status="Closed")
        with pytest.raises(ConsentNeeded):
            await run_tool(ctx, tool, values, None, [])
    await seen.work(fresh_database, database)
    assert seen.tickets == []


async def test_changes_of_an_import_reach_no_subscriber(
    seen: Seen, fresh_database: str, database: Database
) -> None:
    with importing(fresh_database) as connection:
        connection.execute(text("INSERT INTO tickets (requester_id, name) VALUES (5, 'Imported')"))
    await seen.work(fresh_database, database)
    assert seen.tickets == []


async def test_subscription_that_the_code_no_longer_declares_is_deleted(
    seen: Seen, fresh_database: str, database: Database, owner: Engine, acting_as: ActingAs
) -> None:
    await Subscribers().synchronise(database)
    async with acting_as(DANIEL) as ctx:
        await TOOLS["update_tickets"](ctx, tickets="TKT-12", status="Closed")
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0


async def test_failed_job_of_a_subscriber_is_repeated(
    fresh_database: str, database: Database, acting_as: ActingAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribers, runs = Subscribers(), []

    @subscribers.on(Ticket, "status")
    async def failing(context: JobContext, _: Change) -> None:
        runs.append(context.job.attempts)
        raise ZeroDivisionError

    await subscribers.synchronise(database)
    async with acting_as(DANIEL) as ctx:
        await TOOLS["update_tickets"](ctx, tickets="TKT-12", status="Closed")
    queue: App = make_queue(fresh_database)
    subscribers.register(queue)
    async with queue.open_async():
        await queue.run_worker_async(wait=False, listen_notify=False, install_signal_handlers=False)
    left = await database.fetch_all(text("SELECT status::text FROM procrastinate_jobs"))
    assert runs == [0]
    assert left == [{"status": "todo"}]


def test_subscription_to_an_unknown_column_is_refused() -> None:
    with pytest.raises(ValueError, match="Ticket has no column colour"):
        Subscribers().on(Ticket, "colour")
