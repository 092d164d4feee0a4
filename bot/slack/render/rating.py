"""The buttons by which the person who asked says whether an answer helped. Pure functions."""

import orjson

from bot.slack.render.blocks import Block, button
from bot.slack.render.literal import plain
from services.agent.feedback import rate_answer
from services.agent.transcript import Turn
from services.context import Audience

RATE_ACTION = "rate:"
_ACTION = f"{RATE_ACTION}{rate_answer.name}"
_LABELS = {True: "Helped", False: "Did not help"}


def ratings(turn: Turn) -> list[Block]:
    """Return the buttons below a turn's answer; in an ephemeral one they are ordinary buttons."""
    if turn.audience == Audience.shared:
        each = [button(_LABELS[yes], f"{_ACTION}:{yes}", _value(turn, yes)) for yes in _LABELS]
        return [{"type": "actions", "block_id": "rating", "elements": each}]
    thumbs = {
        "type": "feedback_buttons",
        "action_id": _ACTION,
        "positive_button": _thumb(turn, helped=True),
        "negative_button": _thumb(turn, helped=False),
    }
    return [{"type": "context_actions", "block_id": "rating", "elements": [thumbs]}]


def _thumb(turn: Turn, *, helped: bool) -> Block:
    return {"text": plain(_LABELS[helped]), "value": _value(turn, helped)}


def _value(turn: Turn, helped: bool) -> str:
    return orjson.dumps({"turn": turn.id, "helped": helped}).decode()
