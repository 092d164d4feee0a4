"""The `answer` job: from what waits in a thread to the answer in Slack."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import psycopg
import structlog
from procrastinate import App as Queue
from procrastinate import JobContext
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot.runtime import Runtime
from bot.slack.api.errors import CALL_FAILED, best_effort, may_be_under_way, may_pass
from bot.slack.api.send_once import Body
from bot.slack.outbox.sender import Place, Sender
from bot.slack.people.identity import actor_for
from bot.slack.sentences import FAILED, LEFT, STOPPED
from bot.slack.turn.consent_cards import ConsentCards
from bot.slack.turn.opening import OpenTurn, current_turn, take_follow_ups
from bot.slack.turn.posting import post_answer, render_answer
from bot.slack.turn.progress import Progress
from bot.slack.turn.title import set_title
from services import metrics
from services.agent.journal import ClaimLost, end, rest
from services.agent.resumptions import release, uncounted
from services.agent.transcript import Turn
from services.changes.consents import withdraw
from services.context import Actor, Audience
from services.delivery.deliveries import ANSWER
from services.delivery.outbox import OutboxMessage, answer_part, attempt_turn
from services.jobs.queue import RetryWithBackoff

log = structlog.get_logger()

MAX_RESUMPTIONS = 6
"""How many runs may resume a turn before it ends with an apology. A run does not count if the one
before it ended because Slack was unreachable."""
LAST_ATTEMPTS = 3
"""How many runs after `MAX_RESUMPTIONS` may try to send the apology before the turn ends without
it."""
REFUSALS = (SlackApiError, psycopg.Error, SQLAlchemyError)
"""Exceptions by which Slack or the database refuses a request."""


def register(queue: Queue) -> None:
    queue.task(name=ANSWER, pass_context=True, retry=RetryWithBackoff())(answer)


async def answer(context: JobContext, thread: str) -> None:
    """Answer all messages that wait in a thread, one turn after the other.

    The job's lock keeps other runs away from the thread.
    """
    runtime: Runtime = context.additional_context["runtime"]
    failed, more = context.job.attempts, True
    try:
        while more and (opened := await current_turn(runtime, thread, failed)):
            more = await _run(runtime, opened, failed)
            failed = 0
    except ClaimLost:
        log.warning("turn_claimed_by_another_run", thread=thread)
    except Exception:
        metrics.TURNS.labels("interrupted").inc()
        metrics.RETRIES.labels("job").inc()
        log.exception("turn_interrupted", thread=thread, attempt=context.job.attempts)
        raise


async def _run(runtime: Runtime, opened: OpenTurn, attempts: int) -> bool:
    """Run a turn and return whether more messages wait in its thread.

    `attempts`: how many attempts of the job have failed before. On an error the claim is released,
    so that the next run need not wait, unless a request to Slack may still be under way.
    """
    run = TurnRun(runtime, opened, attempts)
    titling = asyncio.create_task(set_title(runtime, opened))
    try:
        await run.run()
    except Exception as error:
        log.warning("turn_run_failed", turn=opened.turn.id, error=type(error).__name__)
        with suppress(ClaimLost):
            await release(
                runtime.database,
                opened.turn,
                keep_claim=may_be_under_way(error),
                slack_away=isinstance(error, CALL_FAILED) and may_pass(error),
            )
        raise
    finally:
        await titling
    return run.more


def _only_asker_may_read(opened: OpenTurn) -> bool:
    """Return whether the turn is answered by ephemeral messages; in a direct message none is."""
    audience = opened.turn.audience
    is_not_served = opened.person is None and audience != Audience.private
    return audience == Audience.shared or is_not_served


class TurnRun:
    """One run of a turn: it runs the agent loop, then posts the answer or a consent card."""

    def __init__(self, runtime: Runtime, opened: OpenTurn, attempts: int) -> None:
        self.runtime = runtime
        self.resumed = opened.resumed
        self.turn, self.thread, self.person = opened.turn, opened.thread, opened.person
        self.messages, self.more = opened.messages, opened.more
        self.take_follow_ups = partial(take_follow_ups, runtime, opened)
        place = Place(
            opened.slack_user,
            opened.thread.channel,
            opened.thread.thread_ts,
            ephemeral=_only_asker_may_read(opened),
            is_active=opened.in_thread,
        )
        # From now on an earlier run cannot send anything new.
        uncertain_since = datetime.now(UTC) if opened.preempted else None
        waiting = partial(uncounted, runtime.database, self.turn)
        self.sender = Sender(runtime.slack, place, uncertain_since, waiting, attempts)
        self.cards = ConsentCards(runtime, self.sender)
        self.progress = Progress(
            runtime, self.sender, self.turn, self.messages, resumed=opened.resumed
        )

    async def run(self) -> None:
        bound = structlog.contextvars.bound_contextvars(turn=self.turn.id, thread=self.thread.key)
        with bound, self.runtime.budget.answering():
            if self.turn.resumptions > MAX_RESUMPTIONS + LAST_ATTEMPTS:
                await self._abandon()
                return
            try:
                await self._go_on()
            except Exception as error:
                if not self._is_final(error):
                    raise
                log.exception("turn_failed")
                await self._fail()

    async def _go_on(self) -> None:
        answered_before = self.resumed and self.turn.answer is not None
        if self.resumed:
            await self.progress.go_on_below_cards()
        if self.turn.answer is None:
            thinking = asyncio.create_task(self._think())
            self.turn, _ = await asyncio.gather(thinking, self.progress.show_status(thinking))
        if self.resumed:
            await self.cards.update(self.turn)
        if self.turn.answer is None:
            await self._rest()
        else:
            await self._post(answered_before=answered_before)

    async def _think(self) -> Turn:
        """Return the turn with its answer, or without one if it waits for the person's consent."""
        agent, actor = self.runtime.agent, self.actor
        if self.person is None or actor is None:
            raise RuntimeError(
                "This turn belongs to no person, so it has to be stored with its answer."
            )
        if not self.person.active:
            return await agent.stop(self.turn, LEFT)
        if self.turn.resumptions > MAX_RESUMPTIONS:
            return await agent.stop(self.turn, FAILED, failed=True)
        asked = self.turn, self.messages, self.more, self.person, actor
        hear = self.progress.hear
        thinking = asyncio.create_task(agent.run(*asked, self.take_follow_ups, hear))
        if not await self.progress.wait_or_stop(thinking):
            return await agent.stop(self.turn, STOPPED)
        error = thinking.exception()
        if isinstance(error, Exception) and self._is_final(error):
            log.error("turn_failed", exc_info=error)
            return await agent.stop(self.turn, FAILED, failed=True)
        return thinking.result()

    def _is_final(self, error: Exception) -> bool:
        """Return whether another run would fail in the same way.

        Refusals of Slack and the database are final at once, other errors after two resumptions.
        """
        if isinstance(error, ClaimLost) or may_pass(error):
            return False
        return isinstance(error, REFUSALS) or self.turn.resumptions > 1

    @property
    def actor(self) -> Actor | None:
        if self.person is None:
            return None
        actor = actor_for(self.person, Audience(self.turn.audience))
        return Actor(actor.person_id, actor.role, actor.audience, turn_id=self.turn.id)

    async def _rest(self) -> None:
        """Post the consent card and pause the turn until the person has decided."""
        cards = await self.cards.post(self.turn)
        await self.progress.wait_for_approval()
        if any(card.state == "undeliverable" for card in cards):
            await self._fail()
        else:
            self.turn, self.more = await rest(self.runtime.database, self.turn, cards)

    async def _post(self, *, answered_before: bool) -> None:
        """Post the answer and end the turn."""
        if answered_before and self.turn.resumptions > MAX_RESUMPTIONS:
            await self._fail()  # rendering or posting the answer is what fails
            return
        if not self.turn.answer:
            await self._stay_silent()
            return
        waiting = [answer_part(self.turn.id, 0)]
        if answered_before:
            waiting = await attempt_turn(self.runtime.database, self.turn.id)
        bodies = await render_answer(self.runtime, self.turn, self.messages, self.actor)
        await self._send(bodies, waiting, self._outcome())

    async def _stay_silent(self) -> None:
        """End the turn without a message: the question was meant for somebody else."""
        await self.progress.live.hide()
        await self.progress.clear_status()
        unsaid = answer_part(self.turn.id, 0)
        unsaid.state = "skipped"
        await self._end("answered", [unsaid])

    async def _fail(self) -> None:
        """End the turn with an apology in place of its answer."""
        database = self.runtime.database
        self.turn = await self.runtime.agent.stop(self.turn, FAILED, failed=True)
        await withdraw(database, self.turn.id)
        waiting = await attempt_turn(database, self.turn.id)
        await self._send([{"text": FAILED}], waiting, "failed")

    async def _send(self, bodies: list[Body], waiting: list[OutboxMessage], state: str) -> None:
        """Send the turn's answer in place of its live message, and end the turn."""
        live = self.progress.live
        if ts := await live.posted():
            await live.close()
            self.sender.live_messages[answer_part(self.turn.id, 0).key] = ts
            await self.progress.clear_status()
        parts = await post_answer(self.runtime, self.sender, self.turn, bodies, waiting)
        if ts not in [part.ts for part in parts]:
            await live.hide()  # no run comes back to a turn that has ended
        refused = any(part.error for part in parts)
        await self._end("failed" if refused else state, parts)

    def _outcome(self) -> str:
        if self.turn.failed:
            return "failed"
        return "stopped" if self.turn.answer == STOPPED else "answered"

    async def _abandon(self) -> None:
        """End a turn although no message could be sent for it, so that its thread can go on."""
        waiting = await attempt_turn(self.runtime.database, self.turn.id)
        for message in waiting:
            message.state = "undeliverable"
            message.error = f"given up after {self.turn.resumptions} resumptions"
        log.error("turn_abandoned", resumptions=self.turn.resumptions)
        await best_effort(self.progress.live.hide)
        await self._end("failed", waiting)

    async def _end(self, state: str, messages: list[OutboxMessage]) -> None:
        self.turn, self.more = await end(self.runtime.database, self.turn, state, messages)
        log.info("turn_ended", state=self.turn.state)
        refused = self.turn.refused or self.person is None
        metrics.TURNS.labels("refused" if refused else self.turn.state).inc()
        if self.turn.ended_at:
            took = self.turn.ended_at - self.turn.created_at
            metrics.TURN_SECONDS.observe(took.total_seconds())
