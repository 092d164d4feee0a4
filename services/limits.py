"""Limits per hour on questions, changes and actions, and the sentence for who reaches one."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import TextClause, text

from services.context import Context
from services.desk_settings import DESK_SETTINGS, LIMITS
from services.storage.database import Database, Executor

PRESETS = {
    each.key: each.default
    for each in DESK_SETTINGS
    if each.group == LIMITS and isinstance(each.default, int)
}
"""The limits per hour that apply until an admin sets others.

Actions are commands, presses of buttons, forms and views of App Home. Each replica counts those
that it handles, in memory, so several replicas together allow more.
"""

_MOST = {name: f"app.limit_of('{name}', {preset})" for name, preset in PRESETS.items()}
_LIMITS = text("SELECT " + ", ".join(f"{most} AS {name}" for name, most in _MOST.items()))
_NEWEST = (
    "(SELECT min(created_at) FROM (SELECT created_at FROM turns WHERE NOT refused{whose}"
    " AND created_at > now() - interval '1 hour'"
    " ORDER BY created_at DESC LIMIT {most}) newest HAVING count(*) >= {most})"
)
_OWN = _NEWEST.format(whose=" AND person_id = :person", most=_MOST["turns_per_person"])
_EVERYBODY = _NEWEST.format(whose="", most=_MOST["turns_per_workspace"])
_TURNS = text(f"SELECT greatest({_OWN}, {_EVERYBODY}) + interval '1 hour' AS over")
_WRITES = text(
    f"SELECT app.writes_from({_MOST['writes_per_person']}, {_MOST['writes_per_workspace']}) AS over"
)


async def limits(executor: Executor) -> dict[str, int]:
    [row] = await executor.fetch_all(_LIMITS)
    return row


async def no_turn_before(database: Database, person_id: int) -> datetime | None:
    """Return when the person may ask the next question, or None if they may now."""
    return await _over(database, _TURNS, person=person_id)


async def no_write_before(ctx: Context) -> datetime | None:
    """Return when the actor may make the next change, or None if they may now."""
    return await _over(ctx, _WRITES)


async def _over(executor: Executor, statement: TextClause, **values: int) -> datetime | None:
    [row] = await executor.fetch_all(statement, **values)
    found: datetime | None = row["over"]
    return found


def limit_reached(when: datetime, zone: ZoneInfo) -> str:
    """Return the sentence for a person who has reached a limit that ends at `when`."""
    return f"You have reached this hour's limit. Try again after {when.astimezone(zone):%H:%M}."
