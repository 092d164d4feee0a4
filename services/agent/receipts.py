"""Receipts: what a turn changed, told from the committed events and not by the model."""

from sqlalchemy import text

from services.context import Asks
from services.entities.receipt import receipt

_CHANGES = text(
    "SELECT verb, table_name, record_id, before, after FROM events"
    " WHERE turn_id = :turn ORDER BY id"
)


async def receipts_of(to: Asks, turn_id: int) -> list[str]:
    """One line for each change of the turn, oldest first."""
    rows = await to.ask(_CHANGES, turn=turn_id)
    return [line for row in rows if (line := receipt(row))]
