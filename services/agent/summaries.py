"""Summaries of a turn's tool calls for people, read from the transcript."""

from collections.abc import Sequence

from services.agent.offline import OfflineModel
from services.agent.transcript import SUMMARY, WRITTEN_BY, Message, is_final, start_of_turn
from services.tools.summary import Summary


def summaries_of(messages: Sequence[Message]) -> list[Summary]:
    """Return the summaries of the calls in the unfinished turn at the end of a transcript."""
    own = messages[start_of_turn(messages) :]
    return [Summary(**message[SUMMARY]) for message in own if message.get(SUMMARY)]


def summaries_behind_answer(messages: Sequence[Message]) -> list[Summary]:
    """Return the summaries of the calls behind the answer at the end, if a language model wrote it.

    Answers of the built-in rules say themselves what was looked for.
    """
    before = messages[:-1] if messages and is_final(messages[-1]) else messages
    own = before[start_of_turn(before) :]
    writers = {each.get(WRITTEN_BY) for each in own} - {None, OfflineModel.name}
    return summaries_of(before) if writers else []
