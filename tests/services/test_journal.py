"""The journal: a delivery becomes one unchanged step, of a turn that the run has claimed."""

import pytest
from sqlalchemy import Engine, text

from services.agent.journal import ClaimLost, begin, claim, take
from services.agent.transcript import Delivery, Message, Thread, Turn, messages_for
from services.storage.database import Database
from tests.fixtures import PRIYA, delivered


def said(words: str) -> Message:
    return {"role": "user", "content": words}


class Conversation:
    """A conversation whose messages are delivered by the test."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def delivered(self, words: str) -> Delivery:
        return await delivered(self.database, words, {"text": words, "user": "U1"})

    async def begin(self, delivery: Delivery) -> Turn | None:
        thread = Thread(key="T:D:1", channel="D", thread_ts="1")
        asked = Turn(person_id=PRIYA, audience="private", refused=False)
        words = said(delivery.event["text"])
        return await begin(self.database, thread, asked, delivery, words)

    async def begun(self) -> Turn:
        turn = await self.begin(await self.delivered("hello"))
        assert turn
        return turn

    async def take(self, turn: Turn, delivery: Delivery) -> bool:
        return await take(self.database, turn, delivery, said(delivery.event["text"]))


@pytest.fixture
def conversation(database: Database) -> Conversation:
    return Conversation(database)


def change(owner: Engine, what: str) -> None:
    with owner.begin() as connection:
        connection.execute(text(f"UPDATE deliveries SET {what}"))


EDITED = 'event = event || \'{"text": "bye"}\''
DELETED = "state = 'ignored'"


async def test_beginning_a_delivery_repeatedly_begins_only_one_turn(
    conversation: Conversation,
) -> None:
    delivery = await conversation.delivered("hello")
    turn = await conversation.begin(delivery)
    assert turn
    assert await conversation.begin(delivery) is None
    assert await messages_for(conversation.database, turn) == [said("hello")]


@pytest.mark.parametrize("what", [EDITED, DELETED])
async def test_delivery_changed_since_it_was_read_begins_no_turn(
    conversation: Conversation, owner: Engine, what: str
) -> None:
    delivery = await conversation.delivered("hello")
    change(owner, what)
    assert await conversation.begin(delivery) is None
    assert await claim(conversation.database, "T:D:1") is None


async def test_delivery_is_added_to_a_running_turn_only_once(conversation: Conversation) -> None:
    turn, delivery = await conversation.begun(), await conversation.delivered("and MAC-5")
    assert await conversation.take(turn, delivery)
    assert not await conversation.take(turn, delivery)
    assert await messages_for(conversation.database, turn) == [said("hello"), said("and MAC-5")]


@pytest.mark.parametrize("what", [EDITED, DELETED])
async def test_delivery_changed_since_it_was_read_is_not_added_to_a_running_turn(
    conversation: Conversation, owner: Engine, what: str
) -> None:
    turn, delivery = await conversation.begun(), await conversation.delivered("and MAC-5")
    change(owner, what)
    assert not await conversation.take(turn, delivery)
    assert await messages_for(conversation.database, turn) == [said("hello")]


async def test_run_that_has_lost_its_claim_takes_up_no_follow_ups(
    conversation: Conversation,
) -> None:
    turn, delivery = await conversation.begun(), await conversation.delivered("and MAC-5")
    claimed = await claim(conversation.database, "T:D:1")
    assert claimed
    assert claimed.preempted, "the first run has not given it back"
    with pytest.raises(ClaimLost):
        await conversation.take(turn, delivery)
    assert await conversation.take(claimed.turn, delivery)
