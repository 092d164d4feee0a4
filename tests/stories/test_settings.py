"""Admins see and change every setting of the desk in one form, which opens from App Home."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.playground.nouns import Channel
from services.desk_settings import DESK_SETTINGS
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.stories.telling import command

BUTTON = "form:change_settings:Settings"


async def home(desk: Desk, person: int) -> Any:
    await desk.slack.open_home(desk.user(person))
    return await desk.slack.until(lambda: desk.slack.home(desk.user(person)))


async def settings(desk: Desk, person: int = MARCUS) -> Any:
    """Open the form with the button of App Home."""
    before = desk.slack.modal(desk.user(person))
    await desk.slack.press(desk.user(person), await home(desk, person), BUTTON)

    def opened() -> Any:
        view = desk.slack.modal(desk.user(person))
        return None if view is before else view

    return await desk.slack.until(opened)


def fields(view: Any) -> dict[str, Any]:
    return {block["block_id"]: block for block in view.content["blocks"] if "element" in block}


async def saved(desk: Desk, view: Any, **values: Any) -> str:
    ack = await desk.slack.submit(desk.user(MARCUS), view, values)
    return str(ack.body)


def stored(owner: Engine) -> dict[str, Any]:
    with owner.connect() as connection:
        rows = connection.execute(text("SELECT key, value FROM settings"))
        return {row.key: row.value for row in rows}


async def test_form_of_settings_shows_an_admin_every_setting_with_its_value(desk: Desk) -> None:
    await command(desk, MARCUS, "limit turns_per_person 7")
    await command(desk, MARCUS, "guests on")
    view = await settings(desk)
    shown = fields(view)
    assert [*shown] == [*(each.key for each in DESK_SETTINGS), "desk_channels"]
    assert shown["turns_per_person"]["element"]["initial_value"] == "7"
    assert shown["transcript_days"]["element"]["initial_value"] == "90"
    assert "initial_options" in shown["guests"]["element"]
    assert "initial_options" not in shown["zero_retention"]["element"]


async def test_form_of_settings_saves_several_at_once_and_the_history_lists_them(
    desk: Desk, owner: Engine
) -> None:
    view, channel = await settings(desk), desk.slack.channel("it-help")
    said = await saved(
        desk, view, transcript_days="30", zero_retention=["true"], desk_channels=[channel.id]
    )
    assert "“Days that conversations are kept”: 30 days" in said
    assert stored(owner) == {"transcript_days": 30, "zero_retention": True}
    assert await is_desk(owner, channel)
    past = await command(desk, MARCUS, "audit")
    assert '"Marcus Oyelaran" (USR-2), slack: Changed “Zero data retention”: off → on' in past
    assert "Changed “Days that conversations are kept”: 90 days → 30 days" in past
    assert ": #it-help became a desk channel" in past
    said = await saved(desk, await settings(desk), transcript_days="60", desk_channels=[])
    assert "Removed 1 channel from the desk channels." in said
    past = await command(desk, MARCUS, "audit")
    assert "Changed “Days that conversations are kept”: 30 days → 60 days" in past
    assert ": #it-help is no desk channel any more" in past
    assert "30 days" not in await command(desk, PRIYA, "privacy")
    assert "60 days" in await command(desk, PRIYA, "privacy")


async def is_desk(owner: Engine, channel: Channel) -> bool:
    with owner.connect() as connection:
        query = text("SELECT desk FROM channels WHERE slack_id = :channel")
        return bool(connection.scalar(query, {"channel": channel.id}))


async def test_form_of_settings_does_not_overwrite_what_others_saved_meanwhile(
    desk: Desk, owner: Engine
) -> None:
    view = await settings(desk)
    await command(desk, MARCUS, "limit turns_per_person 7")
    await saved(desk, view, writes_per_person="8")
    assert stored(owner) == {"turns_per_person": 7, "writes_per_person": 8}
    assert "Nothing was changed." in await saved(desk, await settings(desk))


async def test_wrong_number_in_the_form_of_settings_is_explained_and_nothing_saved(
    desk: Desk, owner: Engine
) -> None:
    ack = await desk.slack.submit(
        desk.user(MARCUS), await settings(desk), {"transcript_days": "0", "guests": ["true"]}
    )
    sentence = "“Days that conversations are kept” must be a whole number from 1 to 3,650."
    assert ack.body == {"response_action": "errors", "errors": {"transcript_days": sentence}}
    assert stored(owner) == {}


@pytest.mark.parametrize("person", [PRIYA, DANIEL])
async def test_only_admins_can_open_the_form_of_settings(
    desk: Desk, owner: Engine, person: int
) -> None:
    assert BUTTON not in str((await home(desk, person)).content)
    assert "is for admins" in await command(desk, person, "settings")
    view = await settings(desk)
    ack = await desk.slack.submit(desk.user(person), view, {"transcript_days": "1"})
    assert "is for admins" in str(ack.body)
    assert stored(owner) == {}
