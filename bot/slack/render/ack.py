"""The size of acknowledgements: Slack closes a Socket Mode connection at a frame of over 20 KB."""

import json
from collections.abc import Iterable

from bot.slack.render.blocks import Block

MAX_ACK = 18_000
"""The maximum bytes of an acknowledgement; the frame, of at most 20,480, has an envelope too."""


def fits_ack(answer: Block) -> bool:
    """Return whether Slack accepts the answer as an acknowledgement."""
    return _size(answer) <= MAX_ACK


def options_for_ack(options: Iterable[Block]) -> Block:
    """Return the answer to a search-as-you-type menu: as many options as fit, from the first."""
    kept = list(options)
    while not fits_ack({"options": kept}):
        kept.pop()
    return {"options": kept}


def _size(answer: Block) -> int:
    """Return the bytes of the JSON as the SDK writes it: six for an “ü”, twelve for an emoji."""
    return len(json.dumps(answer))
