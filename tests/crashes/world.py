"""What survives a dead process of the desk: Slack, the model and the database."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from sqlalchemy import Engine, text
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.playground import Workspace, payloads
from bot.playground.nouns import Message
from bot.process import open_models
from services.agent.models import Models
from services.settings import Settings
from tests.crashes.process import CURRENT, Process
from tests.fixtures import Desk, open_slack
from tests.services.provider import Answer, Provider, llm, provider

RESET = """
UPDATE people SET slack_id = NULL;
DELETE FROM ticks;
DELETE FROM digests;
DELETE FROM outbox WHERE turn_id IS NULL;
UPDATE tickets SET status = 'Open' WHERE id = 54;
UPDATE tickets SET name = 'Earlier' WHERE id > 60;
INSERT INTO settings VALUES ('turns_per_person', '100000'), ('writes_per_person', '100000')
    ON CONFLICT DO NOTHING;
"""
"""Run before each story: nobody has a Slack account, tickets that the story before closed are open,
and its tickets have other names, so that new ones do not resemble them."""

TURNS = """
SELECT jsonb_build_object(
    'steps', (SELECT jsonb_agg(message ORDER BY id) FROM steps WHERE turn_id = t.id),
    'turn', jsonb_build_array(t.state, answer, failed, ended_at IS NULL),
    'deliveries', (SELECT jsonb_agg(d.state) FROM deliveries d WHERE turn_id = t.id),
    'writes', (SELECT jsonb_agg(jsonb_build_array(verb, table_name, after ->> 'name') ORDER BY id)
        FROM events WHERE turn_id = t.id),
    'consents', (SELECT jsonb_agg(jsonb_build_array(c.state, settled)) FROM consents c
        WHERE turn_id = t.id),
    'outbox', (SELECT jsonb_agg(jsonb_build_array(kind, o.state, ts IS NULL, error) ORDER BY key)
        FROM outbox o WHERE turn_id = t.id))
FROM turns t JOIN threads ON threads.id = thread_id WHERE thread_ts = :ts ORDER BY t.id
"""
WITHOUT_TURN = """
SELECT jsonb_build_array(key, state, ts IS NULL, error) FROM outbox WHERE turn_id IS NULL
"""
UNDONE = """
SELECT (SELECT count(*) FROM procrastinate_jobs),
    (SELECT count(*) FROM deliveries WHERE state NOT IN ('taken', 'ignored'))
