"""Tells the app what happens in the workspace: the events that Slack would send it."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from bot.playground import payloads
from bot.playground.delivery import Delivery
from bot.playground.nouns import BOT_USER, Channel, Json, Message
from bot.playground.state import State
from bot.playground.text import TOKEN, links


class Announcing(State):
    delivery: Delivery
    unfurl_domains: Sequence[str]

    def announce(self, message: Message) -> None:
        """Send the app the events of a new message, if the bot is in the channel.

        A mention of the bot in a channel is two events, `app_mention` and `message`.
        """
        channel = self.channels[message.channel]
        if not self.is_heard(channel):
            return
        root = self.messages[channel.id].get(message.thread_ts or "")
        if not message.from_bot and not channel.is_im and mentions_bot(message.text):
            self._send(payloads.mention_event(message, channel, root), channel)
        self._send(payloads.message_event(message, channel, root), channel)
        self._announce_links(message, channel)

    def announce_change(self, message: Message, before: Json) -> None:
        channel = self.channels[message.channel]
        if self.is_heard(channel):
            ts = self.next_ts()
            self._send(payloads.changed_event(message, before, channel, ts), channel)

    def announce_removal(self, message: Message) -> None:
        channel = self.channels[message.channel]
        if self.is_heard(channel):
            self._send(payloads.deleted_event(message, channel, self.next_ts()), channel)

    def is_heard(self, channel: Channel) -> bool:
        return BOT_USER in channel.members

    def _announce_links(self, message: Message, channel: Channel) -> None:
        # An app gets no link_shared for its own messages.
        if message.from_bot:
            return
        found = ((urlsplit(url).hostname or "", url) for url in links(message.text))
        shared = [(host, url) for host, url in found if self._is_ours(host)]
        if shared:
            self._send(payloads.link_shared_event(message, shared), channel)

    def _is_ours(self, host: str) -> bool:
        return any(host == d or host.endswith("." + d) for d in self.unfurl_domains)

    def _send(self, event: Json, channel: Channel) -> None:
        self.delivery.event_later(payloads.event_callback(event, channel))


def mentions_bot(text: str) -> bool:
    return any(m["tag"] == "@" and m["target"] == BOT_USER for m in TOKEN.finditer(text))
