"""Receipts: what a turn changed, told from the committed events and not by the model."""

from sqlalchemy import text

from services.entities.receipt import receipt
from services.storage.database import Database

_CHANGES = text(
    "SELECT verb, table_name, record_id, before, after FROM events"
    " WHERE turn_id = :turn ORDER BY id"
)


async def receipts_of(database: Database, turn_id: int) -> list[str]:
    """One line for each change of the turn, oldest first."""
    rows = await database.ask(_CHANGES, turn=turn_id)
    return [line for row in rows if (line := receipt(row))]
