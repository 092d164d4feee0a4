"""Show a card anew after a change that was made in a dialog over it.

A card's button opens a form, and a submitted form becomes the card of the result. Slack doesn't say
over which message they stand: their views remember it.
"""

import orjson
import structlog

from bot.runtime import Runtime
from bot.slack.api.errors import attempt
from bot.slack.api.fetch_message import fetch_message
from bot.slack.api.respond import Respond
from bot.slack.listeners import by_hand
from bot.slack.listeners.by_hand import OpenCard
from bot.slack.listeners.press import Body, is_ephemeral, read_alone, thread_in
from bot.slack.render import cards
from bot.slack.render.blocks import Block
from bot.slack.render.submitted import kept_in
from bot.slack.render.text import mrkdwn
from services.entities.base import load
from services.errors import DeskError

log = structlog.get_logger()

CARD = "card"


def with_place(form: Block, body: Body) -> Block:
    """Return the form with the place of the card in which its button was pressed, if any."""
    return _keeping(form, _place(body))


def with_same_place(view: Block, body: Body) -> Block:
    """Return the view with the place that is kept by the one in `body`, which it replaces."""
    return _keeping(view, kept_in(body["view"]).get(CARD))


def _keeping(view: Block, place: Body | None) -> Block:
    kept = {**kept_in(view), **({CARD: place} if place else {})}
    return view | {"private_metadata": orjson.dumps(kept).decode()}


def _place(body: Body) -> Body | None:
    """Return the record's id, and what `_show` needs to find the card; None without a card.

    `below` is the place of the card over which a dialog with the card stands.
    """
    key = next(iter(cards.expanded(body.get("actions") or [])), "")
    view, container = body.get("view"), body.get("container") or {}
    if not key:
        return None
    if view:
        return {"key": key, "view": view["id"], "below": kept_in(view).get(CARD)}
    if not read_alone(body):
        return None
    if is_ephemeral(body):
        return {"key": key, "respond": body["response_url"]}
    ts = container["message_ts"]
    thread = thread_in(body).get("thread_ts", ts)
    return {"key": key, "channel": container["channel_id"], "ts": ts, "thread_ts": thread}


async def refresh_cards(runtime: Runtime, body: Body) -> None:
    """Update the cards over which the dialog in `body` stands.

    Best effort: the dialog shows the result of the change too.
    """
    place = kept_in(body["view"]).get(CARD)
    while place:
        try:
            async with by_hand.as_person(runtime, body["user"]["id"]) as ctx:
                opened = await by_hand.opened(runtime, ctx, await load(ctx, place["key"]))
            await _show(runtime, body, place, opened)
        except DeskError as error:
            log.info("card_not_refreshed", why=str(error))
        except Exception:
            log.exception("card_not_refreshed")
        place = place.get("below")


async def _show(runtime: Runtime, body: Body, place: Body, opened: OpenCard) -> None:
    if "respond" in place:
        await _respond(runtime, place, opened)
    elif "ts" in place:
        await _update_message(runtime, place, opened)
    elif place["view"] != body["view"]["id"]:  # in a full stack, the form replaced the card
        view = _keeping(opened.as_view(), place["below"])
        await attempt(runtime.slack.views_update, view_id=place["view"], view=view)


async def _respond(runtime: Runtime, place: Body, opened: OpenCard) -> None:
    """Replace an ephemeral message, which has nothing but the card."""
    slack = runtime.slack
    respond = Respond(response_url=place["respond"], proxy=slack.proxy, ssl=slack.ssl)
    await respond(
        text=mrkdwn(opened.card.ref.title),
        blocks=opened.alone(),
        response_type="ephemeral",
        replace_original=True,
    )


async def _update_message(runtime: Runtime, place: Body, opened: OpenCard) -> None:
    """Replace the card in a message as it is now, unless the person has closed it meanwhile."""
    channel, ts = place["channel"], place["ts"]
    message = await fetch_message(runtime.slack, channel, place["thread_ts"], ts) or {}
    before = message.get("blocks") or []
    if opened.key in cards.expanded(before):
        after = cards.with_card(before, opened.in_message())
        await attempt(
            runtime.slack.chat_update, channel=channel, ts=ts, text=message["text"], blocks=after
        )
