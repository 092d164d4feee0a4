"""The first middleware: requests for another app or workspace, and repeated ones, go no further.

A signature or a Socket Mode connection shows only that Slack sent a request. It does not show for
which app, nor that the request is new: a signed request stays valid for five minutes.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator

import structlog
from psycopg import Error
from slack_bolt import BoltResponse
from sqlalchemy import text

from bot.runtime import Identity
from bot.slack.listeners.listener import Listener
from bot.slack.listeners.press import Body

log = structlog.get_logger()

PATIENCE = 0.5
"""Seconds to wait for the database. Slack waits three seconds in all, and a command itself needs
most of them."""

_SERVE = text(
    "INSERT INTO served_requests (key) VALUES (:key) ON CONFLICT DO NOTHING RETURNING key"
)


class Gate(Listener):
    async def __call__(
        self,
        body: Body,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's name
    ) -> BoltResponse | None:
        if not is_for(self.runtime.bot, body):
            log.warning("request_for_another_app", kind=_kind(body))
        elif not await self._is_new(body):
            log.warning("request_repeated", kind=_kind(body))
        else:
            return await next()
        # Not an error: Slack would deliver it again.
        return BoltResponse(status=200)

    async def _is_new(self, body: Body) -> bool:
        """Record the request; False if it is repeated. The inbox recognises repeated events."""
        trigger = body.get("trigger_id")
        if not trigger:
            return True
        key = hashlib.sha256(str(trigger).encode()).hexdigest()
        try:
            async with asyncio.timeout(PATIENCE):
                return bool(await self.runtime.database.fetch_all(_SERVE, key=key))
        except (Error, OSError) as error:
            # Nothing can be done twice while the database is away, and the listener says so.
            log.warning("request_not_recorded", error=type(error).__name__)
            return True


def is_for(bot: Identity, body: Body) -> bool:
    """Return whether a request of any kind is for this app in this workspace or organization."""
    app_id = body.get("api_app_id")
    if bot.app_id and app_id and app_id != bot.app_id:
        return False
    if bot.enterprise_id:
        return bot.enterprise_id in (*_enterprises(body), *_teams(body))
    # What happens in channels of several workspaces may come under the organization's id.
    ours = {bot.team_id, bot.organization_id} - {None}
    return not ours.isdisjoint(_teams(body))


def _teams(body: Body) -> Iterator[str | None]:
    """Yield the workspaces where the app that a request is for is installed.

    In channels shared with other companies `team_id` is where something happened, and only
    `authorizations` and `app_installed_team_id` are about the app.
    """
    if installed := _of(body, "view", "app_installed_team_id"):
        yield installed
    elif body.get("authorizations"):
        yield from (each.get("team_id") for each in body["authorizations"])
    else:
        yield body.get("team_id") or _of(body, "team", "id")


def _enterprises(body: Body) -> Iterator[str | None]:
    yield body.get("enterprise_id")
    yield _of(body, "enterprise", "id")
    for each in body.get("authorizations") or ():
        yield each.get("enterprise_id")


def _of(body: Body, name: str, key: str) -> str | None:
    return (body.get(name) or {}).get(key)


def _kind(body: Body) -> str:
    return str((body.get("event") or {}).get("type") or body.get("type") or body.get("command"))
