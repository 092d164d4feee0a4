"""The outbox: every message ends as sent or undeliverable, and the thread goes on."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.runtime import Runtime
from bot.slack.outbox import send_job, sender
from bot.slack.outbox.sender import Sender
from bot.slack.sentences import FAILED
from bot.slack.turn import job
from services.delivery.outbox import enqueue
from services.storage.database import WORKER
from tests.fixtures import PRIYA, Desk
from tests.stories.telling import ASK, GENERAL, MENTION, answers, posted, said_in, settled, words

pytestmark = pytest.mark.usefixtures("impatient_jobs")

OUTBOX = text("SELECT state, error FROM outbox ORDER BY created_at, key")
TURNS = text("SELECT state FROM turns ORDER BY id")


def outbox(owner: Engine) -> list[tuple[str, str | None]]:
    with owner.connect() as connection:
        return [(row.state, row.error) for row in connection.execute(OUTBOX)]


def turns(owner: Engine) -> list[str]:
    with owner.connect() as connection:
        return list(connection.scalars(TURNS))


async def direct(desk: Desk) -> list[Any]:
    return list(desk.slack.messages[await desk.direct(PRIYA)].values())


# ---- answers


REFUSALS = ("invalid_blocks", "msg_too_long", "an_error_of_tomorrow")


@pytest.mark.parametrize("error", REFUSALS)
async def test_answer_whose_blocks_slack_refuses_is_sent_as_plain_text(
    desk: Desk, error: str
) -> None:
    desk.slack.fail("chat.postMessage", error=error, times=2)
    said = await said_in(desk, MENTION)
    await desk.slack.until(lambda: answers(desk, said))
    await settled(desk)
    [answer] = answers(desk, said)
    assert "MAC-5" in answer.text
    assert not answer.blocks
    assert posted(desk) == 3


@pytest.mark.parametrize("error", REFUSALS)
async def test_answer_refused_with_and_without_blocks_becomes_an_apology(
    desk: Desk, owner: Engine, error: str
) -> None:
    desk.slack.fail("chat.postMessage", error=error, times=3)
    said = await said_in(desk, MENTION)
    assert (await desk.answer_to(said)).text == FAILED
    await settled(desk)
    assert outbox(owner) == [("sent", error)]
    again = await desk.slack.say(desk.user(PRIYA), said.channel, ASK, said.ts)
    assert "MAC-5" in words(await desk.answer_to(again))
    await settled(desk)
    assert turns(owner) == ["failed", "answered"]


async def test_answer_is_undeliverable_if_slack_refuses_even_the_apology(
    desk: Desk, owner: Engine
) -> None:
    desk.slack.fail("chat.postMessage", error="invalid_blocks", times=4)
    said = await said_in(desk, MENTION)
    await desk.slack.until(lambda: posted(desk) == 4)
    await settled(desk)
    assert outbox(owner) == [("undeliverable", "invalid_blocks")]
    again = await desk.slack.say(desk.user(PRIYA), said.channel, ASK, said.ts)
    assert "MAC-5" in words(await desk.answer_to(again))
    await settled(desk)
    assert turns(owner) == ["failed", "answered"]


async def test_answer_becomes_undeliverable_after_too_many_attempts(
    desk: Desk, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "MAX_ATTEMPTS", 2)
    desk.slack.fail("chat.postMessage", status=500, times=2)
    await said_in(desk, MENTION)
    await desk.slack.until(lambda: posted(desk) == 2)
    await settled(desk)
    assert posted(desk) == 2
    assert outbox(owner) == [("undeliverable", "no success in 2 attempts")]
    assert turns(owner) == ["failed"]


async def test_answer_that_cannot_be_rendered_becomes_an_apology(
    desk: Desk, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(job, "render_answer", broken)
    said = await said_in(desk, MENTION)
    await desk.slack.until(lambda: answers(desk, said))
    await settled(desk)
    [answer] = answers(desk, said)
    assert "Something failed on our side" in answer.text
    assert turns(owner) == ["failed"]
    assert outbox(owner) == [("sent", None)]


async def test_turn_whose_answer_cannot_be_sent_is_abandoned_and_thread_goes_on(
    desk: Desk, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(job, "MAX_RESUMPTIONS", 1)
    with monkeypatch.context() as patched:
        patched.setattr(Sender, "send", broken)
        said = await said_in(desk, MENTION)
        while turns(owner) != ["failed"]:
            await settled(desk)
    [(state, error)] = outbox(owner)
    assert state == "undeliverable"
    assert error == f"given up after {1 + job.LAST_ATTEMPTS + 1} resumptions"
    assert answers(desk, said) == []
    again = await desk.slack.say(desk.user(PRIYA), said.channel, ASK, said.ts)
    assert "MAC-5" in words(await desk.answer_to(again))


# ---- messages that belong to no turn


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register a kind of message whose text is its payload; an empty one is not sent."""

    async def notice(_: Runtime, payload: dict[str, Any]) -> dict[str, Any] | None:
        return payload if payload["text"] else None

    monkeypatch.setitem(send_job.RENDERERS, "notice", notice)


