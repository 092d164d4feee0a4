"""Describe changes of settings, desk channels and language models, for admins."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text

from services.changes.events import Event
from services.context import Context
from services.desk_settings import BY_KEY
from services.entities.card import quoted

NAMES = {"settings": "key", "channels": "slack_id", "models": "name"}
"""The tables that only admins change, each with the column by which people know a row."""


async def administration_lines(ctx: Context, events: Sequence[Event]) -> dict[int, str]:
    """Return a line for each event about a setting, desk channel or model, by the event's id."""
    about = [event for event in events if event.table_name in NAMES]
    names: dict[tuple[str, int], str] = {}
    for table in {event.table_name for event in about}:
        rows = await ctx.fetch_all(text(f"SELECT id, {NAMES[table]} AS name FROM {table}"))  # noqa: S608
        names |= {(table, row["id"]): row["name"] for row in rows}
    return {event.id: _line(event, names) for event in about}


def _line(event: Event, names: Mapping[tuple[str, int], str]) -> str:
    known = names.get((event.table_name, event.record_id), "")
    name = event.row.get(NAMES[event.table_name]) or known
    if event.table_name == "settings" and name in BY_KEY:
        return _of_setting(event, name)
    if event.table_name == "channels" and name:
        desk = (event.after or {}).get("desk")
        return f"{name} became a desk channel" if desk else f"{name} is no desk channel any more"
    if event.table_name == "models" and name:
        return _of_model(event, name)
    return ""


def _of_setting(event: Event, key: str) -> str:
    setting = BY_KEY[key]
    before, after = (
        setting.shown((row or {}).get("value", setting.preset))
        for row in (event.before, event.after)
    )
    return f"Changed “{setting.label}”: {before} → {after}"


def _of_model(event: Event, name: str) -> str:
    if event.verb == "UPDATE":
        changes = [
            f"{column.replace('_', ' ')} {(event.before or {}).get(column)} → {after}"
            for column, after in (event.after or {}).items()
        ]
        return f"Changed the language model {quoted(name)}: {', '.join(changes)}"
    verb = "Added" if event.verb == "INSERT" else "Removed"
    return f"{verb} the language model {quoted(name)}"
