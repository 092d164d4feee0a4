"""Slack fails, the model fails, deliveries come twice: the person gets one answer all the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from procrastinate import RetryDecision
from procrastinate.jobs import Job
from procrastinate.utils import utcnow
from sqlalchemy import text

from bot.playground import payloads
from bot.slack import turns
from services.jobs.queue import Patience
from services.storage.database import WORKER
from tests.fixtures import DANIEL, PRIYA, Desk, open_desk
from tests.services.provider import Provider, calls, llm, provider, says
from tests.stories.test_asking import GENERAL, answers, words

ASK = "what laptop do I have"
MENTION = f"@Deskhand {ASK}"

DECIDE = Patience.get_retry_decision


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are tried again at once; how long they wait otherwise is a story of its own."""
    at_once = RetryDecision(retry_in={"seconds": 0})
    # Tracebacks as the product writes them: structlog's own draw every local, a second for each.
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    processors = [structlog.stdlib.add_log_level, plain]
    monkeypatch.setattr(turns, "log", structlog.wrap_logger(structlog.PrintLogger(), processors))
    monkeypatch.setattr(Patience, "get_retry_decision", lambda *_, **__: at_once)


async def settled(desk: Desk) -> None:
    """Nothing is left to do in the queue."""
    query = text("SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing') LIMIT 1")
    for _ in range(200):
        async with desk.runtime.database.transaction(WORKER) as session:
            if not await session.scalar(query):
                return
        await asyncio.sleep(0.05)
    raise TimeoutError


async def said_in(desk: Desk, words: str, channel: str = GENERAL, person: int = PRIYA) -> Any:
    return await desk.slack.say(desk.user(person), desk.slack.channel(channel).id, words)


async def the_answer(desk: Desk, said: Any) -> str:
    """The words of the one answer, when nothing more can come."""
    await desk.answer_to(said)
    await settled(desk)
    [answer] = answers(desk, said)
    return words(answer)


def posted(desk: Desk) -> int:
    return sum(call.method == "chat.postMessage" for call in desk.slack.calls)


# ---- Slack fails

FAULTS: list[tuple[dict[str, Any], int]] = [
    ({"status": 429, "retry_after": 1}, 2),
    ({"status": 500}, 2),
    ({"error": "internal_error"}, 2),
    ({"drop": "before"}, 2),
    ({"drop": "after"}, 1),
]
"""What happens to a post, and how often the desk posts then."""


async def test_a_post_that_failed_is_made_good_once(desk: Desk) -> None:
    for fault, tries in FAULTS:
        before = posted(desk)
        desk.slack.fail("chat.postMessage", **fault)
        said = await said_in(desk, MENTION)
        assert "MAC-5" in await the_answer(desk, said), fault
        assert posted(desk) - before == tries, fault


async def test_a_taken_answer_is_found_in_a_thread_of_hundreds(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.marks.CLOCKS_APART", 0)
    said = await said_in(desk, MENTION)
    first = await the_answer(desk, said)
    place = desk.slack.channel(GENERAL)
    for number in range(250):
        desk.slack.post(place, desk.user(DANIEL), f"me too {number}", thread_ts=said.ts)
    desk.slack.fail("chat.postMessage", drop="after")
    again = await desk.slack.say(desk.user(PRIYA), place.id, MENTION, said.ts)
    await desk.answer_to(again)
    await settled(desk)
    assert [words(each) for each in answers(desk, said)] == [first, first]


async def test_a_status_that_cannot_be_set_keeps_nobody_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.turns.SOON", 0)
    for fault in ({"error": "missing_scope"}, {"status": 500}, {"drop": "before"}):
        desk.slack.fail("assistant.threads.setStatus", **fault)
        assert "MAC-5" in await the_answer(desk, await said_in(desk, MENTION)), fault
    assert posted(desk) == 3


async def test_a_quick_answer_is_given_without_a_status(desk: Desk) -> None:
    await desk.ask(PRIYA, ASK)
    await settled(desk)
    assert "assistant.threads.setStatus" not in {call.method for call in desk.slack.calls}


async def test_while_a_slow_one_is_thought_about_its_status_says_so(
    fresh_database: str, tmp_path: Path
) -> None:
    slow = Thinking()
    async with desk_with(fresh_database, tmp_path, slow) as (desk, _):
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "hello")
        [status] = await desk.slack.until(lambda: list(desk.slack.statuses.values()))
        assert status["status"] == "is looking into it…"
        slow.go.set()
        await the_answer(desk, said)
        assert not desk.slack.statuses


async def test_who_cannot_be_known_is_told_so(desk: Desk) -> None:
    desk.slack.fail("users.info", error="missing_scope")
    said = await said_in(desk, MENTION)
    told = await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(PRIYA), said.channel))
    await settled(desk)
    assert "users:read" in told[0].text
    assert answers(desk, said) == []


