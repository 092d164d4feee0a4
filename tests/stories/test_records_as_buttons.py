"""Every id in an answer has a button, which opens the record with the rights of who presses it."""

from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from bot.slack.render.cards import expanded
from tests.fixtures import DANIEL, EMRE, MARCUS, PRIYA, Desk
from tests.stories.browser import page_links
from tests.stories.telling import command


async def test_answer_about_one_record_shows_its_card_in_direct_messages_only(desk: Desk) -> None:
    in_private = await desk.ask(PRIYA, "show TKT-54")
    assert expanded(in_private.blocks) == ["TKT-54"]
    assert "entity:TKT-54" not in str(in_private.blocks)
    channel = desk.slack.channel("general").id
    in_channel = await desk.ask(PRIYA, "@Deskhand show TKT-54", channel)
    assert expanded(in_channel.blocks) == []
    assert "🎫 TKT-54 Workstation does not see the second SSD"[:20] in str(in_channel.buttons)


async def test_answer_about_a_ticket_offers_next_steps_in_a_channel(desk: Desk) -> None:
    await command(desk, MARCUS, "desk on")
    channel = desk.slack.channel("it-help").id
    answer = await desk.ask(DANIEL, "@Deskhand show TKT-54", channel)
    assert {"Take", "Close"} <= set(answer.buttons)
    assert "WS-PRAMAN-01" in str(answer.buttons)
    await desk.slack.press(desk.user(DANIEL), answer, "Take")
    (card,) = await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(DANIEL), channel))
    assert "Daniel Okafor" in str(card.blocks)
    several = await desk.ask(DANIEL, "@Deskhand tickets assigned to me", channel)
    assert "Close" not in several.buttons


async def test_next_steps_offered_in_a_channel_are_those_that_the_asker_may_take(
    desk: Desk,
) -> None:
    channel = desk.slack.channel("general").id
    answer = await desk.ask(PRIYA, "@Deskhand show TKT-54", channel)
    assert "Close" in answer.buttons
    assert "Take" not in answer.buttons


async def test_pressing_a_record_button_again_closes_the_card(desk: Desk) -> None:
    answer = await desk.ask(PRIYA, "what laptop do I have")
    before = answer.blocks
    await desk.slack.press(desk.user(PRIYA), answer, "MAC-5")
    await desk.slack.until(lambda: expanded(answer.blocks) == ["MAC-5"])
    assert "7KJ2QX3" in str(answer.blocks)
    await desk.slack.press(desk.user(PRIYA), answer, "entity:MAC-5")
    await desk.slack.until(lambda: expanded(answer.blocks) == [])
    assert answer.blocks == before


async def test_card_has_buttons_for_related_records_and_for_its_web_page(desk: Desk) -> None:
    answer = await desk.ask(PRIYA, "what laptop do I have")
    await desk.slack.press(desk.user(PRIYA), answer, "MAC-5")
    await desk.slack.until(lambda: "TKT-37" in str(answer.buttons))
    [page] = page_links(answer)
    assert page.startswith(f"{desk.runtime.settings.web_url}/MAC-5?pass=")
    await desk.slack.press(desk.user(PRIYA), answer, "TKT-37")
    await desk.slack.until(lambda: expanded(answer.blocks) == ["MAC-5", "TKT-37"])


async def test_card_opened_in_a_channel_is_ephemeral(desk: Desk) -> None:
    channel = desk.slack.channel("general").id
    answer = await desk.ask(PRIYA, "@Deskhand what laptop do I have", channel)
    await desk.slack.press(desk.user(DANIEL), answer, "MAC-5")
    (card,) = await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(DANIEL), channel))
    assert "Battery health" in str(card.blocks)
    assert expanded(answer.blocks) == []
    await desk.slack.press(desk.user(DANIEL), card, "Hide")
    await desk.slack.until(lambda: not desk.slack.ephemerals(desk.user(DANIEL), channel))


async def test_pressed_record_is_shown_with_the_rights_of_the_person_who_presses(
    desk: Desk,
) -> None:
    channel = desk.slack.channel("general").id
    answer = await desk.ask(PRIYA, "@Deskhand what laptop do I have", channel)
    await desk.slack.press(desk.user(EMRE), answer, "MAC-5")
    (told,) = await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(EMRE), channel))
    assert told.text == "There is no MAC-5 that you can see here."


