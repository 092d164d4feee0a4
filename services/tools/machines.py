"""Find machines."""

from operator import eq, ge, le
from typing import Annotated

from pydantic import Field
from sqlalchemy import ColumnElement, select

from services.context import Context
from services.entities.finding import matching
from services.entities.machine import Machine, MachineStatus, MachineType, StorageType
from services.entities.person import Person
from services.tools.argument_types import Gigabytes, OptionalWords
from services.tools.page import Page
from services.tools.surfaces import Slash
from services.tools.tool import tool

PAGE = 20


@tool(slash=Slash("/machine", help="your machines"))
async def my_machines(ctx: Context) -> Page:
    """The machines (laptops, desktops, servers) assigned to the person who asks."""
    return await _page(ctx, "machines of yours", Machine.person_id == ctx.actor.person_id)


@tool()
async def machines_of(ctx: Context, person: Person) -> Page:
    """The machines assigned to a person."""
    return await _page(ctx, f"machines of {person.ref.title}", Machine.person_id == person.id)


@tool(
    slash=Slash(
        "/machine",
        "search",
        "machines by name, make, model, serial number or processor",
        "words",
        takes=("words",),
    )
)
async def search_machines(
    ctx: Context,
    words: Annotated[
        OptionalWords,
        Field(description="words of the name, make, model, serial number, processor, graphics"),
    ] = "",
    type: MachineType | None = None,  # noqa: A002 - the model reads the parameter's name
    status: MachineStatus | None = None,
    min_ram_gb: Gigabytes | None = None,
    max_ram_gb: Gigabytes | None = None,
    min_storage_gb: Gigabytes | None = None,
    storage_type: StorageType | None = None,
    after: Annotated[Machine | None, Field(description="the last id of the page before")] = None,
) -> Page:
    """Search machines by name, type, status and specification; all conditions must hold.

    For exactly 32 GB of RAM set both min_ram_gb and max_ram_gb to 32.
    """
    given = [
        (Machine.type, eq, type),
        (Machine.status, eq, status),
        (Machine.ram_gb, ge, min_ram_gb),
        (Machine.ram_gb, le, max_ram_gb),
        (Machine.storage_gb, ge, min_storage_gb),
        (Machine.storage_type, eq, storage_type),
    ]
    conditions = [compare(column, value) for column, compare, value in given if value is not None]
    if words:
        conditions.append(Machine.id.in_(select(matching(Machine, words).c.id)))
    return await _page(ctx, "machines found", *conditions, after=after)


async def _page(
    ctx: Context, what: str, *conditions: ColumnElement[bool], after: Machine | None = None
) -> Page:
    total = await Machine.count(ctx, *conditions)
    query = Machine.query().where(*conditions).order_by(Machine.id).limit(PAGE + 1)
    if after:
        query = query.where(Machine.id > after.id)
    return Page.cut(what, await Machine.fetch_all(ctx, query), PAGE, total)
