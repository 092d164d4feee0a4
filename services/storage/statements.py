"""Statements of SQLAlchemy's, run by psycopg, and the connections that they run on."""

import select
from functools import lru_cache
from typing import Any, Self

from psycopg import AsyncConnection, BaseConnection, Error, OperationalError
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import JSON, Executable
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.util import LRUCache

Row = dict[str, Any]

_MOST = 500
"""Statements that are remembered: all that are made once, and the last of the others."""
_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_WORDS = LRUCache[Any, Any](_MOST)


class _Autocommitting(AsyncConnection[Any]):
    """No round trips for BEGIN and COMMIT around a single statement."""

    @classmethod
    async def connect(cls, conninfo: str = "", **given: Any) -> Self:
        return await super().connect(conninfo, **given | {"autocommit": True})


def pool_of(**given: Any) -> AsyncConnectionPool:
    """A pool of such connections, with what psycopg's own takes."""
    return AsyncConnectionPool(**given | {"connection_class": _Autocommitting, "check": _not_ended})


async def run(connection: AsyncConnection[Any], statement: Executable, values: Row) -> list[Row]:
    """What the statement returns, by columns.

    SQLAlchemy puts it into words and psycopg runs it: by way of a session it would take twice to
    four times the time.
    """
    words, constants, jsons = _compiled(statement)
    given = constants | values
    given |= {name: Jsonb(given[name]) for name in jsons if given[name] is not None}
    try:
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(words, given)
            # Not its description: that takes a fifth of the time.
            return [] if cursor.rownumber is None else await cursor.fetchall()
    except Error as error:
        without_details(error)
        raise


@lru_cache(_MOST)
def _compiled(statement: Executable) -> tuple[str, Row, tuple[str, ...]]:
    """As psycopg is given it, the values that stand in it, and which ones are JSON.

    One that says the same as another but for its values is put into words only once, too, as it
    would be by SQLAlchemy's own engine: that has no public name for it.
    """
    put_into_words: Any = statement._compile_w_cache
    compiled, values, *_ = put_into_words(
        _DIALECT,
        compiled_cache=_WORDS,
        column_keys=[],
        for_executemany=False,
        schema_translate_map=None,
    )
    names = compiled.bind_names.items()
    jsons = tuple(name for bind, name in names if isinstance(bind.type, JSON))
    standing = compiled.construct_params(extracted_parameters=values, _check=False)
    return str(compiled), standing, jsons


def without_details(error: BaseException) -> None:
    """Postgres repeats the whole row in the details of an error, and logs repeat the error."""
    if error.args:
        error.args = (str(error.args[0]).partition("\nDETAIL:")[0], *error.args[1:])


def has_ended(connection: BaseConnection[Any]) -> bool:
    """A server says something to an idle connection only when it ends it, as at a restart.

    Looking is a thousandth of the round trip that pools make to find out.
    """
    idle = select.poll()
    idle.register(connection.fileno(), select.POLLIN)
    return bool(idle.poll(0))


async def _not_ended(connection: AsyncConnection[Any]) -> None:
    if has_ended(connection):
        await connection.close()  # or it is put back, and tried again until there is no time left
        raise OperationalError("The server has ended this connection.")
