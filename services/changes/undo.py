"""Undo the changes of a turn, the newest first."""

from collections.abc import Sequence
from typing import Any

from psycopg.errors import InsufficientPrivilege, IntegrityError

from services.changes.events import Event
from services.changes.receipts import Wording
from services.context import Context, Role
from services.entities import sql
from services.entities.base import Entity
from services.entities.link import Link
from services.errors import DeskError
from services.refusals import not_allowed

NOT_YOURS = "Not undone: you may not change this here: “{change}”."
IMPOSSIBLE = "Not undone: “{change}” is not a change that I can take back."
GONE = "Not undone: what “{change}” changed no longer exists."


def can_undo(events: Sequence[Event], role: Role) -> bool:
    """Return whether the role may undo all the changes."""
    return bool(events) and all(_can_undo(event, role) for event in events)


def _can_undo(event: Event, role: Role) -> bool:
    if event.link:
        return role >= event.link.editable
    if event.entity_type is None:
        return False
    if event.verb == "UPDATE":
        return all(facts.editable_by(role) for _, facts in event.columns)
    removable, restorable = event.entity_type.removable, event.entity_type.restorable
    return (event.verb == "INSERT" or restorable) and removable is not None and role >= removable


async def undo_changes(ctx: Context, events: Sequence[Event]) -> None:
    """Undo the changes with the actor's present rights; raise `DeskError` where one can't be."""
    for event in reversed(events):
        try:
            done = await _reverse(ctx, event)
        except InsufficientPrivilege:
            raise not_allowed(
                ctx.actor, Role.technician, _sentence(ctx, NOT_YOURS, event)
            ) from None
        except IntegrityError:  # something else has taken its place, or what it refers to is gone
            raise DeskError(_sentence(ctx, IMPOSSIBLE, event)) from None
        if not done:
            raise DeskError(_sentence(ctx, GONE, event))


async def _reverse(ctx: Context, event: Event) -> bool:
    """Undo one change; return False if there is nothing left to undo."""
    if not _can_undo(event, Role.admin):
        raise DeskError(_sentence(ctx, IMPOSSIBLE, event))
    if event.link:
        return await _reverse_link(ctx, event, event.link)
    kind = event.entity_type
    if kind is None:
        return False
    if event.verb == "INSERT":
        return bool(await ctx.fetch_all(sql.delete(kind), id=event.record_id))
    values = _values_before(kind, event)
    if event.verb == "DELETE":
        return bool(await kind.create(ctx, **values))
    found = await kind.fetch_by_ids(ctx, [event.record_id])
    for record in found if values else ():
        await record.change(ctx, **values)
    return bool(found)


def _values_before(kind: type[Entity], event: Event) -> dict[str, Any]:
    """Return the values to restore, by attribute; for a deleted record all of its values."""
    before, facts = event.before or {}, kind.facts()
    return {
        name: before[column.name]
        for name, column in sql.columns_of(kind).items()
        if column.name in before
        and (event.verb == "DELETE" or not facts[name].derived or facts[name].editable is not None)
    }


async def _reverse_link(ctx: Context, event: Event, link: type[Link]) -> bool:
    ends = [event.row[name] for name in link.ends()]
    if event.verb == "INSERT":
        return await link.part(ctx, *ends)
    await link.join(ctx, *ends)
    return True


def _sentence(ctx: Context, sentence: str, event: Event) -> str:
    return sentence.format(change=Wording(hidden=ctx.hidden).receipt(event))
