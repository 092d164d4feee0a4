"""How often people may ask and change things in an hour, and what they read beyond that."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

LimitName = Literal[
    "turns_per_person", "turns_per_workspace", "writes_per_person", "writes_per_workspace"
]
PRESETS: dict[LimitName, int] = {
    "turns_per_person": 60,
    "turns_per_workspace": 1_000,
    "writes_per_person": 120,
    "writes_per_workspace": 2_000,
}
"""In an hour, where admins have set nothing else."""

_LIMITS = text("SELECT " + ", ".join(f"app.limit_of('{n}', {PRESETS[n]}) AS {n}" for n in PRESETS))
_TURNS = text(
    "SELECT greatest("
    "(SELECT min(created_at) FROM (SELECT created_at FROM turns WHERE NOT refused"
    " AND person_id = :person AND created_at > now() - interval '1 hour'"
    " ORDER BY created_at DESC LIMIT :own) newest HAVING count(*) >= :own),"
    "(SELECT min(created_at) FROM (SELECT created_at FROM turns WHERE NOT refused"
    " AND created_at > now() - interval '1 hour'"
    " ORDER BY created_at DESC LIMIT :everybody) newest HAVING count(*) >= :everybody)"
    ") + interval '1 hour'"
)
_WRITES = text("SELECT app.writes_from(:own, :everybody)")


async def limits(session: AsyncSession) -> dict[LimitName, int]:
    return dict((await session.execute(_LIMITS)).mappings().one())


async def no_turn_before(session: AsyncSession, person_id: int) -> datetime | None:
    """When the person may ask again; None: now."""
    most = await limits(session)
    own, everybody = most["turns_per_person"], most["turns_per_workspace"]
    values = {"person": person_id, "own": own, "everybody": everybody}
    found: datetime | None = await session.scalar(_TURNS, values)
    return found


async def no_write_before(session: AsyncSession) -> datetime | None:
    """When the person of the transaction may change something again; None: now."""
    most = await limits(session)
    own, everybody = most["writes_per_person"], most["writes_per_workspace"]
    found: datetime | None = await session.scalar(_WRITES, {"own": own, "everybody": everybody})
    return found


def come_back(what: str, when: datetime, zone: ZoneInfo) -> str:
    """The sentence for somebody who is over a limit."""
    time = when.astimezone(zone)
    return f"That is as much as one hour allows. Please {what} again after {time:%H:%M}."
