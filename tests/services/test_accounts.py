"""The login's password and the key of sessions are random and shared; only the owner reads them."""

import base64
import hashlib
import hmac
from collections.abc import Iterator

import pytest
from psycopg import errors
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from services.sessions import begin_session, continue_session
from services.storage import accounts
from services.storage.accounts import as_owner, let_login_in, login_url, owner_url, read_secrets
from services.storage.database import Database
from services.storage.migrate import migrate

ROLES = ["desk_requester", "desk_technician", "desk_admin", "desk_worker", "desk_clock"]


def verifies(stored: str, password: str) -> bool:
    """Return whether a SCRAM verifier of Postgres was made from this password."""
    _, parameters, keys = stored.split("$")
    rounds, salt = parameters.split(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    client = hmac.digest(salted, b"Client Key", "sha256")
    return base64.b64encode(hashlib.sha256(client).digest()).decode() == keys.split(":")[0]


@pytest.fixture
def second_database(server: str, fresh_database: str) -> Iterator[str]:
    """Yield a second migrated database; those of other tests have the same login."""
    name = f"second_of_{make_url(fresh_database).database}"
    engine = create_engine(owner_url(server), isolation_level="AUTOCOMMIT")
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        migrate(url)
        login = read_secrets(url).login
        yield url
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        connection.execute(text(f"DROP ROLE {login}"))
    engine.dispose()
    accounts._read_secrets.cache_clear()


def stored_password(database_url: str) -> str:
    query = text("SELECT rolpassword FROM pg_authid WHERE rolname = :login AND rolcanlogin")
    with as_owner(database_url) as owner:
        return str(owner.scalar(query, {"login": read_secrets(database_url).login}))


def test_login_password_is_random_and_not_derived_from_the_database_url(
    second_database: str,
) -> None:
    assert not make_url(second_database).password
    secrets = read_secrets(second_database)
    stored = stored_password(second_database)
    assert verifies(stored, secrets.password)
    for name in ("desk_login", secrets.login):
        for guess in ("", name, hmac.new(b"", name.encode(), hashlib.sha256).hexdigest()):
            assert not verifies(stored, guess)


def test_login_role_of_earlier_versions_is_disabled(second_database: str) -> None:
    query = text("SELECT rolcanlogin, rolpassword FROM pg_authid WHERE rolname = 'desk_login'")
    with as_owner(second_database) as owner:
        owner.execute(text("ALTER ROLE desk_login LOGIN PASSWORD 'guessable'"))
        let_login_in(owner)
        assert owner.execute(query).one() == (False, None)
        owner.rollback()  # other tests look at this role of the server


@pytest.mark.parametrize("role", [*ROLES, "desk_import", ""])
def test_no_role_of_the_application_reads_the_secrets(fresh_database: str, role: str) -> None:
    engine = create_engine(login_url(fresh_database))
    if role == "desk_import":
        engine = create_engine(owner_url(fresh_database))
    with engine.connect() as connection:
        if role:
            connection.execute(text(f"SET ROLE {role}"))
        with pytest.raises(DBAPIError) as refused:
            connection.execute(text("SELECT * FROM private.secrets"))
    engine.dispose()
    assert isinstance(refused.value.orig, errors.InsufficientPrivilege)


def test_migrating_again_keeps_the_secrets(second_database: str) -> None:
    before = read_secrets(second_database)
    migrate(second_database)
    accounts._read_secrets.cache_clear()
    assert read_secrets(second_database) == before


async def test_renewed_secrets_are_noticed_by_running_processes(second_database: str) -> None:
    before = read_secrets(second_database)
    database = Database(second_database)
    with as_owner(second_database) as owner:
        owner.execute(text("INSERT INTO people (name, email) VALUES ('A', 'a@example.com')"))
    session = await begin_session(database, 1)
    assert await continue_session(database, session) == 1
    migrate(second_database, renew_secrets=True)
    accounts._read_secrets.cache_clear()  # as after a minute
    after = read_secrets(second_database)
    assert after.login == before.login
    assert after.password != before.password
    assert verifies(stored_password(second_database), after.password)
    assert await continue_session(database, session) is None
    assert await database.fetch_all(text("SELECT current_user AS me")) == [{"me": "desk_worker"}]
    await database.close()


def test_two_desks_on_one_server_have_different_logins(
    second_database: str, fresh_database: str
) -> None:
    assert read_secrets(second_database).login != read_secrets(fresh_database).login
