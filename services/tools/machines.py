"""Add machines, hand them out, take them back, and change what is known of them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from services.context import Context, Role
from services.entities.absent import Absent
from services.entities.machine import GONE, HANDED_OUT, Machine
from services.entities.person import Person
from services.errors import DeskError
from services.tools.argument_types import MOST_AT_ONCE, InternalNote, NoteBeside
from services.tools.changing import differing, nothing_to_change, only_active
from services.tools.columns import values_of, with_columns
from services.tools.notes import write_note
from services.tools.surfaces import CardButton, Slash
from services.tools.tool import tool


@tool(
    needs=Role.technician,
    writes=True,
    title="New machine",
    slash=Slash("/machine", "new", "add a machine", form=True),
)
@with_columns(Machine, new=True)
async def create_machine(ctx: Context, **columns: Any) -> Machine:
    """Add a machine to the stock, or to its holder."""
    only_active(columns.get("holder"))
    values = values_of(Machine, columns)
    if values.get("person_id"):
        values = {"status": "Assigned", "handed_out_at": ctx.now, **values}
    _check(values.get("person_id"), values.get("status", ""), values, "A machine")
    return await Machine.create(ctx, **values)


async def _touches_others(
    ctx: Context, machines: Sequence[Machine], holder: Person | Absent | None = None, **_: Any
) -> bool:
    """Return whether a machine has another holder than the actor, before or after the change."""
    holders = {machine.person_id for machine in machines} - {None}
    holders |= {holder.id} if isinstance(holder, Person) else set()
    return bool(holders - {ctx.actor.person_id})


async def _in_stock(ctx: Context, machine: Machine) -> bool:
    return machine.person_id is None and machine.status == "Available"


async def _with_somebody(ctx: Context, machine: Machine) -> bool:
    return machine.person_id is not None and machine.status not in GONE


@tool(
    needs=Role.technician,
    writes=True,
    consent=_touches_others,
    title="Change machines",
    buttons=(
        CardButton(
            "Hand out",
            (Machine,),
            "machines",
            _in_stock,
            asks=("holder",),
            offers=("expected_back",),
        ),
        CardButton("Take back", (Machine,), "machines", _with_somebody, {"holder": "nobody"}),
        CardButton("Edit", (Machine,), "machines", edits=True),
    ),
)
@with_columns(Machine)
async def update_machines(
    ctx: Context,
    machines: Annotated[list[Machine], Field(min_length=1, max_length=MOST_AT_ONCE)],
    note: NoteBeside = "",
    internal_note: InternalNote = False,
    **columns: Any,
) -> tuple[Machine, ...]:
    """Change one or several machines in the same way, all or none: hand out, take back, or edit.

    To hand out, set the holder: Available becomes Assigned. To take back, set the holder to
    “nobody”: it becomes Available. A status that is given as well takes precedence.
    """
    wanted = values_of(Machine, columns)
    only_active(columns.get("holder"))
    changed = []
    for machine in machines:
        values = _new_values(machine, wanted)
        if values or note:
            changed.append(await machine.change(ctx, **values) if values else machine)
        if note:
            await write_note(ctx, machine, note, internal_note)
    if not changed:
        raise nothing_to_change(machines)
    return tuple(changed)


def _new_values(machine: Machine, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the machine's new values, with the status that follows from its new holder."""
    values = dict(wanted)
    holder = values.get("person_id", machine.person_id)
    if holder != machine.person_id:
        values = {"expected_back": None, "status": _following(machine.status, holder), **values}
    else:
        values.pop("person_id", None)
    _check(holder, values.get("status", machine.status), values, machine.key)
    return differing(machine, values)


def _following(status: str, holder: int | None) -> str:
    """Return the status of a machine that gets this holder."""
    if holder is None:
        return "Available" if status in HANDED_OUT else status
    return "Assigned" if status == "Available" else status


def _check(holder: int | None, status: str, values: Mapping[str, Any], key: str) -> None:
    """Refuse to hand out a retired or lost machine, or to set a return date without a holder."""
    if holder and values.get("person_id") and status in GONE:
        raise DeskError(
            f"{key} is {status.lower()}, so it can't be handed out. Set it to Available first.",
            advice="Or give its new status in the same call.",
        )
    if holder is None and values.get("expected_back"):
        raise DeskError(f"{key} is with nobody. Choose who gets it.", field="holder")
