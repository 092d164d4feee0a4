"""Steps that many stories share: say something, wait for the answer, read what is shown."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.playground import payloads
from bot.slack.render.cards import CARD_BLOCK
from services.tools import TOOLS
from tests.fixtures import PRIYA, Desk, open_desk
from tests.services.provider import Provider, llm, provider, says
from tests.waiting import until

GENERAL = "general"
ASK = "what laptop do I have"
MENTION = f"@Deskhand {ASK}"

ActingAs = Callable[..., Any]


def words(message: Any) -> str:
    """Return the text of an answer, without the card that may stand in it."""
    texts = map(_words, without_cards(message.blocks))
    return "\n".join(text for text in texts if text)


def _words(block: Any) -> str:
    match block["type"]:
        case "markdown":
            return str(block["text"])
        case "section":
            return str(block["text"]["text"])
        case _:
            return ""


def answers(desk: Desk, said: Any) -> list[Any]:
    return [each for each in desk.slack.replies(said.channel, said.ts) if each.from_bot]


async def settled(desk: Desk) -> None:
    """Wait until no job is left in the queue."""
    query = text("SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing') LIMIT 1")

    async def is_empty() -> bool:
        return not await desk.runtime.database.fetch_all(query)

    await until(is_empty)


async def said_in(desk: Desk, words: str, channel: str = GENERAL, person: int = PRIYA) -> Any:
    return await desk.slack.say(desk.user(person), desk.slack.channel(channel).id, words)


async def the_answer(desk: Desk, said: Any) -> str:
    """Return the text of the only answer, once no job is left that could send another."""
    await desk.answer_to(said)
    await settled(desk)
    [answer] = answers(desk, said)
    return words(answer)


def posted(desk: Desk) -> int:
    return sum(call.method == "chat.postMessage" for call in desk.slack.calls)


def typed(desk: Desk, words: str = f"<@U0DESKHAND> {ASK}") -> Any:
    """Return a message that Slack has not delivered yet."""
    place = desk.slack.channel(GENERAL)
    bot = desk.slack.bot.id
    return desk.slack.post_typed(place, desk.user(PRIYA), words.replace("U0DESKHAND", bot), None)


def event(desk: Desk, said: Any, kind: str = "message") -> dict[str, Any]:
    place = desk.slack.channels[said.channel]
    make = payloads.mention_event if kind == "app_mention" else payloads.message_event
    return payloads.event_callback(make(said, place), place)


async def stored(desk: Desk, words: str, state: str = "waiting") -> None:
    """Wait until the desk has stored the delivery of a message with this text."""
    query = text("SELECT 1 FROM deliveries WHERE event->>'text' = :words AND state = :state")
    await until(lambda: desk.runtime.database.fetch_all(query, words=words, state=state))


def without_cards(blocks: list[Any]) -> list[Any]:
    """Return the blocks that belong to no card."""
    return [each for each in blocks if not each.get("block_id", "").startswith(CARD_BLOCK)]


class Thinking:
    """A model's answer that is held back until the test releases it."""

    def __init__(self, answer: str = "There you are.") -> None:
        self.begun, self.go, self.answer = asyncio.Event(), asyncio.Event(), answer

    async def __call__(self) -> Any:
        self.begun.set()
        await self.go.wait()
        return says(self.answer)()


@asynccontextmanager
async def desk_with(
    database_url: str, path: Path, *script: Any
) -> AsyncIterator[tuple[Desk, Provider]]:
    async with (
        provider(*script) as served,
        open_desk(database_url, path, **llm(served.url)) as desk,
    ):
        yield desk, served


async def command(desk: Desk, person: int, words: str, name: str = "/itsm") -> str:
    """Return the text with which a slash command is answered."""
    channel = desk.slack.channel("it-help").id
    before = len(desk.slack.ephemerals(desk.user(person), channel))
    await desk.slack.command(desk.user(person), channel, name, words)
    return str(desk.slack.ephemerals(desk.user(person), channel)[before].blocks)


async def card_text(acting_as: ActingAs, person: int, key: str) -> str:
    async with acting_as(person) as ctx:
        return str(await TOOLS["get"](ctx, records=key))


async def after(desk: Desk, card: Any) -> Any:
    """Return the answer of the turn that showed this consent card."""

    def answers() -> list[Any]:
        replies = desk.slack.replies(card.channel, card.thread_ts)
        return [each for each in replies if each.from_bot and float(each.ts) > float(card.ts)]

    await desk.slack.until(answers)
    return answers()[0]


async def approved(desk: Desk, person: int, words: str) -> Any:
    card = await desk.ask(person, words)
    await desk.slack.press(desk.user(person), card, "Approve")
    return await after(desk, card)


async def told(desk: Desk, person: int, card: Any, button: str) -> str:
    """Press a button and return the sentence that only this person is shown."""
    before = len(desk.slack.ephemerals(desk.user(person), card.channel))
    await desk.slack.press(desk.user(person), card, button)
    said = await desk.slack.until(
        lambda: desk.slack.ephemerals(desk.user(person), card.channel)[before:]
    )
    return str(said[0].text)
