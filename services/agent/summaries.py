"""The steps of a turn as people read them, out of its transcript."""

from collections.abc import Sequence

from services.agent.offline import OfflineModel
from services.agent.transcript import SUMMARY, WRITTEN_BY, Message, is_final, start_of_turn
from services.tools.summary import Summary


def summaries_of(messages: Sequence[Message]) -> list[Summary]:
    """Return what has been done in the unfinished turn at the end of a transcript."""
    own = messages[start_of_turn(messages) :]
    return [Summary(**message[SUMMARY]) for message in own if message.get(SUMMARY)]


def summaries_behind_answer(messages: Sequence[Message]) -> list[Summary]:
    """Return the steps that led a language model to the answer at the end of a transcript.

    The answers of the built-in rules tell already what they have looked for.
    """
    before = messages[:-1] if messages and is_final(messages[-1]) else messages
    own = before[start_of_turn(before) :]
    writers = {each.get(WRITTEN_BY) for each in own} - {None, OfflineModel.name}
    return summaries_of(before) if writers else []
