"""The `show_undone` job: updates an answer and its consent cards once their changes were undone."""

from typing import Any

from procrastinate import App as Queue
from procrastinate import JobContext
from sqlalchemy import bindparam, select, text

from bot.runtime import Runtime
from bot.slack.api.errors import attempt
from bot.slack.api.fetch_message import fetch_message
from bot.slack.people.identity import actor_for
from bot.slack.render.answers import RECEIPTS_BLOCK, with_receipts
from bot.slack.turn.consent_cards import message_for
from services.agent.transcript import Turn
from services.changes.consents import Consent, consents_of
from services.changes.events import events_of, is_undone
from services.changes.receipts import receipts_of, undone_lines
from services.context import Audience, acting
from services.delivery.outbox import CONSENT_KEY
from services.entities.person import Person
from services.jobs.queue import RetryWithBackoff

_TURN = select(Turn.__table__).where(Turn.id == bindparam("turn"))
_POSTED = text(
    "SELECT outbox.key, outbox.kind, outbox.ts, threads.channel, threads.thread_ts"
    " FROM outbox JOIN turns ON turns.id = outbox.turn_id"
    " JOIN threads ON threads.id = turns.thread_id"
    " WHERE outbox.turn_id = :turn AND outbox.state = 'sent' ORDER BY outbox.created_at"
)
_TAKEN_BACK = text("SELECT DISTINCT undoes FROM events WHERE turn_id = :turn AND undoes > 0")


def register(queue: Queue) -> None:
    queue.task(name=show_undone.__name__, pass_context=True, retry=RetryWithBackoff())(show_undone)


async def show_undone(context: JobContext, turn: int) -> None:
    """Update what was posted for a turn that was undone, and for turns that it had undone."""
    runtime: Runtime = context.additional_context["runtime"]
    failed = context.job.attempts
    await _update(runtime, turn, failed)
    for row in await runtime.database.fetch_all(_TAKEN_BACK, turn=turn):
        await _update(runtime, row["undoes"], failed)


async def _update(runtime: Runtime, number: int, attempts: int) -> None:
    row = await runtime.database.fetch_one(_TURN, turn=number)
    if row is None or row["audience"] == Audience.shared:  # Slack updates no ephemeral messages
        return
    turn = Turn(**row)
    posted = await runtime.database.fetch_all(_POSTED, turn=turn.id)
    cards = {
        CONSENT_KEY % each.id: each
        for each in await consents_of(runtime.database, turn.id, Consent.state == "done")
    }
    for message in posted:
        if message["kind"] == "answer":
            await _update_answer(runtime, turn, message, attempts)
        elif consent := cards.get(message["key"]):
            body = await message_for(runtime, consent)
            await _replace(runtime, message, body, attempts)


async def _update_answer(
    runtime: Runtime, turn: Turn, message: dict[str, Any], attempts: int
) -> None:
    """Change the receipts in a message of the answer, if it has them; cards opened in it stay."""
    channel, thread_ts, ts = message["channel"], message["thread_ts"], message["ts"]
    shown = await fetch_message(runtime.slack, channel, thread_ts, ts, attempts) or {}
    before = shown.get("blocks") or []
    if any(block.get("block_id") == RECEIPTS_BLOCK for block in before):
        receipts, undone = await _receipts(runtime, turn)
        after = with_receipts(before, receipts, undone=undone)
        await _replace(runtime, message, {"text": shown["text"], "blocks": after}, attempts)


async def _receipts(runtime: Runtime, turn: Turn) -> tuple[list[str], bool]:
    person = await Person.get(runtime.database, turn.person_id or 0)
    events = await events_of(runtime.database, turn.id)
    undone = await is_undone(runtime.database, turn.id)
    async with acting(runtime.database, actor_for(person, Audience(turn.audience))) as ctx:
        lines = await (undone_lines if undone else receipts_of)(ctx, events)
    return lines, undone


async def _replace(
    runtime: Runtime, message: dict[str, Any], body: dict[str, Any], attempts: int
) -> None:
    where = {"channel": message["channel"], "ts": message["ts"]}
    await attempt(runtime.slack.chat_update, attempts, **where, **body)
