"""The tools by which admins decide to which person a Slack account belongs."""

from typing import Annotated

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import aliased

from services.context import Context
from services.entities.account_conflict import AccountConflict
from services.entities.card import quoted
from services.entities.person import Person
from services.errors import DeskError
from services.storage.database import Executor
from services.tools.argument_types import SlackId
from services.tools.itsm import itsm_for_admins
from services.tools.parameters import Label

SHOWN = 8
"""The maximum number of accounts in one answer. The others are shown once these are decided."""

_HOLDER, _PRESENT = aliased(Person.__table__), aliased(Person.__table__)
_CONFLICTS = (
    select(
        AccountConflict.__table__,
        _HOLDER.c.name.label("holder_name"),
        _PRESENT.c.id.label("present_id"),
        _PRESENT.c.name.label("present_name"),
    )
    .join(_HOLDER, _HOLDER.c.id == AccountConflict.person_id)
    .outerjoin(_PRESENT, _PRESENT.c.slack_id == AccountConflict.slack_id)
    .order_by(AccountConflict.since, AccountConflict.slack_id)
)
_CONFLICT = _CONFLICTS.where(AccountConflict.slack_id == bindparam("account"))
_RELINK = text("SELECT app.relink(:person, :account) AS done")

IS_OF = (
    "The Slack account {slack_id}, {name}, has the address {email} of {holder_name}"
    " (USR-{person_id}). If it is this person's: `/itsm relink USR-{person_id} {slack_id}`."
)
REMAINS = (
    " If it still belongs to {present_name} (USR-{present_id}), this gives them the address:"
    " `/itsm relink USR-{present_id} {slack_id}`."
)


async def conflict_of(executor: Executor, account: str) -> str:
    """Return the sentence on what an admin has to decide about the account; may be empty."""
    row = await executor.fetch_one(_CONFLICT, account=account)
    return _sentence(row) if row else ""


def _sentence(row: dict[str, object]) -> str:
    names = ("name", "holder_name", "present_name")
    values = row | {each: quoted(str(row[each])) for each in names}
    return (IS_OF + (REMAINS if row["present_id"] else "")).format(**values)


@itsm_for_admins("relink", "show Slack accounts that need a decision")
async def show_account_conflicts(ctx: Context) -> str:
    """Show the Slack accounts whose address belongs to somebody else here."""
    rows = await ctx.fetch_all(_CONFLICTS)
    if not rows:
        return "Every Slack account is matched to its person: there is nothing to decide."
    more = [f"And {len(rows) - SHOWN} more."] if len(rows) > SHOWN else []
    return "\n".join([*(f"• {_sentence(row)}" for row in rows[:SHOWN]), *more])


@itsm_for_admins(
    "relink",
    "decide whose Slack account one is",
    "USR-5 U012ABCDEF",
    takes=("person", "account"),
    writes=True,
)
async def relink(
    ctx: Context, person: Person, account: Annotated[SlackId, Label("Slack account")]
) -> Person:
    """Give a person the Slack account that waits for a decision, and its email address."""
    [row] = await ctx.fetch_all(_RELINK, person=person.id, account=account)
    if row["done"]:
        return await Person.get(ctx, person.id)
    open_question = await conflict_of(ctx, account)
    raise DeskError(
        open_question
        or f"There is nothing to decide about {account}: `/itsm relink` shows the accounts."
    )
