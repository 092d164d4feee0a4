"""The cost of row-level security: the same queries as a person and as the owner."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from services.storage.accounts import login_url, owner_url
from services.storage.migrate import migrate
from services.storage.postgres import embedded

ROUNDS = 101
MOST = 1.3
"""The highest allowed ratio of the time as a person to the time as the owner."""

PEOPLE = 50_000
WORDS = (
    "ARRAY['vpn', 'printer', 'laptop', 'screen', 'dock', 'mail', 'password', 'update',"
    " 'network', 'phone', 'licence', 'disk']"
)

FILL = f"""
INSERT INTO people (id, name, email, role) SELECT i, 'Person ' || i, i || '@bench.example',
    CASE WHEN i <= 500 THEN 'technician' ELSE 'requester' END FROM generate_series(1, {PEOPLE}) i;
INSERT INTO teams (id, name) SELECT i, 'Team ' || i FROM generate_series(1, 20) i;
INSERT INTO team_members SELECT 1 + i % 20, i FROM generate_series(1, 500) i;
INSERT INTO machines (name, type, person_id) SELECT 'PC ' || i, 'Laptop', i
    FROM generate_series(1, 20000) i;
INSERT INTO tickets (id, requester_id, name, description, status, assignee_id, team_id, private,
                     created_at, updated_at)
SELECT i, 1 + (i * 7919::bigint) % {PEOPLE},
    w.a[1 + i % 12] || ' ' || w.a[1 + (i / 12) % 12] || ' ' || i,
    repeat(w.a[1 + (i / 5) % 12] || ' does not ' || w.a[1 + (i / 7) % 12] || ' ', 6)
        || 'w' || i % 5000,
    CASE WHEN i % 10 < 8 THEN 'Closed' ELSE 'Open' END, 1 + i % 500, 1 + i % 20, i % 100 = 0,
    now() - i * interval '1 minute', now() - i * interval '1 minute'
FROM generate_series(1, :tickets) i, (SELECT {WORDS} AS a) w;
INSERT INTO notes (on_kind, on_id, author_id, text, internal)
SELECT 'TKT', 1 + i % :tickets, 1 + i % 500,
    'Looked at the ' || w.a[1 + i % 12] || ' n' || i % 9000, i % 3 = 0
