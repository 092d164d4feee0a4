"""What a committed change is called: one line for each event."""

from typing import Any

from sqlalchemy import text

from services.entities.card import quoted
from services.sanitize import one_line
from services.storage.database import Database

_TABLES = {
    "tickets": "TKT",
    "machines": "MAC",
    "notes": "NOTE",
    "tags": "TAG",
    "teams": "TEAM",
    "people": "USR",
}


def receipt(event: dict[str, Any]) -> str:
    """The change in words, with ids; empty where people need not hear of it."""
    table, number = event["table_name"], event["record_id"]
    before, after = event["before"] or {}, event["after"] or {}
    if table == "notes" and event["verb"] == "INSERT":
        return f"Added NOTE-{number} to {after['on_kind']}-{after['on_id']}"
    if table == "ticket_machines":
        return f"Linked MAC-{after.get('machine_id')} to TKT-{number}" if after else ""
    if table == "ticket_watchers":
        person = (after or before)["person_id"]
        return f"{'Added' if after else 'Removed'} USR-{person} as a watcher of TKT-{number}"
    if table not in _TABLES:
        return ""
    key = f"{_TABLES[table]}-{number}"
    if event["verb"] == "INSERT":
        return f"Created {key}"
    if event["verb"] == "DELETE":
        return f"Deleted {key}"
    changes = [_change(name, before.get(name), after[name]) for name in after if name in _SAID]
    return f"Changed {key}: {', '.join(changes)}" if changes else ""


def plan(event: dict[str, Any]) -> str:
    """The same for a change that has not been made yet."""
    first, _, rest = receipt(event).partition(" ")
    return f"{_YET[first]} {rest}" if rest else ""


_YET = {
    "Added": "Add",
    "Linked": "Link",
    "Removed": "Remove",
    "Created": "Create",
    "Deleted": "Delete",
    "Changed": "Change",
}

UNDONE_COLUMNS = frozenset({"status", "assignee_id", "name", "description", "priority"})
"""The columns of a ticket that an undo sets back; the others follow by themselves."""

_SAID = UNDONE_COLUMNS | {"role", "department", "active", "email"}
_WORDS = ("name", "description")
_LONGEST = 120


def _change(name: str, before: object, after: object) -> str:
    return f"{name.removesuffix('_id')} {_shown(name, before)} → {_shown(name, after)}"


def _shown(name: str, value: object) -> str:
    if value is None:
        return "nobody"
    if name == "assignee_id":
        return f"USR-{value}"
    words = one_line(str(value))
    if name not in _WORDS:
        return words
    return quoted(words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…")


_CHANGES = text(
    "SELECT verb, table_name, record_id, before, after FROM events"
    " WHERE turn_id = :turn ORDER BY id"
)


async def receipts_of(database: Database, turn_id: int) -> list[str]:
    """One line for each change of the turn, oldest first."""
    rows = await database.fetch_all(_CHANGES, turn=turn_id)
    return [line for row in rows if (line := receipt(row))]
