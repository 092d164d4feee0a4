"""Run SQLAlchemy's statements with psycopg, on connections of its pool."""

import select
from functools import lru_cache
from typing import Any, Self

from psycopg import AsyncConnection, BaseConnection, Error, OperationalError
from psycopg.adapt import Dumper, PyFormat
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg.types.numeric import IntDumper
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import JSON, Executable
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.util import LRUCache

Row = dict[str, Any]

_MOST = 500
"""The maximum number of compiled statements in the cache."""
_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_COMPILED = LRUCache[Any, Any](_MOST)


class _Wide(IntDumper):
    """Sends small numbers as four bytes, not two: each type would be another statement to plan."""

    def upgrade(self, obj: int, format: PyFormat) -> Dumper:  # noqa: A002 - psycopg's name
        return super().upgrade(max(abs(obj), 2**16), format)


class _Autocommitting(AsyncConnection[Any]):
    """A connection in autocommit mode: no round trips for BEGIN and COMMIT."""

    @classmethod
    async def connect(cls, conninfo: str = "", **given: Any) -> Self:
        connection = await super().connect(conninfo, **given | {"autocommit": True})
        connection.adapters.register_dumper(int, _Wide)
        return connection


def pool_of(**given: Any) -> AsyncConnectionPool:
    """Return a pool of autocommit connections; the arguments are those of psycopg's pool."""
    return AsyncConnectionPool(**given | {"connection_class": _Autocommitting, "check": _not_ended})


async def run(connection: AsyncConnection[Any], statement: Executable, values: Row) -> list[Row]:
    """Run the statement and return its rows as dictionaries.

    SQLAlchemy compiles it and psycopg runs it: a session would take two to four times as long.
    """
    sql, constants, jsons = _compiled(statement)
    given = constants | values
    given |= {name: Jsonb(given[name]) for name in jsons if given[name] is not None}
    try:
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(sql, given)
            # Not its description: that takes a fifth of the time.
            return [] if cursor.rownumber is None else await cursor.fetchall()
    except Error as error:
        without_details(error)
        raise


@lru_cache(_MOST)
def _compiled(statement: Executable) -> tuple[str, Row, tuple[str, ...]]:
    """Return the SQL for psycopg, the statement's literal values, and the names of JSON values.

    Statements that differ only in their values are compiled once, as by SQLAlchemy's own engine.
    SQLAlchemy has no public function for that.
    """
    compile_cached: Any = statement._compile_w_cache
    compiled, values, *_ = compile_cached(
        _DIALECT,
        compiled_cache=_COMPILED,
        column_keys=[],
        for_executemany=False,
        schema_translate_map=None,
    )
    names = compiled.bind_names.items()
    jsons = tuple(name for bind, name in names if isinstance(bind.type, JSON))
    standing = compiled.construct_params(extracted_parameters=values, _check=False)
    return str(compiled), standing, jsons


def without_details(error: BaseException) -> None:
    """Remove the details from an error: they have whole rows, and logs would show them."""
    if error.args:
        error.args = (str(error.args[0]).partition("\nDETAIL:")[0], *error.args[1:])


def has_ended(connection: BaseConnection[Any]) -> bool:
    """Return whether the server has closed an idle connection: it sends those nothing else.

    Checking the socket takes a thousandth of the time of the round trip that pools use.
    """
    idle = select.poll()
    idle.register(connection.fileno(), select.POLLIN)
    return bool(idle.poll(0))


async def _not_ended(connection: AsyncConnection[Any]) -> None:
    if has_ended(connection):
        # Otherwise the pool would put it back, and try it again until the time is over.
        await connection.close()
        raise OperationalError("The server has ended this connection.")
