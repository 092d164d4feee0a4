"""Everything a workspace holds: people, conversations, messages, views, statuses."""

import secrets
import time
from collections.abc import Iterable, Sequence
from typing import Any

from bot.playground.change_feed import ChangeFeed
from bot.playground.faults import Call, Fault, Faults, SlackError
from bot.playground.nouns import BOT_USER, Channel, Json, Message, User, View
from bot.playground.text import rich_text

EVERYDAY_CHANNELS = (
    ("C0GENERAL0", "general", "Company-wide announcements"),
    ("C0ITHELP00", "it-help", "Ask the IT desk"),
    ("C0RANDOM00", "random", "Everything else"),
)
TRIGGER_SECONDS = 3
RESPONSE_SECONDS = 30 * 60
RESPONSE_USES = 5
MOST_VIEWS = 3


class State:
    def __init__(
        self,
        users: Sequence[User],
        channels: Iterable[Channel] | None = None,
        bot: str = "Deskhand",
    ) -> None:
        self.bot = User(BOT_USER, bot.lower(), bot, is_bot=True)
        self.users = {user.id: user for user in (*users, self.bot)}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.private: list[Message] = []
        self.views: dict[str, View] = {}
        self.modals: dict[str, list[str]] = {}
        self.homes: dict[str, str] = {}
        self.statuses: dict[tuple[str, str], Json] = {}
        self.sessions: dict[tuple[str, str], str] = {}
        """The status of each agent session, by channel and first message of its thread."""
        self.titles: dict[tuple[str, str], str] = {}
        self.prompts: dict[tuple[str, str], Json] = {}
        self.triggers: dict[str, tuple[str, float]] = {}
        self.response_urls: dict[str, Json] = {}
        self.codes: dict[str, Json] = {}
        self.calls: list[Call] = []
        self.faults = Faults()
        self.changes = ChangeFeed()
        self._last_micros = 0
        for channel in channels if channels is not None else everyday_channels():
            self.add_channel(channel)

    # ---- people and conversations

    def add_channel(self, channel: Channel) -> Channel:
        if not channel.members:
            insiders = (u for u in self.users.values() if not u.is_stranger and not u.deleted)
            channel.members = {user.id for user in insiders}
        self.channels[channel.id] = channel
        self.messages.setdefault(channel.id, {})
        self.changes.tell({"type": "channels"})
        return channel

    def channel(self, name_or_id: str) -> Channel:
        wanted = name_or_id.removeprefix("#")
        for channel in self.channels.values():
            if wanted in (channel.id, channel.name):
                return channel
        raise SlackError("channel_not_found")

    def user(self, name_or_id: str) -> User:
        for user in self.users.values():
            if name_or_id in (user.id, user.name):
                return user
        raise SlackError("user_not_found")

    def open_dm(self, user: User) -> Channel:
        """Return the direct message between a person and the bot."""
        channel_id = "D" + user.id[1:]
        if channel_id not in self.channels:
            members = {user.id, BOT_USER}
            self.add_channel(Channel(channel_id, "", members=members, is_im=True))
        return self.channels[channel_id]

    # ---- messages

    def next_ts(self) -> str:
        self._last_micros = max(time.time_ns() // 1000, self._last_micros + 1)
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def message(self, channel: str, ts: str) -> Message:
        try:
            return self.messages[channel][ts]
        except KeyError:
            raise SlackError("message_not_found") from None

    def post(self, channel: Channel, user: str, text: str, **rest: Any) -> Message:
        """Add a message; a reply is counted on its parent, as Slack shows below a message."""
        message = Message(channel.id, self.next_ts(), user, text, **rest)
        give_block_ids(message.blocks)
        if message.only_for:
            self.private.append(message)
        else:
            if message.thread_ts:
                self._count_reply(message)
            self.messages[channel.id][message.ts] = message
        self.tell_message(message)
        return message

    def post_typed(
        self, channel: Channel, user: str, text: str, thread_ts: str | None, **carried: Any
    ) -> Message:
        """Post what a person typed; `carried` are attachments, files or a subtype."""
        blocks = [rich_text(text, secrets.token_urlsafe(4))] if text else []
        typed = {"blocks": blocks, "client_msg_id": secrets.token_hex(16), **carried}
        if typed.get("files"):
            typed["subtype"] = "file_share"
        return self.post(channel, user, text, thread_ts=thread_ts, **typed)

    def refresh(self, message: Message) -> None:
        """Send the changed content of a message to the browser pages that are open."""
        give_block_ids(message.blocks)
        self.tell_message(message)

    def thread_root(self, channel: Channel, thread_ts: str) -> Message:
        found = self.messages[channel.id].get(thread_ts)
        if found is None:
            raise SlackError("thread_not_found")
        if found.thread_ts and found.thread_ts != found.ts:
            return self.thread_root(channel, found.thread_ts)
        return found

    def _count_reply(self, message: Message) -> None:
        root = self.thread_root(self.channels[message.channel], message.thread_ts or "")
        message.thread_ts = root.thread_ts = root.ts
        root.reply_ts.append(message.ts)
        if message.user not in root.reply_users:
            root.reply_users.append(message.user)
        # Slack clears the status of a thread as soon as the app answers in it.
        if message.from_bot:
            self.set_status(message.channel, root.ts, "")
        self.tell_message(root)

    def set_status(self, channel: str, root: str, status: str, loading: Sequence[str] = ()) -> None:
        self.sessions[channel, root] = "processing" if status else "active"
        shown = {"status": status, "loading_messages": list(loading)}
        self.statuses[channel, root] = shown
        if not status:
            del self.statuses[channel, root]
        self.changes.tell({"type": "status", "channel": channel, "thread_ts": root} | shown)

    def set_title(self, channel: str, root: str, title: str) -> None:
        self.titles[channel, root] = title
        self.changes.tell({"type": "title", "channel": channel, "thread_ts": root, "title": title})

    def remove(self, message: Message) -> None:
        if message.only_for:
            self.private.remove(message)
        else:
            del self.messages[message.channel][message.ts]
            self._uncount_reply(message)
        gone = {"type": "message_gone", "channel": message.channel, "ts": message.ts}
        self.changes.tell(gone | {"only_for": message.only_for})

    def bury(self, message: Message) -> None:
        """Replace a deleted message that has replies by a tombstone, as Slack does."""
        message.user, message.subtype = "USLACKBOT", "tombstone"
        message.text, message.client_msg_id = "This message was deleted.", None
        message.blocks, message.attachments, message.files = [], [], []
        self.tell_message(message)

    def _uncount_reply(self, message: Message) -> None:
        root = self.messages[message.channel].get(message.thread_ts or "")
        if root and message.ts in root.reply_ts:
            root.reply_ts.remove(message.ts)
            self.tell_message(root)

    def tell_message(self, message: Message) -> None:
        self.changes.tell({"type": "message", "message": self.seen(message)})

    @staticmethod
    def seen(message: Message) -> Json:
        """Return a message as JSON for the page."""
        own = {"channel": message.channel, "only_for": message.only_for}
        shown = {"blocks": message.blocks, "streaming": message.streaming}
        return message.as_slack() | own | shown

    def replies(self, channel: str, thread_ts: str) -> list[Message]:
        """Return the messages of a thread below its first one."""
        found = self.messages[self.channel(channel).id].values()
        return [m for m in found if m.thread_ts == thread_ts and m.ts != thread_ts]

    def ephemerals(self, user: str, channel: str) -> list[Message]:
        at, reader = self.channel(channel).id, self.user(user).id
        return [m for m in self.private if m.channel == at and m.only_for == reader]

    # ---- views

    def put_view(self, user: str, content: Json, previous: View | None = None) -> View:
        view_id = "V" + secrets.token_hex(5).upper()
        root = previous.root_id if previous else view_id
        give_block_ids(content.get("blocks", []))
        previous_id = previous.id if previous else None
        view = View(view_id, user, content, self._hash(), root, previous_id)
        self.views[view_id] = view
        return view

    def open_modal(self, user: str, content: Json) -> View:
        view = self.put_view(user, content)
        self.modals[user] = [view.id]
        self.tell_views(user)
        return view

    def push_view(self, below: View, content: Json) -> View:
        stack = self.modals.setdefault(below.user, [])
        if len(stack) >= MOST_VIEWS:
            raise SlackError("push_limit_reached")
        view = self.put_view(below.user, content, below)
        stack.append(view.id)
        self.tell_views(below.user)
        return view

    def refill(self, view: View, content: Json) -> None:
        give_block_ids(content.get("blocks", []))
        view.content, view.hash = content, self._hash()
        self.tell_views(view.user)

    def tell_views(self, user: str) -> None:
        self.changes.tell({"type": "views", "user": user})

    def modal(self, user: str) -> View | None:
        """Return the topmost view that this person has open."""
        stack = self.modals.get(self.user(user).id)
        return self.views[stack[-1]] if stack else None

    def home(self, user: str) -> View | None:
        view_id = self.homes.get(self.user(user).id)
        return self.views[view_id] if view_id else None

    def _hash(self) -> str:
        return f"{int(time.time())}.{secrets.token_hex(4)}"

    # ---- what lives for a moment

    def new_trigger(self, user: str) -> str:
        trigger = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self.triggers[trigger] = (user, time.monotonic() + TRIGGER_SECONDS)
        return trigger

    def use_trigger(self, trigger: str) -> str:
        """Return the user to whom a trigger_id belongs; it works once, within three seconds."""
        if not trigger:
            raise SlackError("invalid_trigger_id")
        user, until = self.triggers.pop(trigger, ("", 0.0))
        if not user:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() > until:
            raise SlackError("expired_trigger_id")
        return user

    def new_response_url(self, base: str, about: Json) -> str:
        token = secrets.token_urlsafe(18)
        ends = time.monotonic() + RESPONSE_SECONDS
        self.response_urls[token] = {"uses": RESPONSE_USES, "until": ends} | about
        return f"{base}/response/{token}"

    def fail(self, method: str, **how: Any) -> None:
        """Let the next call of a method fail: `error`, `status`, `drop`, `delay`, `times`."""
        self.faults.add(Fault(method, **how))


def everyday_channels() -> list[Channel]:
    return [Channel(i, name, topic=topic) for i, name, topic in EVERYDAY_CHANNELS]


def give_block_ids(blocks: list[Json]) -> None:
    """Give an id to blocks and interactive elements that have none, as Slack does."""
    for block in blocks:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        elements = [*(block.get("elements") or []), block.get("accessory"), block.get("element")]
        for element in elements:
            if element and block["type"] != "rich_text" and _is_interactive(element):
                element.setdefault("action_id", secrets.token_urlsafe(4))


def _is_interactive(element: Json) -> bool:
    return element.get("type") not in ("mrkdwn", "plain_text", "image")