class Inventor:
    """A model that names a record that no tool returned, and links to an invented address."""

    name = "inventor"

    def accepts(self, messages: list[Any]) -> bool:
        return True

    async def complete(
        self, messages: list[Any], tools: list[Any], _: Any = None
    ) -> dict[str, Any]:
        said = "See TKT-12, [here](https://evil.example/?q=secret) <!channel>."
        return {"role": "assistant", "content": said}


async def test_ids_and_links_that_the_model_invented_become_no_buttons(
    fresh_database: str, tmp_path: Any
) -> None:
    from tests.fixtures import open_desk

    async with open_desk(fresh_database, tmp_path, Inventor()) as desk:
        answer = await desk.ask(DANIEL, "hello")
        assert answer.buttons == []
        assert "evil.example" not in str(answer.blocks)
        assert "<!channel>" not in str(answer.blocks)


async def test_ticket_command_shows_a_card_or_the_persons_own_tickets(desk: Desk) -> None:
    channel = desk.slack.channel("general").id
    await desk.slack.command(desk.user(DANIEL), channel, "/ticket", "tkt-12")
    (card,) = desk.slack.ephemerals(desk.user(DANIEL), channel)
    assert "Screens go black when docked" in str(card.blocks)
    await desk.slack.command(desk.user(PRIYA), channel, "/ticket")
    (mine,) = desk.slack.ephemerals(desk.user(PRIYA), channel)
    assert {"TKT-37", "TKT-54"} == {button.split()[1] for button in mine.buttons}


async def test_app_home_lists_the_persons_own_records(desk: Desk) -> None:
    await desk.slack.open_home(desk.user(PRIYA))
    home = await desk.slack.until(lambda: desk.slack.home(desk.user(PRIYA)))
    assert "MAC-5" in str(home.content)


async def test_submitted_form_creates_a_ticket(desk: Desk) -> None:
    await desk.slack.shortcut(desk.user(PRIYA), "new_ticket")
    form = await desk.slack.until(lambda: desk.slack.modal(desk.user(PRIYA)))
    await desk.slack.submit(desk.user(PRIYA), form, {"name": "Second screen is dark"})
    shown = desk.slack.modal(desk.user(PRIYA))
    assert shown is not None
    assert shown.content["title"]["text"] == "TKT-61"


async def waiting_form(desk: Desk, held: Connection) -> None:
    """Submit the form while a lock keeps tickets from being created; it is answered early."""
    person = desk.user(PRIYA)
    await desk.slack.shortcut(person, "new_ticket")
    form = await desk.slack.until(lambda: desk.slack.modal(person))
    held.execute(text("LOCK TABLE tickets IN EXCLUSIVE MODE"))
    assert (await desk.slack.submit(person, form, {"name": "Second screen is dark"})).ok
    waiting = desk.slack.modal(person)
    assert waiting is not None
    assert "submit" not in waiting.content
    assert "taking longer than usual" in str(waiting.content)


@pytest.fixture
def impatient_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let forms be answered early; a lock holds the call back as long as a test needs."""
    monkeypatch.setattr("bot.slack.listeners.press.PATIENCE", 0.2)


@pytest.mark.usefixtures("impatient_forms")
async def test_form_whose_saving_takes_long_is_acknowledged_early_and_creates_one_ticket(
    desk: Desk, owner: Engine
) -> None:
    with owner.begin() as held:
        await waiting_form(desk, held)
    await desk.slack.until(lambda: "TKT-61" in str(desk.slack.modal(desk.user(PRIYA))))


@pytest.mark.usefixtures("impatient_forms")
async def test_form_acknowledged_early_shows_a_later_failure(desk: Desk, owner: Engine) -> None:
    with owner.begin() as held:
        await waiting_form(desk, held)
        held.execute(
            text(
                "ALTER TABLE tickets ADD CONSTRAINT refused CHECK (name <> 'Second screen is dark')"
            )
        )
    told = "nothing was saved"
    await desk.slack.until(lambda: told in str(desk.slack.modal(desk.user(PRIYA))))
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE tickets DROP CONSTRAINT refused"))
