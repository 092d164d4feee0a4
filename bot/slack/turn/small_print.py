"""The small print of an answer: the model that wrote it, and a menu of models for the thread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.slack.render import blocks
from bot.slack.render.text import mrkdwn
from bot.slack.sentences import OFFLINE, USED_REQUESTER_PERMISSIONS
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
from services.storage.database import Database

MENU = "Go on with"


@dataclass(frozen=True, slots=True)
class Written:
    """The model that wrote an answer; the seconds and dollars of all requests for it.

    `again`: the same model wrote an earlier answer of the thread.
    """

    model: str = ""
    again: bool = False
    seconds: float = 0
    cost: float | None = None

    @property
    def by_rules(self) -> bool:
        return self.model == OfflineModel.name


def written(messages: Sequence[Message]) -> Written:
    """Return which model wrote the last answer, at what cost; empty for a sentence of the desk."""
    if not messages or not is_final(messages[-1]):
        return Written()
    model = str(messages[-1].get(WRITTEN_BY) or "")
    own = [each for each in messages[start_of_turn(messages[:-1]) :] if each.get(USAGE)]
    costs = [each[USAGE][COST] for each in own if COST in each[USAGE]]
    return Written(
        model,
        any(is_final(each) and each.get(WRITTEN_BY) == model for each in messages[:-1]),
        sum(each[USAGE].get(SECONDS, 0) for each in own),
        sum(costs) if costs else None,
    )


def footers(turn: Turn, actor: Actor, by: Written) -> Iterator[str]:
    if by.by_rules and not (turn.failed or by.again):
        yield OFFLINE
    if by.model and not by.by_rules:
        yield _in_words(by)
    if actor.effective_role < actor.role:
        yield USED_REQUESTER_PERMISSIONS


def _in_words(by: Written) -> str:
    took = f"{by.seconds:.0f} s" if by.seconds >= 1 else "under 1 s"
    cost = [] if by.cost is None else [_dollars(by.cost)]
    return " · ".join([f"`{mrkdwn(by.model)}`", took, *cost])


def _dollars(cost: float) -> str:
    return f"${cost:.3f}" if cost >= 0.001 or not cost else "under $0.001"


async def model_menu(database: Database, turn: Turn, by: Written) -> list[blocks.Block]:
    """Return a menu that changes the thread's model, if there are several models."""
    names = [each.name for each in await choices(database)]
    if len(names) < 2:
        return []
    options = [(name, {"model": name, "turn": turn.id}) for name in names]
    return [blocks.menu(MENU, choose_model, options, by.model)]
