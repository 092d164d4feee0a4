"""The desk's code without Slack: calls its listeners and tools, and collects what is shown."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from slack_sdk.web.async_client import AsyncWebClient

from bot.runtime import Runtime
from bot.slack.listeners.clicks import Clicks
from bot.slack.listeners.controls import Controls
from bot.slack.listeners.conversations import Conversations
from bot.slack.listeners.decisions import Decisions
from bot.slack.listeners.forms import Forms
from bot.slack.listeners.home import Home
from bot.slack.listeners.ratings import Ratings
from services.agent.tool_calls import result_text
from services.context import Context, acting
from services.entities.registry import ENTITY_TYPES
from services.errors import DeskError
from services.storage.database import Database, Principal, Transaction
from services.tools import TOOLS, Page
from tests.rights.world import ABSENT, Viewer, World

WEB = "http://desk.test"


class Unsaved(Database):
    """A database that rolls back every transaction."""

    @asynccontextmanager
    async def transaction(self, principal: Principal) -> AsyncIterator[Transaction]:
        async with super().transaction(principal) as transaction:
            yield transaction
            await transaction.connection.rollback()


@dataclass
class Shown:
    """The records that opened, were listed or changed for a viewer, and all text shown."""

    opened: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Totals that differ from the number of listed records."""


class Stage:
    """The desk over the test company, with everything sent to Slack collected."""

    def __init__(self, world: World, database: Database) -> None:
        self.world, self.database = world, database
        self.caught: list[Any] = []
        self.runtime = cast(
            Runtime,
            SimpleNamespace(
                database=database,
                settings=SimpleNamespace(
                    web_url=WEB,
                    public_url=None,
                    slack_signing_secret="secret",
                    admin_emails=(),
                    slack_admins_are_admins=False,
                    metrics_token=None,
                    signs_in_with_slack=False,
                ),
                slack=_Slack(self.caught),
                bot=SimpleNamespace(team_id="T1", user_id="UBOT"),
            ),
        )
        self.clicks, self.home = Clicks(self.runtime), Home(self.runtime)
        self.forms = Forms(self.runtime)
        self.talks = Conversations(self.runtime)
        self.ratings = Ratings(self.runtime)
        self.decisions, self.steering = Decisions(self.runtime), Controls(self.runtime)

    async def catch(self, *given: Any, **named: Any) -> None:
        """Collect what is sent; used in place of Slack's `ack` and `respond`."""
        self.caught.append([given, named])

    def said(self) -> str:
        """Return and forget all text that was sent."""
        words = all_words(self.caught)
        self.caught.clear()
        return words

    @asynccontextmanager
    async def acting(self, viewer: Viewer) -> AsyncIterator[Context]:
        async with acting(self.database, viewer.actor) as ctx:
            yield ctx

    async def call(self, viewer: Viewer, tool: str, **arguments: Any) -> str | Page:
        try:
            async with self.acting(viewer) as ctx:
                result = await TOOLS[tool](ctx, **arguments)
                if isinstance(result, Page):
                    return result
                return await result_text(ctx, TOOLS[tool], result)
        except DeskError as error:
            return str(error)

    async def open_each(
        self, shown: Shown, keys: Iterable[str], ask: Callable[[str], Awaitable[str]]
    ) -> dict[str, str]:
        """Ask for each record; it counts as open unless the answer is that for an absent one."""
        refusals = {}
        for prefix in ENTITY_TYPES:
            absent = f"{prefix}-{ABSENT}"
            refusals[prefix] = (await ask(absent)).replace(absent, "KEY")
        answers = {key: await ask(key) for key in keys}
        for key, answer in answers.items():
            if answer.replace(key, "KEY") != refusals[key.split("-")[0]]:
                shown.opened.add(key)
                shown.words.append(answer)
        return {key: answers[key] for key in shown.opened & answers.keys()}

    async def pages(self, shown: Shown, viewer: Viewer, tool: str, **arguments: Any) -> None:
        """Collect every page of a list and check its total against the records."""
        found: list[str] = []
        totals: set[int] = set()
        while True:
            page = await self.call(viewer, tool, **arguments)
            assert isinstance(page, Page), page
            found += [ref.id for ref in page.refs]
            totals.add(page.total)
            shown.words.append(page.as_text())
            if not page.next or "after" not in TOOLS[tool].entities:
                break
            arguments["after"] = page.next
        shown.opened.update(found)
        if totals != {len(found)}:
            shown.wrong.append(f"{tool} says {totals} and lists {len(found)}")


class _Slack:
    """Replaces Slack's web client: collects messages; unknown users are guests."""

    def __init__(self, caught: list[Any]) -> None:
        self.caught = caught

    async def users_info(self, user: str) -> Any:
        return {"user": {"id": user, "team_id": "T1", "is_restricted": True, "profile": {}}}

    def __getattr__(self, name: str) -> Any:
        async def keep(**named: Any) -> None:
            self.caught.append(named.get("view") or named.get("blocks") or named)

        assert hasattr(AsyncWebClient, name)
        return keep


def all_words(node: Any) -> str:
    """Return every string in a structure, one a line."""
    if isinstance(node, dict):
        return "\n".join(all_words(value) for value in node.values())
    if isinstance(node, list | tuple):
        return "\n".join(all_words(each) for each in node)
    return str(node)
