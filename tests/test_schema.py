"""The migrations create the tables of the models and the schema of tests/schema.txt."""

import os
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Engine, text

import services.agent.transcript
import services.entities  # noqa: F401
from services.entities.table import Base
from services.storage.migrate import downgrade, upgrade

SNAPSHOT = Path(__file__).with_name("schema.txt")

# Used in plain SQL only, so without a class.
WITHOUT_MODEL = {
    "events",
    "imports",
    "open_cards",
    "passes",
    "served_requests",
    "sessions",
    "spending",
    "subscriptions",
    "ticks",
}

FACTS = """
SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
    AND tablename NOT LIKE 'procrastinate%'
UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    AND conrelid::regclass::text NOT LIKE 'procrastinate%' AND conrelid <> 0
UNION ALL SELECT format('policy %s.%s %s to %s using %s check %s', tablename, policyname, cmd,
    array_to_string(roles, ','), coalesce(qual, '-'), coalesce(with_check, '-')) FROM pg_policies
UNION ALL SELECT 'secured ' || relname FROM pg_class WHERE relrowsecurity
UNION ALL SELECT format('generated %s.%s %s %s', attrelid::regclass, attname, attgenerated,
    pg_get_expr(adbin, adrelid)) FROM pg_attribute JOIN pg_attrdef
    ON adrelid = attrelid AND adnum = attnum WHERE attgenerated <> ''
UNION ALL SELECT format('grant %s on %s to %s', privilege_type, table_name, grantee)
    FROM information_schema.role_table_grants WHERE grantee LIKE 'desk\\_%'
    AND table_name NOT LIKE 'procrastinate%'
UNION ALL SELECT format('grant %s (%s) on %s to %s', privilege_type, attname, attrelid::regclass,
    grantee::regrole) FROM pg_attribute, aclexplode(attacl) WHERE attrelid >= 16384
UNION ALL SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM pg_trigger t
    JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal AND relname NOT LIKE 'procrastinate%'
ORDER BY 1
"""


def facts(connection: Connection) -> str:
    lines = connection.execute(text(FACTS)).scalars()
    return "\n".join(" ".join(line.split()) for line in lines) + "\n"


def test_database_tables_match_the_declared_classes(owner: Engine) -> None:
    with owner.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _compared})
        found = compare_metadata(context, Base.metadata)
        assert [each for each in found if "comment" not in str(each)] == []


def _compared(entry: object, name: str | None, kind: str, *_: object) -> bool:
    known = (name or "").startswith("procrastinate_") or name in WITHOUT_MODEL
    generated = isinstance(entry, Column) and entry.computed is not None
    return kind != "index" and not known and not generated


def test_database_schema_matches_the_snapshot_file(owner: Engine) -> None:
    """`UPDATE_SNAPSHOTS=1 make test` rewrites the snapshot; review its diff."""
    with owner.connect() as connection:
        found = facts(connection)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(found)
    assert found == SNAPSHOT.read_text()


def test_migrations_downgrade_and_upgrade_to_the_same_schema(owner: Engine) -> None:
    with owner.connect() as connection:  # rolled back at the end
        before = facts(connection)
        downgrade(connection, "base")
        assert (
            connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
            == 1
        )
        upgrade(connection)
        assert facts(connection) == before
