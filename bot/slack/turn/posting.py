"""The answer of a turn: rendered as Slack messages and posted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.runtime import Runtime
from bot.slack.api.errors import GONE
from bot.slack.api.send_once import Body
from bot.slack.listeners import by_hand
from bot.slack.outbox.sender import Sender
from bot.slack.render import blocks
from bot.slack.render.answers import (
    MAX_PART,
    Opened,
    answer,
    answer_parts,
    ending,
    is_about,
    subjects,
)
from bot.slack.render.progress import taken
from bot.slack.render.rating import ratings
from bot.slack.sentences import FAILED
from bot.slack.turn.small_print import author_of, footers, model_menu
from services.agent.grounding import grounded_ids, grounded_text, sources
from services.agent.journal import add_parts
from services.agent.offline import offers_in
from services.agent.summaries import summaries_behind_answer
from services.agent.transcript import Message, Turn
from services.changes.events import events_of
from services.changes.receipts import receipts_of
from services.changes.undo import can_undo
from services.context import Actor, Audience, Context, acting
from services.delivery.outbox import MAX_ATTEMPTS, OutboxMessage, answer_part
from services.entities.base import Entity, find_ids, load_visible
from services.entities.card import Card, Ref
from services.entities.machine import Machine
from services.entities.rows import list_row
from services.tools.actions import Action, actions_on


async def post_answer(
    runtime: Runtime, sender: Sender, turn: Turn, bodies: list[Body], waiting: list[OutboxMessage]
) -> list[OutboxMessage]:
    """Send each part of an answer once and return the parts with their states, in order.

    `waiting` are the parts that are in the outbox already. Where Slack refuses a part as blocks and
    as plain text, an apology is sent in its place, and the part keeps the error. Raises if Slack
    does not accept the apology either.
    """
    known = {message.key: message for message in waiting}
    attempts = max(message.attempts for message in waiting)
    parts = [answer_part(turn.id, part, attempts=attempts) for part in range(len(bodies))]
    parts = [known.get(part.key, part) for part in parts]
    if len(parts) > len(waiting):
        await add_parts(runtime.database, turn, len(parts))
    await sender.send(list(zip(parts, bodies, strict=True)), replaceable=True)
    refused = [each for each in parts if each.state == "undeliverable" and each.error not in GONE]
    if refused and refused[0].attempts <= MAX_ATTEMPTS:
        await _apologise(sender, refused[0])
    return parts


async def _apologise(sender: Sender, part: OutboxMessage) -> None:
    """Send an apology in place of a part that Slack refuses; the part keeps Slack's error."""
    refusal, part.state = part.error, "waiting"
    await sender.send([(part, {"text": FAILED})])
    part.error = refusal


@dataclass(frozen=True, slots=True)
class Subject:
    """The one record that an answer is about.

    Where only the asker reads, its card is shown; elsewhere buttons for next steps with it, and one
    for the machine that it names.
    """

    opened: Opened | None = None
    next_steps: Sequence[Action] = ()
    machines: Sequence[Ref] = ()


@dataclass(frozen=True, slots=True)
class Grounded:
    """An answer whose ids and links were checked against what tools returned, with its records and
    receipts, and whether Undo is possible."""

    text: str
    refs: Sequence[Ref] = ()
    receipts: Sequence[str] = ()
    undoable: bool = False
    subject: Subject = Subject()


async def render_answer(
    runtime: Runtime, turn: Turn, messages: list[Message], actor: Actor | None
) -> list[Body]:
    """Return one message for each part of the answer.

    Without an actor it is a sentence of the desk for somebody whom it does not serve.
    """
    said = Grounded(str(turn.answer))
    footer, author, menu = "", author_of(messages), list[blocks.Block]()
    if actor is not None:
        said = await _grounded(runtime, turn, messages, actor)
        footer = "\n".join(footers(turn, actor, author))
        menu = await model_menu(runtime.database, turn, author)
    next_steps = said.subject.next_steps
    below = ending(
        turn.id,
        said.receipts,
        undoable=said.undoable,
        failed=turn.failed,
        offers=next_steps or (offers_in(str(turn.answer)) if author.is_rules else ()),
        menu=menu,
        footer=footer,
        rating=ratings(turn) if author.model and not turn.failed else (),
    )
    above = taken(summaries_behind_answer(messages))
    return list(_messages(said, above, list(below)))


def _messages(
    said: Grounded, above: Sequence[blocks.Block], below: Sequence[blocks.Block]
) -> Iterator[Body]:
    """Yield a message for each part, the first with the blocks above, the last with those below."""
    parts = answer_parts(said.text)
    for place, part in enumerate(parts):
        is_last = place == len(parts) - 1
        shown = answer(
            part,
            [*_named_in(part, said.refs), *(said.subject.machines if is_last else ())],
            opened=said.subject.opened,
            above=above if place == 0 else (),
            below=below if is_last else (),
        )
        yield {"text": blocks.notification(part), "blocks": shown}


def _named_in(part: str, refs: Sequence[Ref]) -> list[Ref]:
    named = set(find_ids(part))
    return [ref for ref in refs if ref.id in named]


async def _grounded(
    runtime: Runtime, turn: Turn, messages: list[Message], actor: Actor
) -> Grounded:
    known = sources(messages)
    text = grounded_text(str(turn.answer), known, runtime.settings.web_url)
    events = await events_of(runtime.database, turn.id)
    keys = grounded_ids(str(turn.answer), known)
    if not keys and not events:
        return Grounded(text)
    async with acting(runtime.database, actor) as ctx:
        records = await load_visible(ctx, keys)
        return Grounded(
            text,
            [record.ref for record in records],
            await receipts_of(ctx, events),
            can_undo(events, actor.effective_role),
            await _subject(runtime, ctx, text, records),
        )


async def _subject(runtime: Runtime, ctx: Context, text: str, records: Sequence[Entity]) -> Subject:
    found = await _about(ctx, text, records)
    if found is None:
        return Subject()
    record, card = found
    if ctx.actor.audience != Audience.private:
        steps = [each for each in await actions_on(ctx, record) if not each.opens_form]
        return Subject(None, steps, _one_machine(card, text))
    opened = await by_hand.opened(runtime, ctx, record, card)
    row = list_row(record, ctx.now, viewer=ctx.actor.effective_role).as_text()
    return Subject(Opened(opened.card, row, opened.in_message()))


async def _about(ctx: Context, text: str, records: Sequence[Entity]) -> tuple[Entity, Card] | None:
    """Return the one record that the text is about, with its card."""
    if len(text) > MAX_PART:
        return None
    refs = [record.ref for record in records if record.key in find_ids(text)]
    for key in subjects(text, refs):
        record = next(each for each in records if each.key == key)
        card = await record.card(ctx)
        if is_about(text, refs, card):
            return record, card
    return None


def _one_machine(card: Card, text: str) -> list[Ref]:
    """Return the only machine that the card names, unless the text names it too."""
    machines = [ref for ref in card.mentioned if ref.id.startswith(f"{Machine.prefix}-")]
    return machines if len(machines) == 1 and machines[0].id not in find_ids(text) else []
