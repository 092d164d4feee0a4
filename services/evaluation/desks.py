"""Create fresh demo desks: copies of one database, on a server that ends with the evaluation."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from services.demo import load_demo
from services.storage.accounts import owner_url
from services.storage.migrate import migrate
from services.storage.postgres import embedded

FreshDesk = Callable[[], AbstractContextManager[str]]
"""A function that creates a desk; it yields the URL of its database's owner."""


@contextmanager
def demo_desks() -> Iterator[FreshDesk]:
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder), durable=False) as server:
        administration = create_engine(owner_url(server), isolation_level="AUTOCOMMIT")
        numbers = itertools.count(1)

        def run(statement: str) -> None:
            with administration.connect() as connection:
                connection.execute(text(statement))

        run("CREATE DATABASE demo")
        demo = _named(server, "demo")
        migrate(demo)
        load_demo(demo)

        @contextmanager
        def fresh() -> Iterator[str]:
            name = f"desk_{next(numbers)}"
            run(f"CREATE DATABASE {name} TEMPLATE demo")
            try:
                yield _named(server, name)
            finally:
                run(f"DROP DATABASE {name} WITH (FORCE)")

        try:
            yield fresh
        finally:
            administration.dispose()


def _named(server: str, database: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)
