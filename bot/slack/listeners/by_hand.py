"""Run a tool, or open a record, by command, button or form: without a model."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bot.runtime import Runtime
from bot.slack.people.identity import actor_for, identify
from bot.slack.render import blocks, cards, views
from services.context import Context, acting
from services.entities.base import Entity
from services.entities.card import Card
from services.sessions import make_pass
from services.tools.actions import Action, actions_on
from services.tools.page import Page, Result
from services.tools.tool import Tool


@dataclass(frozen=True, slots=True)
class OpenCard:
    """A card as one person sees it, with what they can do there and the address of its page."""

    card: Card
    actions: tuple[Action, ...]
    page: str

    @property
    def key(self) -> str:
        return self.card.ref.id

    def in_message(self) -> list[blocks.Block]:
        return cards.card(self.card, self.page, self.actions)

    def alone(self) -> list[blocks.Block]:
        return cards.ephemeral_card(self.card, self.page, self.actions)

    def as_view(self) -> blocks.Block:
        return views.card_view(self.card, self.page, self.actions)


Outcome = OpenCard | Page | str


@asynccontextmanager
async def as_person(runtime: Runtime, slack_id: str) -> AsyncIterator[Context]:
    """Open a transaction with the Slack user's rights, for what only they will read."""
    person = await identify(runtime, slack_id)
    async with acting(runtime.database, actor_for(person)) as ctx:
        yield ctx


async def call(
    runtime: Runtime, slack_id: str, tool: Tool, arguments: Mapping[str, Any]
) -> Outcome:
    """Call the tool as the person; `DeskError` says what is wrong with the call."""
    async with as_person(runtime, slack_id) as ctx:
        return await outcome(runtime, ctx, await tool(ctx, **arguments))


async def outcome(runtime: Runtime, ctx: Context, result: Result) -> Outcome:
    """Turn the result of a tool into what is shown: a sentence, a page of a list, or a card."""
    if isinstance(result, tuple) and len(result) == 1:
        [result] = result
    if isinstance(result, tuple):
        return f"Changed {', '.join(each.key for each in result)}."
    if not isinstance(result, Entity):
        return result
    return await opened(runtime, ctx, result)


async def opened(
    runtime: Runtime, ctx: Context, record: Entity, card: Card | None = None
) -> OpenCard:
    """Return the record's card as the actor sees it; `card` is its content, if already read."""
    card, actions = card or await record.card(ctx), await actions_on(ctx, record)
    page = await page_for(runtime, ctx, f"/{record.key}")
    return OpenCard(card, actions, page)


async def page_for(runtime: Runtime, ctx: Context, path: str) -> str:
    """Return a page's address with a pass that signs the actor in, once: show it to nobody else."""
    token = await make_pass(ctx, path)
    return f"{runtime.settings.web_url}{path}?pass={token}"


def shown(result: Outcome) -> list[blocks.Block]:
    """Return the outcome as blocks that only the person sees."""
    match result:
        case OpenCard():
            return result.alone()
        case Page() if not result.rows:
            return blocks.sentence(result.nothing)
        case Page():
            what = f"{result.in_words[:1].upper()}{result.in_words[1:]}"
            return blocks.listing(what, result.refs, result.total, result.limited)
        case _:
            return blocks.sentence(result)


def shown_in_view(result: Outcome) -> blocks.Block:
    """Return the outcome as a dialog."""
    return result.as_view() if isinstance(result, OpenCard) else views.dialog(shown(result))
