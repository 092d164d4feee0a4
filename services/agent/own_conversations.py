"""List, read and delete conversations with the desk; each person only their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import text

from services.agent.grounding import grounded_ids, grounded_text, sources
from services.agent.titles import own_words, title_of
from services.agent.transcript import OTHERS, SUMMARY, is_final
from services.context import Context
from services.entities.base import load_visible
from services.errors import DeskError
from services.tools.argument_types import RowNumber
from services.tools.tool import tool

NEWEST = 2**63 - 1
"""The argument `before` for the first page: larger than the `place` of any conversation."""

_LIST = text("SELECT * FROM app.own_conversations(:before, :most)")
_READ = text("SELECT * FROM app.own_conversation(:conversation)")
_DELETE = text("SELECT app.delete_own_conversation(:conversation) AS outcome")

STILL_ANSWERED = (
    "This conversation is still being answered, or a card in it waits for your decision. Press Stop"
    " or decide first, then delete it."
)
GONE = "This conversation is not there any more."


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation in a list.

    `place`: its position. The page after it has the conversations `before` this position.
    """

    id: int
    title: str
    asked_at: datetime
    answers: int
    direct: bool
    place: int

    @property
    def count(self) -> str:
        """The number of its answers, such as “2 answers”."""
        return "1 answer" if self.answers == 1 else f"{self.answers or 'no'} answers"


@dataclass(frozen=True, slots=True)
class Part:
    """A question, a step or an answer, with the ids of records that an answer may link."""

    kind: Literal["question", "step", "answer"]
    said: str
    at: datetime
    failed: bool = False
    ids: Sequence[str] = ()


async def own_conversations(
    ctx: Context, most: int, before: int = NEWEST
) -> tuple[list[Conversation], int]:
    """Return at most `most` of the actor's conversations, newest first, and how many there are."""
    rows = await ctx.fetch_all(_LIST, before=before, most=most)
    found = [
        Conversation(
            row["id"],
            title_of(row["question"] or ""),
            row["asked_at"],
            row["answers"],
            row["direct"],
            row["last"],
        )
        for row in rows
    ]
    return found, rows[0]["total"] if rows else 0


async def own_conversation(ctx: Context, number: int, web_url: str) -> list[Part]:
    """Return the parts of one of the actor's conversations in order; none if it is not theirs."""
    rows = await ctx.fetch_all(_READ, conversation=number)
    known = sources([row["message"] for row in rows])
    parts: list[Part] = []
    for row in rows:
        message = row["message"]
        if message["role"] == "user" and not message.get(OTHERS):
            parts.append(Part("question", own_words(message["content"]), row["at"]))
        elif summary := message.get(SUMMARY):
            parts.append(Part("step", summary["said"], row["at"], failed=summary["failed"]))
        elif is_final(message) and message["content"]:
            records = await load_visible(ctx, grounded_ids(message["content"], known))
            said = grounded_text(message["content"], known, web_url)
            parts.append(Part("answer", said, row["at"], ids=[each.key for each in records]))
    return parts


@tool(writes=True, by_hand=True)
async def delete_conversation(ctx: Context, conversation: RowNumber) -> str:
    """Delete one's own conversation: its words here, and the desk's messages in Slack."""
    [row] = await ctx.fetch_all(_DELETE, conversation=conversation)
    match row["outcome"]:
        case "running":
            raise DeskError(STILL_ANSWERED)
        case "unknown":
            raise DeskError(GONE)
    return (
        "The conversation is deleted. My messages disappear from Slack in a moment, as far as Slack"
        " lets me delete them. Please delete your own there yourself."
    )
