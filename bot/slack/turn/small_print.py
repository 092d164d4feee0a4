"""The small print of an answer: the model that wrote it, and a menu of models for the thread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.slack.render import blocks
from bot.slack.render.text import mrkdwn
from bot.slack.sentences import OFFLINE
from services.agent.catalogue import choices
from services.agent.model_tools import choose_model
from services.agent.offline import OfflineModel
from services.agent.transcript import (
    COST,
    SECONDS,
    USAGE,
    WRITTEN_BY,
    Message,
    Turn,
    is_final,
    start_of_turn,
)
from services.context import Actor
from services.refusals import USED_REQUESTER_PERMISSIONS
from services.storage.database import Database

MENU = "Go on with"


@dataclass(frozen=True, slots=True)
class Author:
    """The model that wrote an answer; the seconds and dollars of all requests for it.

    `again`: the same model wrote an earlier answer of the thread.
    """

    model: str = ""
    again: bool = False
    seconds: float = 0
    cost: float | None = None

    @property
    def is_rules(self) -> bool:
        return self.model == OfflineModel.name


def author_of(messages: Sequence[Message]) -> Author:
    """Return which model wrote the last answer, at what cost; empty for a sentence of the desk."""
    if not messages or not is_final(messages[-1]):
        return Author()
    model = str(messages[-1].get(WRITTEN_BY) or "")
    own = [each for each in messages[start_of_turn(messages[:-1]) :] if each.get(USAGE)]
    costs = [each[USAGE][COST] for each in own if COST in each[USAGE]]
    return Author(
        model,
        any(is_final(each) and each.get(WRITTEN_BY) == model for each in messages[:-1]),
        sum(each[USAGE].get(SECONDS, 0) for each in own),
        sum(costs) if costs else None,
    )


def footers(turn: Turn, actor: Actor, author: Author) -> Iterator[str]:
    if author.is_rules and not (turn.failed or author.again):
        yield OFFLINE
    if author.model and not author.is_rules:
        yield _in_words(author)
    if actor.effective_role < actor.role:
        yield USED_REQUESTER_PERMISSIONS


def _in_words(author: Author) -> str:
    took = f"{author.seconds:.0f} s" if author.seconds >= 1 else "under 1 s"
    cost = [] if author.cost is None else [_dollars(author.cost)]
    return " · ".join([f"`{mrkdwn(author.model)}`", took, *cost])


def _dollars(cost: float) -> str:
    return f"${cost:.3f}" if cost >= 0.001 or not cost else "under $0.001"


async def model_menu(database: Database, turn: Turn, author: Author) -> list[blocks.Block]:
    """Return a menu that changes the thread's model, if there are several models."""
    names = [each.name for each in await choices(database)]
    if len(names) < 2:
        return []
    options = [(name, {"model": name, "turn": turn.id}) for name in names]
    return [blocks.menu(MENU, choose_model, options, author.model)]
