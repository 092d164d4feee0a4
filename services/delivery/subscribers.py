"""Event subscribers: code that runs as a job after records of a type have changed.

The database defers the job in the transaction of the change (the trigger on `events`), so no code
that changes records can forget it. Imports and changes that are rolled back defer nothing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from procrastinate import App as Queue
from procrastinate import JobContext
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from services.entities.base import Entity
from services.jobs.queue import RetryWithBackoff
from services.storage.database import Executor


@dataclass(frozen=True, slots=True)
class Change:
    """A committed change of a record.

    `event`: the id of its event. `verb`: INSERT, UPDATE or DELETE.
    """

    event: int
    verb: str
    record_id: int


Handler = Callable[[JobContext, Change], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Subscription:
    task: str
    table: str
    column: str | None
    handler: Handler


_SYNCHRONISE = text(
    "WITH wanted AS (SELECT * FROM jsonb_to_recordset(:wanted)"
    "  AS wanted (task text, table_name text, column_name text)),"
    " gone AS (DELETE FROM subscriptions WHERE task NOT IN (SELECT task FROM wanted))"
    " INSERT INTO subscriptions SELECT * FROM wanted ON CONFLICT (task) DO UPDATE"
    " SET table_name = excluded.table_name, column_name = excluded.column_name"
).bindparams(bindparam("wanted", type_=JSONB))


class Subscribers:
    """The coroutines that run after changes, by the type of record they subscribe to."""

    def __init__(self) -> None:
        self._subscriptions: list[_Subscription] = []

    def on(self, entity: type[Entity], column: str | None = None) -> Callable[[Handler], Handler]:
        """Subscribe a coroutine to all changes of a record type, or to changes of one column.

        It runs once for each change, after the commit, and for one change of a record at a time. A
        failed run is repeated, so the coroutine must be idempotent.
        """
        if column is not None and column not in entity.__table__.c:
            raise ValueError(f"{entity.__name__} has no column {column}.")

        def subscribe(handler: Handler) -> Handler:
            task = f"on:{handler.__module__}.{handler.__qualname__}"
            table = entity.__tablename__
            self._subscriptions.append(_Subscription(task, table, column, handler))
            return handler

        return subscribe

    def register(self, queue: Queue) -> None:
        """Register each subscriber as a task of the queue."""
        for each in self._subscriptions:
            run = partial(_run, handler=each.handler)
            queue.task(name=each.task, pass_context=True, retry=RetryWithBackoff())(run)

    async def synchronise(self, executor: Executor) -> None:
        """Store the subscriptions in the database, where the trigger on `events` reads them."""
        wanted = [
            {"task": each.task, "table_name": each.table, "column_name": each.column}
            for each in self._subscriptions
        ]
        await executor.execute(_SYNCHRONISE, wanted=wanted)


async def _run(
    context: JobContext, *, event: int, verb: str, record: int, handler: Handler
) -> None:
    await handler(context, Change(event, verb, record))


SUBSCRIBERS = Subscribers()
"""The subscribers to which the desk's code adds its own, with `SUBSCRIBERS.on(…)`."""
