"""Months and other times in people's own time zones."""

import re
from zoneinfo import available_timezones

import pytest
from sqlalchemy import Engine, text

from services.entities.person import zone_of
from services.tools import TOOLS
from tests.fixtures import DANIEL
from tests.stories.telling import ActingAs


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
async def test_counts_by_month_agree_with_the_filter_in_any_time_zone(
    acting_as: ActingAs, owner: Engine, zone: str
) -> None:
    with owner.begin() as connection:
        connection.execute(text(f"UPDATE people SET tz = '{zone}' WHERE id = {DANIEL}"))
        created = "make_timestamptz(2025, 1 + id::int % 9, 1, id::int % 24, 0, 0, 'UTC')"
        connection.execute(text(f"UPDATE tickets SET created_at = {created} - interval '12 hours'"))
    async with acting_as(DANIEL) as ctx:
        counts = str(await TOOLS["find_tickets"](ctx, status="any", group_by=["created month"]))
        for month, count in re.findall(r"- (\d{4}-\d\d): (\d+)", counts):
            page = await TOOLS["find_tickets"](ctx, status="any", created=month)
            assert page.total == int(count), month


@pytest.mark.parametrize("name", ["Europe", "x" * 300, "../UTC", "", "Middle/Earth", "a\0b"])
def test_unknown_time_zone_reads_as_utc(name: str) -> None:
    assert zone_of(name).key == "UTC"


def test_postgres_knows_every_time_zone_of_people(owner: Engine) -> None:
    names = [name for name in available_timezones() if zone_of(name).key == name]
    with owner.connect() as connection:
        query = text("SELECT timezone(name, now()) FROM unnest(CAST(:names AS text[])) name")
        assert len(connection.execute(query, {"names": names}).all()) == len(names)
