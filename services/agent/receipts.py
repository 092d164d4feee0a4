"""Receipts: what a turn changed, told from the committed events and not by the model."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.entities.receipt import receipt

_CHANGES = text(
    "SELECT verb, table_name, record_id, before, after FROM events"
    " WHERE turn_id = :turn ORDER BY id"
)


async def receipts_of(session: AsyncSession, turn_id: int) -> list[str]:
    """One line for each change of the turn, oldest first."""
    rows = await session.execute(_CHANGES, {"turn": turn_id})
    return [line for row in rows.mappings() if (line := receipt(dict(row)))]
