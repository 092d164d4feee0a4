"""Keeps the conversations of a workspace over a restart, in one JSON file."""

import json
from dataclasses import asdict
from pathlib import Path

from bot.playground.nouns import Channel, Json, Message
from bot.playground.state import State


def write(path: Path, state: State) -> None:
    """Write the conversations into the file at once: readers find the old file or the new one."""
    messages = [m for room in state.messages.values() for m in room.values()]
    kept = {
        "channels": [asdict(c) | {"members": sorted(c.members)} for c in state.channels.values()],
        "messages": [asdict(m) for m in messages],
        "private": [asdict(m) for m in state.private],
    }
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(kept), encoding="utf-8")
    fresh.replace(path)


def read(path: Path, state: State) -> None:
    kept: Json = json.loads(path.read_text(encoding="utf-8"))
    for channel in kept["channels"]:
        state.add_channel(Channel(**channel | {"members": set(channel["members"])}))
    for message in kept["messages"]:
        # A stream that the restart cut off is over.
        found = Message(**message | {"streaming": False})
        state.messages[found.channel][found.ts] = found
    state.private = [Message(**message) for message in kept["private"]]