async def test_a_failing_look_at_the_person_is_repeated(desk: Desk) -> None:
    desk.slack.fail("users.info", status=500)
    assert "MAC-5" in await the_answer(desk, await said_in(desk, MENTION))


def test_a_job_waits_longer_each_time_and_for_about_an_hour_in_all() -> None:
    def wait(attempts: int) -> float:
        job = Job(id=1, queue="q", lock=None, queueing_lock=None, task_name="answer",
                  priority=0, attempts=attempts)  # fmt: skip
        decision = DECIDE(Patience(), exception=Exception(), job=job)
        return (decision.retry_at - utcnow()).total_seconds() if decision else 0

    waits = [wait(attempts) for attempts in range(70)]
    assert [round(each) for each in waits[:8]] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert 3_000 < sum(waits) < 4_500


# ---- deliveries


def typed(desk: Desk, words: str = f"<@U0DESKHAND> {ASK}") -> Any:
    """A message of which nobody has told the desk yet."""
    place = desk.slack.channel(GENERAL)
    bot = desk.slack.bot.id
    return desk.slack.post_typed(place, desk.user(PRIYA), words.replace("U0DESKHAND", bot), None)


def event(desk: Desk, said: Any, kind: str = "message") -> dict[str, Any]:
    place = desk.slack.channels[said.channel]
    make = payloads.mention_event if kind == "app_mention" else payloads.message_event
    return payloads.event_callback(make(said, place), place)


async def test_a_delivery_that_comes_three_times_is_answered_once(desk: Desk) -> None:
    said = typed(desk)
    payload = event(desk, said)
    for number in range(3):
        retry = {"x-slack-retry-num": str(number), "x-slack-retry-reason": "http_timeout"}
        assert (await desk.slack.deliver(payload, retry if number else {})).ok
    assert "MAC-5" in await the_answer(desk, said)
    await desk.slack.deliver(payload, {"x-slack-retry-num": "3"})
    await the_answer(desk, said)


async def test_three_deliveries_at_once_are_answered_once(desk: Desk) -> None:
    said = typed(desk)
    payload = event(desk, said)
    await asyncio.gather(*(desk.slack.deliver(payload) for _ in range(3)))
    assert "MAC-5" in await the_answer(desk, said)


async def test_a_delivery_known_only_as_a_retry_is_answered(desk: Desk) -> None:
    said = typed(desk)
    await desk.slack.deliver(event(desk, said), {"x-slack-retry-num": "2"})
    assert "MAC-5" in await the_answer(desk, said)


async def test_a_mention_and_its_message_are_one_in_either_order(desk: Desk) -> None:
    for pair in (("app_mention", "message"), ("message", "app_mention")):
        said = typed(desk)
        for kind in pair:
            await desk.slack.deliver(event(desk, said, kind))
        assert "MAC-5" in await the_answer(desk, said), pair


async def test_a_forged_delivery_is_refused(desk: Desk) -> None:
    said = typed(desk)
    ack = await desk.slack.deliver(event(desk, said), {"X-Slack-Signature": "v0=0000"})
    await settled(desk)
    assert not ack.ok
    assert answers(desk, said) == []


# ---- a model that takes its time, or fails


class Thinking:
    """A model's answer that comes when the test says so."""

    def __init__(self, answer: str = "There you are.") -> None:
        self.begun, self.go, self.answer = asyncio.Event(), asyncio.Event(), answer

    async def __call__(self) -> Any:
        self.begun.set()
        await self.go.wait()
        return says(self.answer)()


@asynccontextmanager
async def desk_with(
    database_url: str, path: Path, *script: Any
) -> AsyncIterator[tuple[Desk, Provider]]:
    async with (
        provider(*script) as served,
        open_desk(database_url, path, **llm(served.url)) as desk,
    ):
        yield desk, served


async def test_a_message_edited_before_its_turn_is_answered_as_it_reads_then(
    fresh_database: str, tmp_path: Path
) -> None:
    first = Thinking()
    async with desk_with(fresh_database, tmp_path, first, says("Second.")) as (desk, served):
        direct, priya = await desk.direct(PRIYA), desk.user(PRIYA)
        said = await desk.slack.say(priya, direct, "hello")
        await first.begun.wait()
        second = await desk.slack.say(priya, direct, "befor", said.ts)
        await stored(desk, "befor")
        await desk.slack.edit(second, "afterwards")
        await stored(desk, "afterwards")
        first.go.set()
        await desk.slack.until(lambda: len(answers(desk, said)) == 2)
        await settled(desk)
        assert [words(each) for each in answers(desk, said)] == ["There you are.", "Second."]
        assert served.requests[-1]["messages"][-1]["content"] == "afterwards"


