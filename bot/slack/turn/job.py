"""From what waits in a thread to the answer in Slack: the job that every message becomes."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from procrastinate import App as Queue
from procrastinate import JobContext
from sqlalchemy import Executable

from bot.runtime import Runtime
from bot.slack.api.errors import may_be_under_way
from bot.slack.listeners.inbox import ANSWER
from bot.slack.people.identity import LEFT, actor_for
from bot.slack.render import blocks
from bot.slack.render.text import clip, mrkdwn
from bot.slack.turn.consent_cards import Consents
from bot.slack.turn.opening import OpenTurn, current_turn, release, take_follow_ups
from bot.slack.turn.posting import Posting
from bot.slack.turn.progress import STOPPED, Progress
from services import metrics
from services.agent.grounding import grounded_ids, grounded_text, sources
from services.agent.journal import ClaimLost, change, changing
from services.agent.transcript import Turn
from services.changes.receipts import receipts_of
from services.context import Actor, Audience, acting
from services.entities.base import load_visible
from services.entities.card import Ref
from services.jobs.queue import Patience

log = structlog.get_logger()

OFFLINE = "Answered by built-in rules, not by a language model. Set `LLM_API_KEY` to use one."
ELSEWHERE = (
    "Others read this channel, so I looked with a requester's rights. For more, write me directly."
)
FAILED = (
    "Something on our side failed again and again, so I have stopped. What was done before stays."
    " Please ask again, or tell an admin: the log says why."
)
MOST_RESUMPTIONS = 6
"""Of a turn that was cut short while it was thought about; then something is wrong with itself."""
SOON = 0.3
"""Seconds within which an answer needs no sign that the desk is at work."""
STATUS_PATIENCE = 5.0
"""Seconds that Slack gets to show that the desk is at work: an answer waits for it no longer."""
FALLBACK_CHARACTERS = 3_000
"""Of the text that notifications and screen readers get; Slack recommends 4,000 at most."""

_RESUMED = changing("resumptions = resumptions + 1")
_RESTING = changing("resumptions = 0, claim = NULL")
_POSTING = changing("posting_at = clock_timestamp()")
_ENDED = changing("state = :state, message_ts = :ts, ended_at = clock_timestamp()")


def register(queue: Queue) -> None:
    """The job under the name that the inbox defers it by."""
    queue.task(name=ANSWER, pass_context=True, retry=Patience())(answer)


async def answer(context: JobContext, thread: str) -> None:
    """Answer everything that waits in a thread; the job's lock makes it one turn at a time."""
    runtime: Runtime = context.additional_context["runtime"]
    try:
        more = True
        while more and (opened := await current_turn(runtime, thread)):
            more = await _run(runtime, opened)
    except ClaimLost:
        log.warning("turn_overtaken", thread=thread)
    except Exception:
        metrics.TURNS.labels("interrupted").inc()
        metrics.RETRIES.labels("job").inc()
        log.exception("turn_interrupted", thread=thread, attempt=context.job.attempts)
        raise


async def _run(runtime: Runtime, opened: OpenTurn) -> bool:
    """One turn, with its claim given back unless the process dies or is told to stop, or something
    that it has sent to Slack may still be under way.

    Whether more waits in its thread; what comes after that look has a job of its own.
    """
    answering = _Answering(runtime, opened)
    try:
        await answering.run()
    except Exception as error:
        log.warning("turn_cut_short", turn=opened.turn.id, error=type(error).__name__)
        if not may_be_under_way(error):
            await release(runtime, opened.turn)
        raise
    return answering.more


