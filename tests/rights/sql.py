"""Run plain SQL as the application's login role."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from tests.rights.world import ELSEWHERE, VIEWERS, Viewer, World

PEOPLE = ("desk_requester", "desk_technician", "desk_admin")
SERVICES = ("desk_worker", "desk_clock")
ROLES = (*PEOPLE, *SERVICES, "desk_import")
EVERYBODY = (*VIEWERS, ELSEWHERE)


Sql = Callable[..., Any]


@contextmanager
def acting(login: Engine, role: str, person: int | None = None, turn: str = "") -> Iterator[Sql]:
    """Yield a function that runs statements as the role and person; everything is rolled back."""
    with login.connect() as connection, connection.begin() as transaction:
        connection.execute(
            text(
                "SELECT set_config('role', :role, true), set_config('app.person', :person, true),"
                " set_config('app.turn', :turn, true)"
            ),
            {"role": role, "person": str(person or ""), "turn": turn},
        )
        connection.execute(text("SAVEPOINT before"))

        def run(statement: str, **values: Any) -> Any:
            return connection.execute(text(statement), values)

        yield run
        transaction.rollback()


@contextmanager
def as_viewer(login: Engine, viewer: Viewer) -> Iterator[Sql]:
    with acting(login, viewer.actor.principal.role, viewer.person) as run:
        yield run


def outcome(login: Engine, viewer: Viewer, statement: str, **values: Any) -> int | str:
    """Return how many rows the statement affected, or `refused`."""
    with as_viewer(login, viewer) as run:
        return attempt(run, statement, **values)


def attempt(run: Sql, statement: str, **values: Any) -> int | str:
    """Do as `outcome` in an open transaction, and roll back to the savepoint at its start."""
    try:
        return int(run(statement, **values).rowcount)
    except DBAPIError as error:
        if isinstance(error.orig, InsufficientPrivilege):
            return "refused"
        raise
    finally:
        run("ROLLBACK TO SAVEPOINT before")


def ticket(world: World, viewer: Viewer, relation: str, kind: str = "ticket") -> int:
    found = (k for k in world.made if world.relation(viewer, k) == (kind, relation))
    return int(next(found).split("-")[1])