FROM generate_series(1, 3 * :tickets) i, (SELECT {WORDS} AS a) w;
INSERT INTO ticket_watchers SELECT i * 9, i FROM generate_series(1, 10000) i;
"""

_FOUND = (
    "SELECT t.id FROM (SELECT id, ts_rank(search, q) AS rank FROM (SELECT id, search FROM tickets,"
    " websearch_to_tsquery('desk', 'vpn w77') q WHERE {seen} search @@ websearch_to_tsquery('desk',"
    " 'vpn w77') ORDER BY id DESC LIMIT 2000) n, websearch_to_tsquery('desk', 'vpn w77') q) f"
    " JOIN tickets t USING (id) ORDER BY rank DESC LIMIT 20"
)
MINE = (
    "(requester_id = {me} OR id = ANY (ARRAY("
    "SELECT ticket_id FROM ticket_watchers WHERE person_id = {me}))) AND"
)
PAGE = "ORDER BY updated_at DESC, id DESC LIMIT 20"

# name, role, query as the person, the same as the owner (who adds what the policy adds)
QUERIES = (
    ("ticket by id", "technician", "SELECT * FROM tickets WHERE id = 4711", None),
    ("my open tickets", "technician",
     f"SELECT * FROM tickets WHERE assignee_id = {{me}} AND status <> 'Closed' {PAGE}", None),
    ("count of mine", "technician",
     "SELECT count(*) FROM tickets WHERE assignee_id = {me} AND status <> 'Closed'", None),
    ("open tickets, a page", "technician", f"SELECT * FROM tickets WHERE status = 'Open' {PAGE}",
     None),
    ("two words", "technician",
     "SELECT t.id FROM app.found('TKT', 'vpn w77') f JOIN tickets t USING (id)"
     " ORDER BY rank DESC LIMIT 20", _FOUND.format(seen="")),
    ("my requests", "requester", f"SELECT * FROM tickets WHERE true {PAGE}",
     f"SELECT * FROM tickets WHERE {MINE} true {PAGE}"),
    ("two words", "requester",
     "SELECT id FROM tickets WHERE search @@ websearch_to_tsquery('desk', 'vpn dock')",
     f"SELECT id FROM tickets WHERE {MINE} search @@ websearch_to_tsquery('desk', 'vpn dock')"),
    ("words in notes", "requester",
     "SELECT id FROM notes WHERE on_kind = 'TKT'"
     " AND search @@ websearch_to_tsquery('desk', 'dock')",
     f"SELECT id FROM notes WHERE on_kind = 'TKT' AND NOT internal AND on_id = ANY (ARRAY(SELECT id"
     f" FROM tickets WHERE {MINE} true)) AND search @@ websearch_to_tsquery('desk', 'dock')"),
    ("notes of a ticket", "technician",
     "SELECT * FROM notes WHERE on_kind = 'TKT' AND on_id = 4711 ORDER BY created_at, id", None),
)  # fmt: skip
ME = {"technician": 123, "requester": 4242}


def run(tickets: int = 100_000) -> bool:
    """Return whether no query exceeds the ratio. A million tickets take minutes to insert."""
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder), durable=False) as url:
        migrate(url)
        print(f"Filling {tickets:,} tickets and {3 * tickets:,} notes …", flush=True)
        owner = create_engine(owner_url(url), isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            connection.execute(text("SET session_replication_role = replica"))
            for statement in FILL.split(";\n"):
                if statement.strip():
                    connection.execute(
                        text(statement), {"tickets": tickets} if ":tickets" in statement else {}
                    )
            connection.execute(text("VACUUM ANALYZE"))
        app = create_engine(login_url(url))
        worst = max(measure(owner.connect(), app.connect()))
        owner.dispose()
        app.dispose()
    return worst <= MOST


def measure(owner: Connection, app: Connection) -> Iterator[float]:
    print(f"{'':24}{'role':12}{'owner ms':>10}{'person ms':>11}{'ratio':>8}   whole tables read")
    for name, role, as_person, as_owner in QUERIES:
        person_query = as_person.format(me=ME[role])
        owner_query = (as_owner or as_person).format(me=ME[role])
        with acting(app, role):
            scans = scanned(app, person_query)
        bare, secured = interleaved(owner, app, role, owner_query, person_query)
        ratio = secured / bare
        print(f"{name:24}{role:12}{bare:10.2f}{secured:11.2f}{ratio:8.2f}   {scans or '-'}")
        yield ratio


@contextmanager
def acting(connection: Connection, role: str) -> Iterator[None]:
    with connection.begin():
        connection.execute(
            text("SELECT set_config('role', :role, true), set_config('app.person', :me, true)"),
            {"role": f"desk_{role}", "me": str(ME[role])},
        )
        yield


def interleaved(
    owner: Connection, app: Connection, role: str, bare: str, secured: str
) -> tuple[float, float]:
    """Return both queries' medians in ms, measured alternately, without setting the role."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        times[0].append(timed(owner, bare))
        with acting(app, role):
            times[1].append(timed(app, secured))
    return statistics.median(times[0]), statistics.median(times[1])


def timed(connection: Connection, query: str) -> float:
    start = time.perf_counter()
    connection.execute(text(query)).all()
    return (time.perf_counter() - start) * 1000


def scanned(connection: Connection, query: str) -> str:
    plan = "\n".join(connection.execute(text(f"EXPLAIN {query}")).scalars())
    return ", ".join(line.strip() for line in plan.splitlines() if "Seq Scan on" in line)