async def notify(desk: Desk, *said: str, **where: Any) -> None:
    async with desk.runtime.database.transaction(WORKER) as transaction:
        for each in said:
            payload = {"text": each}
            user = desk.user(PRIYA)
            await enqueue(
                desk.runtime.queue, transaction, each, "notice", payload, user=user, **where
            )


@pytest.mark.usefixtures("notices")
async def test_outbox_messages_of_a_conversation_are_sent_in_order_and_once(
    desk: Desk, owner: Engine
) -> None:
    root = desk.slack.post_typed(desk.slack.channel(GENERAL), desk.user(PRIYA), "VPN", None)
    place = {"channel": root.channel, "thread_ts": root.ts}
    await notify(desk, "one", "two", **place)
    await notify(desk, "two", "", "three", **place)
    await settled(desk)
    assert [each.text for each in answers(desk, root)] == ["one", "two", "three"]
    assert sorted(outbox(owner)) == [("sent", None)] * 3 + [("skipped", None)]


@pytest.mark.usefixtures("notices")
async def test_outbox_message_whose_channel_is_gone_is_sent_to_the_user_directly(
    desk: Desk, owner: Engine
) -> None:
    root = desk.slack.post_typed(desk.slack.channel(GENERAL), desk.user(PRIYA), "VPN", None)
    desk.slack.fail("chat.postMessage", error="is_archived")
    await notify(desk, "hello", channel=root.channel, thread_ts=root.ts)
    await settled(desk)
    assert [each.text for each in await direct(desk)] == ["hello"]
    assert outbox(owner) == [("sent", None)]


@pytest.mark.usefixtures("notices")
async def test_outbox_sends_the_next_message_after_slack_refused_one_for_good(
    desk: Desk, owner: Engine
) -> None:
    desk.slack.fail("chat.postMessage", error="user_disabled")
    await notify(desk, "one", "two")
    await settled(desk)
    assert [each.text for each in await direct(desk)] == ["two"]
    assert outbox(owner) == [("undeliverable", "user_disabled"), ("sent", None)]


async def test_outbox_message_that_cannot_be_rendered_becomes_undeliverable(
    desk: Desk, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(send_job.RENDERERS, "notice", broken)
    await notify(desk, "hello")
    await settled(desk)
    assert outbox(owner) == [("undeliverable", "ZeroDivisionError")]


@pytest.mark.usefixtures("notices")
@pytest.mark.parametrize(
    ("fault", "posts"),
    [({"status": 500}, 2), ({"drop": "before"}, 2), ({"drop": "after"}, 1)],
    ids=["refused", "lost", "taken"],
)
async def test_outbox_message_is_sent_once_if_slack_did_not_confirm_it(
    desk: Desk, owner: Engine, fault: dict[str, Any], posts: int
) -> None:
    desk.slack.fail("chat.postMessage", **fault)
    await notify(desk, "hello")
    await settled(desk)
    assert [each.text for each in await direct(desk)] == ["hello"]
    assert posted(desk) == posts
    assert outbox(owner) == [("sent", None)]


@pytest.mark.usefixtures("notices")
async def test_outbox_message_of_a_rolled_back_transaction_is_not_sent(
    desk: Desk, owner: Engine
) -> None:
    async def fail() -> None:
        async with desk.runtime.database.transaction(WORKER) as transaction:
            where = {"user": desk.user(PRIYA)}
            await enqueue(desk.runtime.queue, transaction, "k", "notice", {"text": "no"}, **where)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await settled(desk)
    assert outbox(owner) == []
    assert await direct(desk) == []
