"""Add, change and remove tags."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from sqlalchemy import bindparam

from services.context import Context, Role
from services.entities.base import Entity
from services.entities.tag import Tag, split_tag, tags_by_key
from services.errors import DeskError
from services.tools.argument_types import InternalNote, NoteBeside, Tags
from services.tools.changing import nothing_to_change
from services.tools.notes import write_note
from services.tools.tool import tool

_ON = Tag.query().where(Tag.on_kind == bindparam("prefix"), Tag.on_id == bindparam("number"))


@tool(needs=Role.technician, writes=True)
async def set_tags(
    ctx: Context,
    record: Annotated[Entity, Field(description="id or name of any record")],
    tags: Tags = [],  # noqa: B006
    remove: Annotated[Tags, Field(description="such as site")] = [],  # noqa: B006
    note: NoteBeside = "",
    internal_note: InternalNote = False,
) -> Entity:
    """Add tags to a record, give those that it has another value, and remove tags by their key."""
    if isinstance(record, Tag):
        raise DeskError(f"{record.key} is a tag itself: tag the record that it is on.")
    removed = await _remove(ctx, record, remove)
    if not await write_tags(ctx, record, tags) and not removed and not note:
        raise nothing_to_change([record])
    if note:
        await write_note(ctx, record, note, internal_note)
    return record


async def write_tags(ctx: Context, record: Entity, tags: Sequence[str]) -> bool:
    """Set tags written as `key=value`; return whether that changes anything."""
    known = await _tags_on(ctx, record) if tags else {}
    written = [
        await _write(ctx, record, known.get(key.casefold()), key, value)
        for key, value in tags_by_key(map(split_tag, tags)).values()
    ]
    return any(written)


async def _write(ctx: Context, record: Entity, tag: Tag | None, key: str, value: str) -> bool:
    if tag is None:
        await Tag.create(ctx, on_kind=record.prefix, on_id=record.id, key_=key, value=value)
    elif tag.value != value:
        await tag.change(ctx, value=value)
    return tag is None or tag.value != value


async def _remove(ctx: Context, record: Entity, tags: Sequence[str]) -> bool:
    known = await _tags_on(ctx, record)
    for found, (key, _) in tags_by_key(map(split_tag, tags)).items():
        if found not in known:
            raise DeskError(f"{record.key} has no tag “{key[:40]}”.", field="remove")
        await known[found].delete(ctx)
    return bool(tags)


async def _tags_on(ctx: Context, record: Entity) -> dict[str, Tag]:
    """Return the tags of a record by key, in lower case."""
    found = await Tag.fetch_all(ctx, _ON, prefix=record.prefix, number=record.id)
    return {tag.key_.casefold(): tag for tag in found}
