"""The API of the browser page: what a person sees as JSON, live changes, and actions."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.playground.faults import SlackError
from bot.playground.guide import Guide
from bot.playground.nouns import Ack, Json, Message, View
from bot.playground.workspace import Workspace

MOST_MESSAGES = 300


@dataclass(frozen=True)
class Command:
    """A slash command as the page's message box offers it."""

    name: str
    description: str
    usage_hint: str = ""


class Page:
    def __init__(
        self,
        workspace: Workspace,
        commands: Sequence[Command],
        session: str,
        guide: Guide,
    ) -> None:
        self.workspace = workspace
        self.commands = commands
        self.session = session
        self.guide = guide

    def routes(self) -> list[Route]:
        acts = (
            self.say, self.edit, self.delete, self.dismiss, self.command, self.press,
            self.suggest, self.submit, self.close_view, self.open_home, self.stop,
            self.shortcut, self.message_shortcut,
        )  # fmt: skip
        return [
            Route("/state", self.state),
            Route("/changes", self.changes),
            Route("/become", self.become, methods=["POST"]),
            *(Route(f"/{act.__name__}", self._endpoint(act), methods=["POST"]) for act in acts),
        ]

    def _endpoint(self, act: Callable[[Json], Awaitable[Json]]) -> Callable[..., Any]:
        async def endpoint(request: Request) -> Response:
            try:
                return JSONResponse({"ok": True} | await act(await request.json()))
            except SlackError as error:
                return JSONResponse(error.answer, 400)
            except (KeyError, ValueError):
                return JSONResponse({"ok": False, "error": "invalid_request"}, 400)

        return endpoint

    # ---- reading

    async def state(self, request: Request) -> Response:
        """Return everything that one person sees."""
        workspace = self.workspace
        people = [asdict(u) for u in workspace.users.values()]
        user = request.query_params.get("user") or people[0]["id"]
        if user not in workspace.users:
            return JSONResponse({"ok": False, "error": "user_not_found"}, 404)
        dm = workspace.open_dm(workspace.users[user])
        return JSONResponse(
            {
                "ok": True,
                "team": workspace.name,
                "user": user,
                "bot": workspace.bot.id,
                "dm": dm.id,
                "users": people,
                "commands": [asdict(c) for c in self.commands],
            }
            | self.guide.for_user(user)
            | self._conversations(user)
            | self._views(user)
        )

    def _conversations(self, user: str) -> Json:
        workspace = self.workspace
        channels = [c for c in workspace.channels.values() if user in c.members]
        ids = {c.id for c in channels}
        shown: list[Json] = []
        for channel_id in ids:
            latest = list(workspace.messages[channel_id].values())[-MOST_MESSAGES:]
            shown += [workspace.seen(m) for m in latest]
        shown += [workspace.seen(m) for m in workspace.private if m.only_for == user]
        return {
            "channels": [c.as_slack() | {"members": sorted(c.members)} for c in channels],
            "messages": shown,
            "statuses": [
                {"channel": channel, "thread_ts": ts} | status
                for (channel, ts), status in workspace.statuses.items()
                if channel in ids
            ],
            "titles": [
                {"channel": channel, "thread_ts": ts, "title": title}
                for (channel, ts), title in workspace.titles.items()
                if channel in ids
            ],
            "prompts": [
                {"channel": channel, "thread_ts": ts} | prompts
                for (channel, ts), prompts in workspace.prompts.items()
                if channel in ids
            ],
        }

    def _views(self, user: str) -> Json:
        modal, home = self.workspace.modal(user), self.workspace.home(user)
        return {
            "modal": modal.as_slack() if modal else None,
            "home": home.as_slack() if home else None,
        }

    async def changes(self, request: Request) -> Response:
        """Stream changes that this person may see, as server-sent events."""
        user = request.query_params.get("user", "")
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        stream = self._stream(user)
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    async def _stream(self, user: str) -> AsyncIterator[str]:
        queue = self.workspace.changes.follow()
        try:
            yield "retry: 1000\n\n"
            while (change := await queue.get()) is not None:
                if self._is_for(user, change):
                    told = change | self._views(user) if change["type"] == "views" else change
                    yield f"data: {json.dumps(told)}\n\n"
        finally:
            self.workspace.changes.unfollow(queue)

    def _is_for(self, user: str, change: Json) -> bool:
        if change["type"] in ("call", "connected", "channels"):
            return bool(change["type"] == "channels")
        if change["type"] == "views":
            return bool(change["user"] == user)
        about = change.get("message", change)
        if about.get("only_for"):
            return bool(about["only_for"] == user)
        return self._is_in(user, about["channel"])

    def _is_in(self, user: str, channel: str) -> bool:
        return user in self.workspace.channels[channel].members

    # ---- acts

    async def become(self, request: Request) -> Response:
        """Choose a person; the one before is signed out of the web view."""
        user = self.workspace.users.get((await request.json()).get("user", ""))
        if user is None or user.is_bot:
            return JSONResponse({"ok": False, "error": "user_not_found"}, 404)
        response = JSONResponse({"ok": True})
        if self.session:
            response.delete_cookie(self.session)
        return response

    async def say(self, body: Json) -> Json:
        message = await self.workspace.say(
            body["user"], body["channel"], body["text"], body.get("thread_ts")
        )
        return {"ts": message.ts}

    async def edit(self, body: Json) -> Json:
        await self.workspace.edit(self._own(body), body["text"])
        return {}

    async def delete(self, body: Json) -> Json:
        await self.workspace.delete(self._own(body))
        return {}

    async def dismiss(self, body: Json) -> Json:
        self.workspace.dismiss(self._message(body))
        return {}

    async def command(self, body: Json) -> Json:
        user, channel = body["user"], body["channel"]
        ack = await self.workspace.command(user, channel, body["name"], body.get("text", ""))
        return _told(ack)

    async def press(self, body: Json) -> Json:
        chosen, state = body.get("chosen"), body.get("state")
        target, which = self._target(body), body["action_id"]
        block = body.get("block_id") or ""
        ack = await self.workspace.press(body["user"], target, which, chosen, state, block)
        return _told(ack)

    async def suggest(self, body: Json) -> Json:
        target, which = self._target(body), body["action_id"]
        ack = await self.workspace.suggest(body["user"], target, which, body.get("typed", ""))
        return _told(ack)

    async def submit(self, body: Json) -> Json:
        view = self._view(body)
        return _told(await self.workspace.submit_state(body["user"], view, body["state"]))

    async def close_view(self, body: Json) -> Json:
        await self.workspace.close_view(body["user"], self._view(body))
        return {}

    async def open_home(self, body: Json) -> Json:
        await self.workspace.open_home(body["user"], body.get("tab", "home"))
        return {}

    async def shortcut(self, body: Json) -> Json:
        return _told(await self.workspace.shortcut(body["user"], body["callback_id"]))

    async def message_shortcut(self, body: Json) -> Json:
        message, which = self._message(body), body["callback_id"]
        return _told(await self.workspace.message_shortcut(body["user"], message, which))

    async def stop(self, body: Json) -> Json:
        await self.workspace.stop(body["user"], self._message(body))
        return {}

    def _target(self, body: Json) -> Message | View:
        return self._view(body) if body.get("view") else self._message(body)

    def _message(self, body: Json) -> Message:
        """Return the message with this `ts`; it may be an ephemeral one for this person."""
        for message in self.workspace.private:
            if message.ts == body["ts"] and message.only_for == body["user"]:
                return message
        if body["user"] not in self.workspace.channel(body["channel"]).members:
            raise SlackError("channel_not_found")
        return self.workspace.message(body["channel"], body["ts"])

    def _own(self, body: Json) -> Message:
        message = self._message(body)
        if message.user != body["user"]:
            raise SlackError("cant_update_message")
        return message

    def _view(self, body: Json) -> View:
        view = self.workspace.views.get(body["view"])
        if view is None or view.user != body["user"]:
            raise SlackError("view_not_found")
        return view


def _told(ack: Ack) -> Json:
    return {"acknowledged": ack.ok, "answer": ack.body, "reason": ack.error}
