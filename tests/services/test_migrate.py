"""A database that the desk cannot use is refused in one sentence that says what to do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from services.errors import SetupError
from services.storage.accounts import owner_url
from services.storage.migrate import migrate
from services.storage.postgres import embedded
from services.storage.rights import EVERY_ROLE


@pytest.fixture
def superuser(server: str) -> Iterator[Engine]:
    engine = create_engine(owner_url(server), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture
def empty(superuser: Engine, fresh_database: str) -> Iterator[str]:
    """Yield the name of a database for one test; it drops what the test has made there."""
    name = f"empty_of_{make_url(fresh_database).database}"
    yield name
    with superuser.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def refusal(server: str, database: str, **account: str) -> str:
    url = make_url(server).set(database=database, **account)
    with pytest.raises(SetupError) as refused:
        migrate(url.render_as_string(hide_password=False))
    return str(refused.value)


def test_database_of_a_newer_version_is_refused(
    server: str, owner: Engine, fresh_database: str
) -> None:
    with owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SetupError, match="written by a newer Deskhand: update this installation"):
        migrate(fresh_database)


def test_read_only_database_is_refused(server: str, superuser: Engine, empty: str) -> None:
    with superuser.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {empty}"))
        connection.execute(text(f"ALTER DATABASE {empty} SET default_transaction_read_only = on"))
    assert "is read-only: name the primary server" in refusal(server, empty)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_database_of_another_encoding_is_refused(
    server: str, superuser: Engine, empty: str, encoding: str
) -> None:
    how = f"ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
    with superuser.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {empty} {how}"))
    assert f"has the encoding {encoding}: " in refusal(server, empty)


def test_second_desk_with_an_account_of_its_own_is_told_who_may_grant_the_roles(
    tmp_path: Path,
) -> None:
    """Uses a new server, because database roles belong to the account that created them first."""
    with embedded(tmp_path, durable=False) as first:
        migrate(first)
        superuser = create_engine(owner_url(first), isolation_level="AUTOCOMMIT")
        with superuser.connect() as connection:
            connection.execute(text("CREATE ROLE company LOGIN CREATEROLE"))
            connection.execute(text("CREATE DATABASE company OWNER company"))
        told = refusal(first, "company", username="company")
        assert told.startswith("Another desk on this server made the roles of desks (")
        grant = f"GRANT desk_login, {EVERY_ROLE} TO the account of this desk WITH ADMIN OPTION"
        assert grant in told
        with superuser.connect() as connection:
            connection.execute(text(grant.replace("the account of this desk", "company")))
        superuser.dispose()
        second = make_url(first).set(database="company", username="company")
        migrate(second.render_as_string())
