"""Helpers of the tools that change records."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.context import Context, Role
from services.entities.absent import Absent
from services.entities.base import Entity
from services.entities.link import Link
from services.entities.person import Person
from services.errors import DeskError
from services.refusals import not_allowed


def only_technicians(ctx: Context, what: str) -> None:
    if ctx.actor.effective_role < Role.technician:
        raise not_allowed(ctx.actor, Role.technician, f"Only technicians may {what}.")


def only_active(*people: Person | Absent | None) -> None:
    for person in people:
        if isinstance(person, Person) and not person.active:
            raise DeskError(f"{person.key} {person.name} is no longer active: choose another one.")


def differing(record: Entity, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the values that differ from the values of the record."""
    return {name: value for name, value in values.items() if value != getattr(record, name)}


async def update_links(
    ctx: Context, link: type[Link], subject: Entity, add: Sequence[Entity], remove: Sequence[Entity]
) -> bool:
    """Link records to the subject and unlink others; return whether that changes anything."""
    if both := {each.key for each in add} & {each.key for each in remove}:
        key = min(both)
        raise DeskError(f"{key} can't be both added and removed. Choose one.")
    if not add and not remove:
        return False
    linked = set(await link.others(ctx, subject.id))
    new = {each.id for each in add} - linked
    gone = {each.id for each in remove} & linked
    if new:
        await link.join(ctx, subject.id, *new)
    for other in sorted(gone):
        await link.part(ctx, subject.id, other)
    return bool(new or gone)


def nothing_to_change(records: Sequence[Entity]) -> DeskError:
    keys = ", ".join(record.key for record in records)
    verb = "is" if len(records) == 1 else "are"
    return DeskError(f"Nothing to change: {keys} {verb} already as asked.")
