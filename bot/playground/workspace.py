"""One Slack workspace: its state, and what people do in it, for the page and for tests."""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from bot.playground import payloads, saved
from bot.playground.announcing import Announcing, mentions_bot
from bot.playground.delivery import RETRY_DELAYS, Delivery
from bot.playground.faults import SlackError
from bot.playground.forms import fill
from bot.playground.limits import block_errors, view_errors
from bot.playground.nouns import Ack, Channel, Json, Message, User, View, find_element
from bot.playground.response_url import respond
from bot.playground.text import Names, rich_text

T = TypeVar("T")

PATIENCE = 120.0
"""The maximum seconds that `until` waits: enough for a slow and busy machine."""


class Workspace(Announcing):
    """A workspace; `url` is where the playground is mounted, `events_url` where the app listens."""

    def __init__(
        self,
        users: Sequence[User],
        channels: Iterable[Channel] | None = None,
        *,
        url: str,
        events_url: str = "",
        name: str = "Deskhand playground",
        bot: str = "Deskhand",
        retry_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        super().__init__(users, channels, bot)
        self.name = name
        self.url = url
        self.signing_secret = secrets.token_hex(16)
        self.bot_token = f"xoxb-{secrets.token_hex(12)}"
        self.app_token = f"xapp-{secrets.token_hex(12)}"

        def connected() -> None:
            self.changes.tell({"type": "connected"})

        self.delivery = Delivery(events_url, self.signing_secret, connected, retry_delays)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End deliveries and the pages' streams: the server would wait for them when it stops."""
        self.changes.end()
        await self.delivery.close()

    # ---- messages

    async def say(
        self, user: str, channel: str, text: str, thread_ts: str | None = None, **carried: Any
    ) -> Message:
        """Write a message; `carried` are its attachments and files, or a subtype."""
        author, place = self.user(user), self.channel(channel)
        if author.id not in place.members:
            raise SlackError("not_in_channel")
        root = self.thread_root(place, thread_ts).ts if thread_ts else None
        message = self.post_typed(place, author.id, self._encode(text), root, **carried)
        self.announce(message)
        if mentions_bot(message.text) and not self.is_heard(place):
            self._hint(author, place, f"{self.bot.real_name} isn't in #{place.name}. "
                       f"Add it with /invite @{self.bot.name}")  # fmt: skip
        return message

    async def edit(self, message: Message, text: str) -> None:
        before = message.as_slack()
        message.text, message.edited_ts = self._encode(text), self.next_ts()
        message.blocks = [rich_text(message.text, secrets.token_urlsafe(4))]
        self.tell_message(message)
        self.announce_change(message, before)

    async def delete(self, message: Message) -> None:
        if message.reply_ts:
            before = message.as_slack()
            self.bury(message)
            self.announce_change(message, before)
        else:
            self.remove(message)
            self.announce_removal(message)

    def dismiss(self, message: Message) -> None:
        """Remove an ephemeral message for the person; apps are not told."""
        self.remove(message)

    async def dm(self, user: str) -> Channel:
        return self.open_dm(self.user(user))

    def _encode(self, text: str, *, labels: bool = False) -> str:
        names = Names(self.users.values(), self.channels.values(), labels=labels)
        return names.encode(text)

    def _hint(self, user: User, channel: Channel, text: str) -> None:
        respond(self, channel, user.id, {"text": text})

    # ---- commands and shortcuts

    async def command(self, user: str, channel: str, name: str, text: str = "") -> Ack:
        author, place = self.user(user), self.channel(channel)
        if name == "/invite":
            return self._invite(author, place, text)
        urls = {
            "response_url": self._response_url(place, author),
            "trigger_id": self.new_trigger(author.id),
        }
        sent = self._encode(text, labels=True)
        body = payloads.command(name, sent, author, place, **urls)
        ack = checked(await self.delivery.command(body))
        if ack.ok:
            respond(self, place, author.id, ack.body)
        else:
            reason = "operation_timeout" if "timeout" in ack.error else "dispatch_failed"
            self._hint(author, place, f'{name} failed with the error "{reason}"')
        return ack

    def _invite(self, user: User, channel: Channel, text: str) -> Ack:
        joined = [
            u for u in self.users.values() if text.strip().lstrip("@") in (u.name, u.real_name)
        ]
        for newcomer in joined:
            channel.members.add(newcomer.id)
            self._hint(user, channel, f"{newcomer.real_name} joined #{channel.name}.")
        self.changes.tell({"type": "channels"})
        return Ack(ok=bool(joined))

    async def shortcut(self, user: str, callback_id: str) -> Ack:
        author = self.user(user)
        trigger = self.new_trigger(author.id)
        body = payloads.shortcut(author, callback_id, trigger, self.next_ts())
        return await self.delivery.interaction(body)

    async def message_shortcut(self, user: str, message: Message, callback_id: str) -> Ack:
        author, place = self.user(user), self.channels[message.channel]
        urls = self._urls(author, place, message)
        ts = self.next_ts()
        body = payloads.message_shortcut(author, place, message, callback_id, ts, **urls)
        return await self.delivery.interaction(body)

    # ---- buttons and menus

    async def press(
        self,
        user: str,
        target: Message | View,
        which: str,
        chosen: Json | None = None,
        state: Json | None = None,
        block: str = "",
    ) -> Ack:
        """Press the element with this action_id or label; `chosen` is the choice in a menu.

        `block`: the id of the block to which the element belongs, if it is known.
        """
        author, (block_id, element) = self.user(user), find_element(target, which, block)
        action = payloads.action(block_id, element, self.next_ts(), chosen or {})
        if isinstance(target, View):
            trigger = self.new_trigger(author.id)
            body = payloads.view_actions(author, target, action, state or {}, trigger)
        else:
            place = self.channels[target.channel]
            urls = self._urls(author, place, target)
            body = payloads.message_actions(author, place, target, action, state or {}, **urls)
        return await self.delivery.interaction(body)

    async def suggest(self, user: str, target: Message | View, which: str, typed: str) -> Ack:
        """Return what an external menu offers for the typed letters."""
        block_id, element = find_element(target, which)
        container: Json = {"container": {"type": "view" if isinstance(target, View) else "message"}}
        key = "view" if isinstance(target, View) else "message"
        container[key] = target.as_slack()
        who = self.user(user)
        body = payloads.suggestion(who, block_id, element["action_id"], typed, container)
        return await self.delivery.interaction(body)

    # ---- forms, the home tab, sessions

    async def submit(self, user: str, view: View, values: Json | None = None) -> Ack:
        """Submit the form: `values` by action_id, block_id or label, other fields as they are."""
        return await self.submit_state(user, view, fill(view, values or {}))

    async def submit_state(self, user: str, view: View, state: Json) -> Ack:
        author = self.user(user)
        body = payloads.view_submission(author, view, state, self.new_trigger(author.id))
        ack = checked(await self.delivery.interaction(body))
        if ack.ok:
            self._follow(view, ack.body)
        return ack

    def _follow(self, view: View, answer: Json) -> None:
        match answer.get("response_action"):
            case "errors":
                return
            case "update":
                self.refill(view, answer["view"])
            case "push":
                self.push_view(view, answer["view"])
            case "clear":
                self.modals.pop(view.user, None)
            case _:
                stack = self.modals.get(view.user, [])
                self.modals[view.user] = [v for v in stack if v != view.id]
        self.tell_views(view.user)

    async def close_view(self, user: str, view: View, *, all_of_them: bool = False) -> None:
        author, stack = self.user(user), self.modals.get(view.user, [])
        closed = list(reversed(stack)) if all_of_them else [view.id]
        self.modals[view.user] = [v for v in stack if v not in closed]
        self.tell_views(view.user)
        for view_id in closed:
            if self.views[view_id].content.get("notify_on_close"):
                body = payloads.view_closed(author, self.views[view_id], cleared=all_of_them)
                await self.delivery.interaction(body)

    async def open_home(self, user: str, tab: str = "home") -> None:
        author = self.user(user)
        channel, ts = self.open_dm(author), self.next_ts()
        event = payloads.home_opened_event(author.id, channel.id, tab, self.home(user), ts)
        self.delivery.event_later(payloads.event_callback(event))

    async def stop(self, user: str, message: Message) -> None:
        """Press Slack's Stop button in a thread in which the app is working.

        It ends the thread's streams; the status of the session is left to the app.
        """
        root = message.thread_ts or message.ts
        open_streams = [m for m in self.replies(message.channel, root) if m.streaming]
        for stream in open_streams:
            stream.streaming = False
            self.tell_message(stream)
        event = payloads.session_stopped_event(
            message, self.user(user).id, [m.ts for m in open_streams], self.next_ts()
        )
        self.delivery.event_later(payloads.event_callback(event))

    # ---- for tests

    async def deliver(self, payload: Json, headers: dict[str, str] | None = None) -> Ack:
        """Send an event exactly as given, once; tests repeat and reorder events with it."""
        if self.delivery.socket.connections:
            return await self.delivery.socket.send("events_api", payload, self.delivery.ack_timeout)
        return await self.delivery.post("events_api", payload, headers or {})

    async def until(self, predicate: Callable[[], T]) -> T:
        """Call the predicate at each change of the workspace; return its result once it is true.

        Raises `TimeoutError` after `PATIENCE`.
        """
        async with asyncio.timeout(PATIENCE):
            while not (found := predicate()):
                await self.changes.wait()
            return found

    def save(self, path: Path) -> None:
        saved.write(path, self)

    def load(self, path: Path) -> None:
        saved.read(path, self)

    def _response_url(self, channel: Channel, user: User, message: Message | None = None) -> str:
        about = {"channel": channel.id, "user": user.id, "ts": message.ts if message else None}
        return self.new_response_url(self.url, about)

    def _urls(self, user: User, channel: Channel, message: Message) -> dict[str, str]:
        return {
            "response_url": self._response_url(channel, user, message),
            "trigger_id": self.new_trigger(user.id),
        }


def checked(ack: Ack) -> Ack:
    """Return the app's answer, or an error if Slack would refuse its blocks or its view."""
    errors = block_errors(ack.body.get("blocks") or [], "message")
    if "view" in ack.body:
        errors += view_errors(ack.body["view"])
    return Ack(ok=False, body={"errors": errors}, error="invalid_blocks") if errors else ack
