"""Release a turn for another run, and count the runs that have resumed it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.agent.journal import change, changing
from services.agent.transcript import Turn
from services.storage.database import Database

_RELEASE = changing(
    "claim = CASE WHEN CAST(:keep_claim AS boolean) THEN claim END,"
    " resumptions = resumptions - CAST(:uncounted AS int)"
)


async def release(database: Database, turn: Turn, *, keep_claim: bool, slack_away: bool) -> None:
    """Give the turn up for now: another run goes on with it.

    With `keep_claim` the next run knows that a request of this one may still be under way. If
    Slack was away, the next resumption does not count.
    """
    await change(database, turn, _RELEASE, keep_claim=keep_claim, uncounted=int(slack_away))


_COUNT_RESUMPTION = changing("resumptions = resumptions + CAST(:by AS int)")


@asynccontextmanager
async def uncounted(database: Database, turn: Turn) -> AsyncIterator[None]:
    """Exclude the run from the count of resumptions if it dies within the block."""
    await change(database, turn, _COUNT_RESUMPTION, by=-1)
    yield
    await change(database, turn, _COUNT_RESUMPTION, by=1)
