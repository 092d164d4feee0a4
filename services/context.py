"""The context of an action: actor, audience and transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import Executable

from services.storage.database import Database, Executor, Principal, Transaction
from services.storage.statements import Row


class Role(IntEnum):
    """A person's role; each includes the rights of those before it."""

    requester = 1
    technician = 2
    admin = 3


class Audience(StrEnum):
    """Who can read the conversation. Outside `private` and `desk`, everyone acts as a requester."""

    private = "private"
    desk = "desk"
    channel = "channel"
    shared = "shared"


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts, the surface they use, and who can read there."""

    person_id: int
    role: Role
    audience: Audience = Audience.private
    surface: str = "slack"
    turn_id: int | None = None

    @property
    def effective_role(self) -> Role:
        """The role that applies: outside `private` and `desk`, everyone is a requester."""
        if self.audience in (Audience.private, Audience.desk):
            return self.role
        return Role.requester

    @property
    def principal(self) -> Principal:
        return Principal(
            f"desk_{self.effective_role.name}", self.person_id, self.turn_id, self.surface
        )


@dataclass(frozen=True, slots=True)
class Context(Executor):
    """The actor and an open transaction: what tools and cards work with.

    `hidden` are the columns that admins hide from language models, if the reader is one.
    `for_model`: whether a language model reads the results.
    """

    actor: Actor
    transaction: Transaction
    hidden: frozenset[str] = frozenset()
    for_model: bool = False

    async def fetch_all(self, statement: Executable, **values: Any) -> list[Row]:
        return await self.transaction.fetch_all(statement, **values)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)


@asynccontextmanager
async def acting(database: Database, actor: Actor) -> AsyncIterator[Context]:
    """Open a transaction as `actor`; it is committed at the end of the block."""
    async with database.transaction(actor.principal) as transaction:
        yield Context(actor, transaction)