class _Answering:
    """One turn on its way to Slack."""

    def __init__(self, runtime: Runtime, opened: OpenTurn) -> None:
        self.runtime = runtime
        self.resumed = opened.resumed
        self.turn, self.thread, self.person = opened.turn, opened.thread, opened.person
        self.messages, self.more = opened.messages, opened.more
        self.take_follow_ups = partial(take_follow_ups, runtime, opened)
        self.posting = Posting(runtime, opened)
        self.consents = Consents(runtime, self.posting)
        self.progress = Progress(runtime, self.posting, self.turn, resumed=opened.resumed)

    async def run(self) -> None:
        with structlog.contextvars.bound_contextvars(turn=self.turn.id, thread=self.thread.key):
            begun = self.turn.posting_at
            if self.turn.answer is None:
                thinking = asyncio.create_task(self._think())
                self.turn, _ = await asyncio.gather(thinking, self._status(thinking))
            elif begun is None:
                await self._change(_POSTING)
            if self.resumed:
                await self.consents.tell(self.turn)
            if self.turn.answer is None:
                await self._rest()
            else:
                await self._post(begun)
                log.info("answered", state=self.turn.state)
                self._count()

    async def _rest(self) -> None:
        """Until the person has decided about what they are shown."""
        await self.progress.hide()
        await self.consents.show(self.turn)
        await self._change(_RESTING)

    def _count(self) -> None:
        refused = self.turn.refused or self.person is None
        metrics.TURNS.labels("refused" if refused else self.turn.state).inc()
        if self.turn.ended_at:
            took = self.turn.ended_at - self.turn.created_at
            metrics.TURN_SECONDS.observe(took.total_seconds())

    async def _think(self) -> Turn:
        """The turn with its answer; without one it waits for its person's consent."""
        agent = self.runtime.agent
        if self.resumed:
            await self._change(_RESUMED)
        assert self.person is not None  # noqa: S101 - a turn without a person has its answer
        if not self.person.active:
            return await agent.stop(self.turn, LEFT)
        if self.turn.resumptions > MOST_RESUMPTIONS:
            return await agent.stop(self.turn, FAILED, failed=True)
        said = self.turn, self.messages, self.more, self.person, self.actor
        thinking = asyncio.create_task(agent.run(*said, self.take_follow_ups))
        if await self.progress.until(thinking):
            return thinking.result()
        return await agent.stop(self.turn, STOPPED)

    @property
    def actor(self) -> Actor:
        assert self.person is not None  # noqa: S101 - a turn without a person has its answer
        actor = actor_for(self.person, Audience(self.turn.audience))
        return Actor(actor.person_id, actor.role, actor.audience, turn_id=self.turn.id)

    async def _status(self, thinking: "asyncio.Task[Turn]") -> None:
        """A courtesy: an answer does not depend on it. Slack takes it away with the answer."""
        done, _ = await asyncio.wait({thinking}, timeout=SOON)
        if done:
            return
        try:
            async with asyncio.timeout(STATUS_PATIENCE):
                await self.runtime.slack.assistant_threads_setStatus(
                    channel_id=self.thread.channel,
                    thread_ts=self.thread.thread_ts,
                    status="is looking into it…",
                )
        except Exception as error:
            log.debug("status_not_set", error=type(error).__name__)

    # ---- posting

    async def _post(self, begun: datetime | None) -> None:
        """Every part of the answer once: what an earlier run has begun to post is looked for."""
        messages = await self._messages()
        parts = {str(place): message for place, message in enumerate(messages)}
        posted = await self.posting.once(parts, begun)
        await self.progress.hide()  # no run comes back to a turn that has ended
        state = "stopped" if self.turn.answer == STOPPED else "answered"
        if self.turn.failed or not posted["0"]:
            state = "failed"
        await self._change(_ENDED, state=state, ts=posted["0"])

    async def _messages(self) -> list[dict[str, Any]]:
        """The answer as the arguments of one Slack message for each part."""
        said = str(self.turn.answer)
        refs: list[Ref] = []
        receipts: list[str] = []
        if self.person is not None:
            said, refs, receipts = await self._grounded(said)
        parts = blocks.answer_parts(said)
        last = len(parts) - 1
        footer = "\n".join(self._footers()) if self.person else ""
        return [
            {
                "text": clip(mrkdwn(part), FALLBACK_CHARACTERS),
                "blocks": blocks.answer(
                    part,
                    [ref for ref in refs if ref.id in part.upper()],
                    receipts if place == last else (),
                    footer if place == last else "",
                    self.turn.id,
                    failed=self.turn.failed and place == last,
                ),
            }
            for place, part in enumerate(parts)
        ]

    def _footers(self) -> Iterator[str]:
        if self.runtime.agent.model.name == "offline":
            yield OFFLINE
        if self.actor.effective_role < self.actor.role:
            yield ELSEWHERE

    async def _grounded(self, said: str) -> tuple[str, list[Ref], list[str]]:
        known = sources(self.messages)
        receipts = await receipts_of(self.runtime.database, self.turn.id)
        refs: list[Ref] = []
        if keys := grounded_ids(said, known):
            async with acting(self.runtime.database, self.actor) as ctx:
                refs = [record.ref for record in await load_visible(ctx, keys)]
        text = grounded_text(said, known, self.runtime.settings.web_url)
        return text, refs, receipts

    async def _change(self, statement: Executable, **values: Any) -> None:
        database = self.runtime.database
        self.turn, self.more = await change(database, self.turn, statement, **values)
