"""Tells the app what happens in the workspace: the events that Slack would send it."""

from bot.playground import payloads
from bot.playground.delivery import Delivery
from bot.playground.nouns import BOT_USER, Channel, Json, Message
from bot.playground.state import State
from bot.playground.text import TOKEN


class Announcing(State):
    delivery: Delivery

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

    def _send(self, event: Json, channel: Channel) -> None:
        self.delivery.event_later(payloads.event_callback(event, channel))


def mentions_bot(text: str) -> bool:
    return any(m["tag"] == "@" and m["target"] == BOT_USER for m in TOKEN.finditer(text))
