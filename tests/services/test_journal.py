"""A delivery becomes one step, as it was read, and only of a turn that is held."""

import pytest
from sqlalchemy import Engine, text

from services.agent.journal import ClaimLost, begin, claim, take
from services.agent.transcript import Delivery, Message, Thread, Turn, messages_for
from services.storage.database import Database
from tests.fixtures import PRIYA, delivered


def said(words: str) -> Message:
    return {"role": "user", "content": words}


class Telling:
    """A conversation in which the desk gets to know what was said."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def delivered(self, words: str) -> Delivery:
        return await delivered(self.database, words, {"text": words, "user": "U1"})

    async def begin(self, delivery: Delivery) -> Turn | None:
        thread = Thread(key="T:D:1", channel="D", thread_ts="1")
        asked = Turn(person_id=PRIYA, audience="private", refused=False)
        return await begin(self.database, thread, asked, delivery, said(delivery.event["text"]))

    async def begun(self) -> Turn:
        turn = await self.begin(await self.delivered("hello"))
        assert turn
        return turn

    async def take(self, turn: Turn, delivery: Delivery) -> bool:
        return await take(self.database, turn, delivery, said(delivery.event["text"]))


@pytest.fixture
def telling(database: Database) -> Telling:
    return Telling(database)


def change(owner: Engine, what: str) -> None:
    with owner.begin() as connection:
        connection.execute(text(f"UPDATE deliveries SET {what}"))


EDITED = 'event = event || \'{"text": "bye"}\''
DELETED = "state = 'ignored'"


async def test_a_delivery_begins_one_turn(telling: Telling) -> None:
    delivery = await telling.delivered("hello")
    turn = await telling.begin(delivery)
    assert turn
    assert await telling.begin(delivery) is None
    assert await messages_for(telling.database, turn) == [said("hello")]


@pytest.mark.parametrize("what", [EDITED, DELETED])
async def test_one_that_has_changed_since_it_was_read_begins_none(
    telling: Telling, owner: Engine, what: str
) -> None:
    delivery = await telling.delivered("hello")
    change(owner, what)
    assert await telling.begin(delivery) is None
    assert await claim(telling.database, "T:D:1") is None


async def test_a_delivery_is_taken_up_once(telling: Telling) -> None:
    turn, delivery = await telling.begun(), await telling.delivered("and MAC-5")
    assert await telling.take(turn, delivery)
    assert not await telling.take(turn, delivery)
    assert await messages_for(telling.database, turn) == [said("hello"), said("and MAC-5")]


@pytest.mark.parametrize("what", [EDITED, DELETED])
async def test_one_that_has_changed_since_it_was_read_is_not_taken_up(
    telling: Telling, owner: Engine, what: str
) -> None:
    turn, delivery = await telling.begun(), await telling.delivered("and MAC-5")
    change(owner, what)
    assert not await telling.take(turn, delivery)
    assert await messages_for(telling.database, turn) == [said("hello")]


async def test_a_run_takes_up_nothing_when_another_has_claimed_its_turn(telling: Telling) -> None:
    turn, delivery = await telling.begun(), await telling.delivered("and MAC-5")
    claimed = await claim(telling.database, "T:D:1")
    assert claimed
    assert claimed.preempted, "the first run has not given it back"
    with pytest.raises(ClaimLost):
        await telling.take(turn, delivery)
    assert await telling.take(claimed.turn, delivery)
