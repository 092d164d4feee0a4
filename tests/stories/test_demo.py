"""The demo lets anybody act as anybody, so it refuses other people's data and other machines."""

import pytest
from sqlalchemy import Engine, text

from bot.cli.demo import run_demo
from services.errors import SetupError
from services.settings import Settings


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "desk.example.com", ""])  # noqa: S104
async def test_demo_listens_on_this_machine_only(fresh_database: str, host: str) -> None:
    settings = Settings.load(_env_file=None, host=host)
    with pytest.raises(SetupError, match="The demo is for this machine only"):
        await run_demo(settings, fresh_database, print)


async def test_demo_refuses_a_database_with_people_who_are_not_of_the_demo(
    fresh_database: str, owner: Engine
) -> None:
    with owner.begin() as connection:
        connection.execute(
            text("INSERT INTO people (name, email) VALUES ('Real', 'real@example.org')")
        )
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(SetupError, match="has people who are not of the demo company"):
        await run_demo(Settings.load(_env_file=None), fresh_database, print)
    with owner.connect() as connection:  # not migrated either
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0000"
