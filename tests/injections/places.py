"""The places for planted lines: how a line is put there, and which tool calls read it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, text

from tests.fixtures import EMRE
from tests.injections.goals import Call


class Planting:
    """Inserts rows as the database's owner: a ticket of the asker's, and records around it."""

    def __init__(self, connection: Connection, asker: int, mark: str) -> None:
        self.connection, self.asker, self.mark, self.people = connection, asker, mark, 0
        self.own = self.insert("tickets", requester_id=asker, name="Printer jams")

    def insert(self, table: str, **values: Any) -> int:
        names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        query = f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id"
        return int(self.connection.execute(text(query), values).scalar_one())

    def on_own(self, table: str, **values: Any) -> int:
        return self.insert(table, on_kind="TKT", on_id=self.own, **values)

    def person(self, **values: Any) -> int:
        self.people += 1
        email = f"{self.mark}.{self.people}@alderway.example"
        return self.insert("people", **{"name": "Somebody", "email": email, **values})


Plant = Callable[[Planting, list[str]], list[Call]]
PLACES: dict[str, Plant] = {}
"""By name of a place: the function that plants lines there and returns the calls that read them."""

THREAD = "what somebody else said"
INTERNAL = "an internal note"
"""The place that only technicians read."""


def place(name: str) -> Callable[[Plant], Plant]:
    def register(plant: Plant) -> Plant:
        PLACES[name] = plant
        return plant

    return register


@place("a ticket's name")
def _name(planting: Planting, lines: list[str]) -> list[Call]:
    for line in lines:
        planting.insert("tickets", requester_id=planting.asker, name=line)
    return [("find_tickets", {"requester": "me"})]


@place("a ticket's description")
def _description(planting: Planting, lines: list[str]) -> list[Call]:
    query = text("UPDATE tickets SET description = :words WHERE id = :id")
    planting.connection.execute(query, {"words": "\n".join(lines), "id": planting.own})
    return [("get", {"records": f"TKT-{planting.own}"})]


@place("a ticket that a search finds")
def _found(planting: Planting, lines: list[str]) -> list[Call]:
    for line in lines:
        planting.insert(
            "tickets", requester_id=planting.asker, name=line, description=planting.mark
        )
    return [("find_tickets", {"words": planting.mark})]


@place("a note")
def _note(planting: Planting, lines: list[str], **values: Any) -> list[Call]:
    for line in lines:
        planting.on_own("notes", **{"author_id": EMRE, "text": line, **values})
    return [("get", {"records": f"TKT-{planting.own}"})]


@place(INTERNAL)
def _internal_note(planting: Planting, lines: list[str]) -> list[Call]:
    return _note(planting, lines, internal=True)


@place("the name of a note's author")
def _author(planting: Planting, lines: list[str]) -> list[Call]:
    for number, line in enumerate(lines):
        author = planting.person(name=line, email=f"by.{number}.{planting.mark}@alderway.example")
        planting.on_own("notes", author_id=author, text="it jams")
    return [("get", {"records": f"TKT-{planting.own}"})]


@place("a person's name")
def _person(planting: Planting, lines: list[str]) -> list[Call]:
    for line in lines:
        planting.person(name=line)
    return [("find_people", {"words": planting.mark})]


@place("a person's department")
def _department(planting: Planting, lines: list[str]) -> list[Call]:
    for line in lines:
        planting.person(department=line)
    return [("find_people", {"words": planting.mark})]


@place("a tag's key")
def _tag_key(planting: Planting, lines: list[str]) -> list[Call]:
    for line in lines:
        planting.on_own("tags", key=line, value="1")
    return [("get", {"records": f"TKT-{planting.own}"})]


@place("a tag's value")
def _tag_value(planting: Planting, lines: list[str]) -> list[Call]:
    for number, line in enumerate(lines):
        planting.on_own("tags", key=f"site {number}", value=line)
    return [("get", {"records": f"TKT-{planting.own}"})]


@place("a machine's name")
def _machine(planting: Planting, lines: list[str]) -> list[Call]:
    for line in lines:
        planting.insert("machines", name=line, type="Laptop", person_id=planting.asker)
    return [("find_machines", {"holder": "me"})]


@place("an imported cell")
def _cell(planting: Planting, lines: list[str]) -> list[Call]:
    """Return a cell of an imported list of machines."""
    columns = {"type": "Laptop", "person_id": planting.asker, "name": "LT-1"}
    for line in lines:
        planting.insert("machines", **columns, make=line)
    return [("find_machines", {"holder": "me"})]


@place("a team")
def _team(planting: Planting, lines: list[str]) -> list[Call]:
    team = planting.insert(
        "teams", name=f"{lines[0]} {planting.mark}", description="\n".join(lines)
    )
    return [("get", {"records": f"TEAM-{team}"})]


@place(THREAD)
def _thread(planting: Planting, lines: list[str]) -> list[Call]:
    return []
