"""Builds the records of the rights tests: for each viewer, some in every relation to them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, create_engine, text

from services.entities.base import find_ids
from services.entities.registry import ENTITY_TYPES
from services.storage.accounts import owner_url
from tests.fixtures import DANIEL, EMRE, HELENA, MARCUS, PRIYA
from tests.rights.world import BETWEEN, TOMASZ, TURN, WORDS, World


def make_world(url: str) -> World:
    """Insert the records as the owner, then read all rows."""
    engine = create_engine(owner_url(url))
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            text("UPDATE people SET slack_id = 'U' || lpad(id::text, 8, '0') WHERE active")
        )
        Builder(connection).run()
    with engine.begin() as connection:
        world = _read(connection, url)
    engine.dispose()
    return world


def _read(connection: Connection, url: str) -> World:
    world = World(url)
    for prefix, kind in ENTITY_TYPES.items():
        for row in connection.execute(text(f"SELECT * FROM {kind.__tablename__}")).mappings():
            world.rows[f"{prefix}-{row['id']}"] = dict(row)
    pairs = {
        "members": "SELECT team_id, person_id FROM team_members",
        "watchers": "SELECT ticket_id, person_id FROM ticket_watchers",
        "links": "SELECT ticket_id, machine_id FROM ticket_machines",
    }
    for name, query in pairs.items():
        setattr(world, name, {(row[0], row[1]) for row in connection.execute(text(query))})
    for table in BETWEEN:
        pairs_of = connection.execute(text(f"SELECT * FROM {table}"))
        world.between[table] = {(row[0], row[1]) for row in pairs_of}
    made = connection.scalar(text("SELECT string_agg(value, ' ') FROM tags WHERE key = 'made'"))
    connection.execute(text("SET LOCAL session_replication_role = replica"))  # without history
    connection.execute(text("DELETE FROM tags WHERE key = 'made'"))
    world.rows = {key: row for key, row in world.rows.items() if row.get("key") != "made"}
    world.made = find_ids(made or "")
    return world


_WAITING = (
    "INSERT INTO models (name, base_url, key_name, context, routing, position)"
    " VALUES ('stock/model', 'https://models.example/v1', 'LLM_KEY_OF_NOBODY', 8000, 'other', 1)",
    f"INSERT INTO threads (id, key, channel, thread_ts) VALUES ({TURN}, 'T1:D1:1', 'D1', '1')",
    f"INSERT INTO turns (id, thread_id, person_id, audience, answer)"
    f" VALUES ({TURN}, {TURN}, {EMRE}, 'private', 'The answer.')",
    "INSERT INTO steps (turn_id, message)"
    f""" VALUES ({TURN}, '{{"role": "user", "content": "{WORDS}"}}')""",
    "INSERT INTO consents (id, turn_id, call_id, person_id, tool, changes, versions)"
    f" VALUES ({TURN}, {TURN}, 'call', {EMRE}, 'update_tickets', '[]', '{{}}')",
)


class Builder:
    """Inserts the records and remembers their ids."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.keys: list[str] = []
        self.count = 0
        self.hidden: list[int] = []

    def insert(self, prefix: str, **values: Any) -> int:
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        number = self.connection.scalar(
            text(
                f"INSERT INTO {ENTITY_TYPES[prefix].__tablename__} ({names}) VALUES ({places})"
                " RETURNING id"
            ),
            values,
        )
        assert number is not None
        self.keys.append(f"{prefix}-{number}")
        return int(number)

    def link(self, table: str, first: int, second: int) -> None:
        self.connection.execute(
            text(f"INSERT INTO {table} VALUES (:first, :second)"),
            {"first": first, "second": second},
        )

    def run(self) -> None:
        for person in (PRIYA, DANIEL, MARCUS):
            for insert in AROUND:
                insert(self, person)
        left = self.insert(
            "USR", name="Nobody Anymore", email="gone@alderway.example", active=False
        )
        for on, number in (("USR", EMRE), ("USR", left), ("TEAM", 4)):
            self.attach(on, number)
        self.connection.execute(
            text(
                "INSERT INTO events"
                " (actor_id, surface, turn_id, verb, table_name, record_id, subject_type,"
                f" subject_id, after) VALUES ({EMRE}, 'slack', {TURN}, 'INSERT', 'tickets',"
                f" {self.hidden[0]}, 'TKT', {self.hidden[0]}, '{{}}')"
            )
        )
        for statement in _WAITING:
            self.connection.execute(text(statement))
        self.keys += [f"USR-{each}" for each in (PRIYA, DANIEL, MARCUS, EMRE)] + ["TEAM-4"]
        self.insert("TAG", on_kind="TEAM", on_id=1, key="made", value=" ".join(self.keys))

    def around(self, person: int) -> None:
        """Insert a ticket in each relation to this person, machines, and notes and tags on them."""
        team = self.insert("TEAM", name=f"Squad {person}", description="made for the matrix")
        self.link("team_members", team, person)
        mine = self.machine(person)
        linked = self.machine(EMRE)
        self.machine(EMRE)
        self.hidden = []
        for private in (False, True):
            self.hidden.append(self.ticket(person, private=private))
            self.ticket(person, private=private, team_id=team)
            self.ticket(person, private=private, assignee_id=person)
            self.link("ticket_watchers", self.ticket(person, private=private), person)
            own = self.ticket(person, private=private, requester_id=person)
            for machine in (mine, linked):
                self.link("ticket_machines", own, machine)
            for number in (own, self.hidden[-1]):
                self.note(person, "TKT", number)
            for table in BETWEEN:  # once above it, once below it
                pair = (self.hidden[-1], own) if private else (own, self.hidden[-1])
                self.link(table, *pair)
        for number in self.hidden:
            self.link("ticket_machines", number, mine)
        self.attach("USR", person)
        self.attach("TEAM", team)

    def ticket(self, person: int, **values: Any) -> int:
        self.count += 1
        name = f"Zephyr{person} leaks {self.count:04d}"
        number = self.insert("TKT", **{"requester_id": EMRE, "name": name, **values})
        self.attach("TKT", number)
        self.link("ticket_watchers", number, HELENA)
        return number

    def machine(self, owner: int) -> int:
        self.count += 1
        number = self.insert("MAC", name=f"ZQ-BOX-{self.count:04d}", type="Laptop", person_id=owner)
        self.attach("MAC", number)
        return number

    def note(self, author: int, on_kind: str, on_id: int, *, internal: bool = False) -> int:
        self.count += 1
        values = {"on_kind": on_kind, "on_id": on_id, "author_id": author, "internal": internal}
        return self.insert("NOTE", text=f"Zephyrnote {self.count:04d} says so", **values)

    def attach(self, on_kind: str, on_id: int) -> None:
        """Add notes and tags; their values are too long to stand in a random link by chance."""
        for internal in (False, True):
            note = self.note(TOMASZ, on_kind, on_id, internal=internal)
            value = f"q{note:08d}"
            if internal or on_kind != "TKT":
                self.insert("TAG", on_kind="NOTE", on_id=note, key="zq-note-tag", value=f"{value}y")
        self.insert("TAG", on_kind=on_kind, on_id=on_id, key=f"zq-{on_kind}-tag", value=f"{value}x")


AROUND: list[Callable[[Builder, int], None]] = [Builder.around]
"""The functions that insert records in every relation to a person."""