async def test_a_message_deleted_before_its_turn_is_not_answered(
    fresh_database: str, tmp_path: Path
) -> None:
    first = Thinking()
    async with desk_with(fresh_database, tmp_path, first, says("Second.")) as (desk, served):
        direct, priya = await desk.direct(PRIYA), desk.user(PRIYA)
        said = await desk.slack.say(priya, direct, "hello")
        await first.begun.wait()
        second = await desk.slack.say(priya, direct, "never mind", said.ts)
        await stored(desk, "never mind")
        await desk.slack.delete(second)
        await stored(desk, "never mind", "ignored")
        first.go.set()
        assert await the_answer(desk, said) == "There you are."
        assert len(served.requests) == 1


async def test_an_edit_after_the_answer_asks_anew_once(desk: Desk) -> None:
    said = await said_in(desk, MENTION)
    await the_answer(desk, said)
    before = said.as_slack()
    said.text = said.text.replace(ASK, "who is Priya")
    place = desk.slack.channels[said.channel]
    edited = payloads.event_callback(
        payloads.changed_event(said, before, place, desk.slack.next_ts()), place
    )
    for _ in range(2):
        assert (await desk.slack.deliver(edited)).ok
    await desk.slack.until(lambda: len(answers(desk, said)) == 2)
    await settled(desk)
    assert "USR-5" in words(answers(desk, said)[-1])
    assert len(answers(desk, said)) == 2


async def stored(desk: Desk, words: str, state: str = "waiting") -> None:
    """Slack's deliveries come on their own time: wait until the desk has this one."""
    query = text("SELECT 1 FROM deliveries WHERE event->>'text' = :words AND state = :state")
    for _ in range(100):
        async with desk.runtime.database.transaction(WORKER) as session:
            if await session.scalar(query, {"words": words, "state": state}):
                return
        await asyncio.sleep(0.02)
    raise TimeoutError


async def test_an_answer_lost_on_its_way_repeats_neither_thought_nor_write(
    fresh_database: str, tmp_path: Path
) -> None:
    made = calls(("create_ticket", {"name": "VPN drops"}))
    async with desk_with(fresh_database, tmp_path, made, says("Opened.")) as (desk, served):
        desk.slack.fail("chat.postMessage", status=500)
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "VPN drops")
        assert await the_answer(desk, said) == "Opened."
        assert len(served.requests) == 2
        [answer] = answers(desk, said)
        assert "Created TKT-61" in str(answer.blocks)
        assert "TKT-62" not in str(answer.blocks)


async def test_a_new_question_is_thought_about_however_long_slack_was_down_before(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.turns.MOST_RESUMPTIONS", 0)
    async with desk_with(fresh_database, tmp_path, says("One."), says("Two.")) as (desk, _):
        desk.slack.fail("chat.postMessage", status=500)
        said = await said_in(desk, "@Deskhand hello")
        await desk.slack.until(lambda: posted(desk))
        place, daniel = desk.slack.channel(GENERAL).id, desk.user(DANIEL)
        await desk.slack.say(daniel, place, "@Deskhand hello too", said.ts)
        await desk.slack.until(lambda: len(answers(desk, said)) == 2)
        assert [words(each) for each in answers(desk, said)] == ["One.", "Two."]


async def test_a_turn_that_fails_each_time_ends_in_a_sentence(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.turns.MOST_RESUMPTIONS", 0)

    class Broken:
        name = "broken"

        async def complete(self, messages: list[Any], tools: list[Any]) -> dict[str, Any]:
            raise ZeroDivisionError

    async with open_desk(fresh_database, tmp_path, Broken()) as desk:
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "hello")
        assert "failed again and again" in await the_answer(desk, said)


async def test_a_reply_that_comes_before_the_mention_it_follows_is_answered_after_it(
    desk: Desk,
) -> None:
    mention, place = typed(desk), desk.slack.channel(GENERAL)
    reply = desk.slack.post_typed(place, desk.user(PRIYA), "who is Marcus?", mention.ts)
    await desk.slack.deliver(event(desk, reply))
    await settled(desk)
    assert answers(desk, mention) == []
    await desk.slack.deliver(event(desk, mention, "app_mention"))
    await desk.slack.until(lambda: len(answers(desk, mention)) == 2)
    first, second = answers(desk, mention)
    assert "MAC-5" in words(first)
    assert "USR-2" in words(second)


async def test_words_of_other_peoples_threads_are_not_kept(desk: Desk) -> None:
    root, place = typed(desk, "lunch?"), desk.slack.channel(GENERAL)
    reply = desk.slack.post_typed(place, desk.user(DANIEL), "at noon", root.ts)
    for said in (root, reply):
        await desk.slack.deliver(event(desk, said))
    async with desk.runtime.database.transaction(WORKER) as session:
        kept = list(await session.scalars(text("SELECT event::text FROM deliveries")))
    assert "at noon" not in str(kept)
    assert "lunch" not in str(kept)
