"""Slack accounts with the email address of another account's person; admins are told and decide."""

from typing import Any

from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from bot.runtime import Runtime
from bot.slack.api.send_once import Body
from bot.slack.people.membership import User, facts_of
from bot.slack.render import blocks
from services.delivery.outbox import enqueue
from services.entities.account_conflict import AccountConflict
from services.entities.person import Person
from services.storage.database import Executor, Principal
from services.tools.accounts import conflict_of

CONFLICT = "account_conflict"

_ADMINS = Person.query().where(Person.role == "admin", Person.active, Person.slack_id.is_not(None))
_OPEN = select(AccountConflict.slack_id)
_END = delete(AccountConflict).where(AccountConflict.slack_id == bindparam("account"))


async def record_conflict(
    runtime: Runtime, principal: Principal, user: User, holder: Person
) -> None:
    """Record that the user's email address belongs to `holder`, and tell the admins once."""
    facts = facts_of(user)
    values = {"email": facts["email"], "name": facts.get("name", ""), "person_id": holder.id}
    other = or_(
        *(getattr(AccountConflict, each) != values[each] for each in ("email", "person_id"))
    )
    new = insert(AccountConflict).values(slack_id=user["id"], **values)
    changed = new.on_conflict_do_update(index_elements=["slack_id"], set_=values, where=other)
    async with runtime.database.transaction(principal) as transaction:
        row = await transaction.fetch_one(changed.returning(AccountConflict.slack_id))
        for admin in await Person.fetch_all(transaction, _ADMINS) if row else ():
            key = f"account:{user['id']}:{holder.id}:{admin.id}"
            payload = {"account": user["id"]}
            await enqueue(
                runtime.queue, transaction, key, CONFLICT, payload, user=str(admin.slack_id)
            )


async def open_conflicts(executor: Executor) -> set[str]:
    """Return the ids of the Slack accounts that wait for an admin's decision."""
    return {row["slack_id"] for row in await executor.fetch_all(_OPEN)}


async def end_conflict(executor: Executor, account: str) -> None:
    """Delete the conflict of a Slack account, about which nothing is left to decide."""
    await executor.execute(_END, account=account)


async def conflict_body(runtime: Runtime, payload: dict[str, Any]) -> Body | None:
    """Render the notice of a conflict for an admin; None if the conflict has ended."""
    sentence = await conflict_of(runtime.database, payload["account"])
    if not sentence:
        return None
    return {"text": blocks.notification(sentence), "blocks": blocks.sentence(sentence)}
