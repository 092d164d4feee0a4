"""Release a turn for another job run, and count the runs that resume it."""

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
    """Release the turn, so that another run resumes it.

    `keep_claim` tells the next run that a request of this one may still reach Slack. With
    `slack_away` the next resumption is not counted.
    """
    await change(database, turn, _RELEASE, keep_claim=keep_claim, uncounted=int(slack_away))


_COUNT_RESUMPTION = changing("resumptions = resumptions + CAST(:by AS int)")


@asynccontextmanager
async def uncounted(database: Database, turn: Turn) -> AsyncIterator[None]:
    """Don't count the run as a resumption if it dies or fails within the block."""
    await change(database, turn, _COUNT_RESUMPTION, by=-1)
    yield  # without `finally`: after an error the run stays uncounted
    await change(database, turn, _COUNT_RESUMPTION, by=1)