"""

OF_A_RUN = re.compile(
    r"TKT-(?!54\b)\d+|\d\d:\d\d|\^\d{10}\^|pass=[\w-]+|"
    r'"seconds": [\d.]+|'
    r'"(block_id|value)": "(?:[^"\\]|\\.)*"'
)
"""What differs between runs: ids of new records, times, and ids and values of buttons."""

Act = Callable[[], Awaitable[bool]]
"""Something that Slack or a person does to the desk. Returns False if it may not have worked."""


class World:
    """Plays one story after another, each in a thread of its own."""

    def __init__(
        self, slack: Workspace, served: Provider, owner: Engine, settings: Settings, models: Models
    ) -> None:
        self.slack, self.provider = slack, served
        self.process = Process()
        self.said: Message
        self._owner, self._settings, self._models = owner, settings, models
        self._life = AsyncExitStack()

    async def serve(self, request: Request) -> Response:
        CURRENT.set(self.process)
        return await self.process.bolt.handle(request)

    async def start(self) -> None:
        """Start a process, in place of the one before if there was one."""
        await self.stop()
        self.process = Process()
        await self._life.enter_async_context(self.process.living(self._settings, self._models))

    async def stop(self) -> None:
        await self._life.aclose()

    def reset(self) -> None:
        with self._owner.begin() as connection:
            connection.execute(text(RESET))

    async def play(self, acts: Sequence[Act], dies_after: int | None = None) -> Process:
        """Do all acts; if the process dies in one, start another process and repeat the act."""
        first = self.process
        first.count(dies_after)
        for act in acts:
            if not await act():
                assert first.died.is_set()
                await self.start()
                assert await act()
        return first

    # ---- acts

    def say(self, person: int, words: str, root: Message | None = None) -> Message:
        """Add a message that Slack has not delivered yet; without a root it begins a thread."""
        place = self.slack.open_dm(self.slack.user(Desk.user(person)))
        user, thread = Desk.user(person), root.ts if root else None
        message = self.slack.post_typed(place, user, words, thread)
        self.said = root or message
        return message

    def delivers(self, said: Message) -> Act:
        place = self.slack.channels[said.channel]

        async def act() -> bool:
            event = payloads.event_callback(payloads.message_event(said, place), place)
            return (await self.slack.deliver(event)).ok

        return act

    def wants_digest(self, person: int) -> None:
        """Begin a story in which the person had the last digest long ago."""
        place = self.slack.open_dm(self.slack.user(Desk.user(person)))
        self.slack.messages[place.id].clear()  # those of earlier runs have the same key
        self.say(person, "good morning")
        with self._owner.begin() as connection:
            known = "UPDATE people SET slack_id = :user WHERE id = :person"
            connection.execute(text(known), {"user": Desk.user(person), "person": person})
            wanted = "INSERT INTO digests VALUES (:person, '2026-06-01')"
            connection.execute(text(wanted), {"person": person})

    def ticks(self, name: str) -> Act:
        """Let the clock tick for a scheduled job."""

        async def act() -> bool:
            await self.process.tick(name)
            return not self.process.died.is_set()

        return act

    async def works(self) -> bool:
        await self.process.work()
        return not self.process.died.is_set()

    def presses(self, label: str) -> Act:
        """Press a button in the thread while it is there."""

        async def act() -> bool:
            if message := self.shown_with(label):
                alone = len(self._told())
                await self.slack.press(self.said.user, message, label)
                await self._until(lambda: label not in message.buttons or len(self._told()) > alone)
            return not self.process.died.is_set()

        return act

    def shown_with(self, label: str) -> Message | None:
        return next((each for each in self._replies() if label in each.buttons), None)

    async def shows(self, steps: int, words: str = "") -> None:
        """Wait until the live message shows so many finished steps, and this text."""

        def shown() -> bool:
            live = self.shown_with("Stop")
            blocks = str(live.blocks) if live else ""
            return live is not None and blocks.count("'complete'") >= steps and words in blocks

        await self.slack.until(shown)

    def _told(self) -> list[Message]:
        return self.slack.ephemerals(self.said.user, self.said.channel)

    def _replies(self) -> list[Message]:
        thread = self.slack.replies(self.said.channel, self.said.ts)
        return [each for each in thread if each.from_bot]

    def _direct(self) -> list[Message]:
        """Return what the desk has written to the person outside threads."""
        written = self.slack.messages[self.said.channel].values()
        after = [each for each in written if float(each.ts) > float(self.said.ts)]
        return [each for each in after if each.from_bot and not each.thread_ts]

    async def _until(self, told: Callable[[], bool]) -> None:
        """Wait until `told` returns True, or until the process has died."""
        either = [
            asyncio.create_task(each) for each in (self.slack.until(told), self.process.died.wait())
        ]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        for each in either:
            each.cancel()

    # ---- what is left of it

    def left(self) -> str:
        """Return what people see and the desk has stored, without what differs between runs."""
        with self._owner.connect() as connection:
            turns = connection.scalars(text(TURNS), {"ts": self.said.ts}).all()
            undone = connection.execute(text(UNDONE)).one()
            messages = connection.scalars(text(WITHOUT_TURN)).all()
        found = {
            "shown": [[each.text, each.blocks] for each in self._replies()],
            "direct": [[each.text, each.blocks] for each in self._direct()],
            "messages": messages,
            "status": self.slack.statuses.get((self.said.channel, self.said.ts)),
            "turns": turns,
            "undone": list(undone),
        }
        return OF_A_RUN.sub("…", json.dumps(found))


@asynccontextmanager
async def open_world(
    database_url: str, path: Path, owner: Engine, *script: Answer
) -> AsyncIterator[World]:
    async with (
        provider(*script) as served,
        open_models(Settings.load(_env_file=None, **llm(served.url))) as models,
        open_slack(database_url, path) as (slack, site, settings),
    ):
        world = World(slack, served, owner, settings, models)
        site.put([Route("/slack/events", world.serve, methods=["POST"])])
        await world.start()
        try:
            yield world
        finally:
            await world.stop()
