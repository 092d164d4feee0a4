"""Rank only the newest 1,000 matches of a search: twice as many took twice as long."""

from importlib import import_module

from alembic import op

revision = "0043"
down_revision = "0041"

BEFORE = import_module("migrations.versions.0038_newest")
NEWEST = BEFORE.NEWEST.replace("few CONSTANT int := 5000;", "few CONSTANT int := 2500;")
NEWEST = NEWEST.replace("in a hundredth of a second", "in a two-hundredth of a second")
FOUND = BEFORE.FOUND.replace("2000", "1000")


def upgrade() -> None:
    _replace(NEWEST, FOUND)


def downgrade() -> None:
    _replace(BEFORE.NEWEST, BEFORE.FOUND)


def _replace(*functions: str) -> None:
    for function in functions:
        op.execute(function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))
