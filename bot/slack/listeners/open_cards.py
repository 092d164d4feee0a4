"""Remember which cards a person has below a channel's messages, and which offers they accepted.

Otherwise a second press would show a second card of the same record: the app cannot find an
ephemeral message, and can change it only in answer to a press in that message.
"""

import hashlib
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from bot.slack.listeners.press import Body, thread_in
from services.storage.database import Executor

KEPT = timedelta(minutes=30)
"""How long a card counts as open: Slack's client drops ephemeral messages when it is restarted."""

_ADD = text(
    "INSERT INTO open_cards AS kept (key) VALUES (:key)"
    " ON CONFLICT (key) DO UPDATE SET shown_at = now() WHERE kept.shown_at < now() - :kept"
    " RETURNING key"
)
_REMOVE = text("DELETE FROM open_cards WHERE key = :key")
_DELETE_OLD = text("DELETE FROM open_cards WHERE shown_at < now() - :kept")


async def add(executor: Executor, body: Body, record: str) -> bool:
    """Record that the card is about to be shown below the button; False if it is shown already."""
    return bool(await executor.fetch_all(_ADD, key=_key(body, record), kept=KEPT))


async def remove(executor: Executor, body: Body, record: str) -> None:
    """Record that the person has closed the card."""
    await executor.execute(_REMOVE, key=_key(body, record))


async def delete_old(executor: Executor) -> None:
    await executor.execute(_DELETE_OLD, kept=KEPT)


def _key(body: dict[str, Any], record: str) -> str:
    channel = str((body.get("container") or {}).get("channel_id", ""))
    place = [body["user"]["id"], channel, thread_in(body).get("thread_ts", ""), record]
    return hashlib.sha256(" ".join(place).encode()).hexdigest()
