"""People read and delete their own conversations; nobody else reads or deletes them."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Engine, text

from bot.slack.turn.deleted import NO_TITLE
from bot.web.session import COOKIE
from services.sessions import begin_session
from tests.fixtures import DANIEL, MARCUS, PRIYA, Desk
from tests.services.provider import calls, says
from tests.stories.telling import (
    GENERAL,
    Thinking,
    answers,
    command,
    desk_with,
    said_in,
    settled,
)
from tests.stories.test_forget import places

ASK = "what laptop do I have, says swordfish"


async def home(desk: Desk, person: int) -> Any:
    """Open App Home once more and return it."""
    user = desk.user(person)
    before = getattr(desk.slack.home(user), "hash", "")
    await desk.slack.open_home(user)

    def is_new() -> Any:
        view = desk.slack.home(user)
        return view if view and view.hash != before else None

    return await desk.slack.until(is_new)


def listed(view: Any) -> list[str]:
    """Return the lines of the conversations in a view."""
    rows = [each for each in view.content["blocks"] if "accessory" in each]
    return [each["text"]["text"] for each in rows if "conversation:" in str(each["accessory"])]


async def delete(desk: Desk, person: int, view: Any) -> str:
    """Press the first Delete in App Home and return what the person is told."""
    await desk.slack.press(desk.user(person), view, "Delete")
    dialog = await desk.slack.until(lambda: desk.slack.modal(desk.user(person)))
    return str(dialog.content["blocks"])


async def read(desk: Desk, person: int, path: str) -> tuple[int, str]:
    session = await begin_session(desk.runtime.database, person)
    async with (
        aiohttp.ClientSession(cookies={COOKIE: session}) as browser,
        browser.get(f"{desk.runtime.settings.web_url}{path}") as page,
    ):
        return page.status, await page.text()


def number(owner: Engine) -> int:
    with owner.connect() as connection:
        return int(connection.scalar(text("SELECT max(id) FROM threads")) or 0)


async def test_app_home_lists_the_persons_own_conversations_newest_first(desk: Desk) -> None:
    assert listed(await home(desk, PRIYA)) == []
    answer = await desk.ask(PRIYA, "what laptop do I have")
    await desk.ask(PRIYA, "and who is Marcus?", answer.channel, answer.thread_ts)
    await desk.ask(PRIYA, "@Deskhand my open tickets", desk.slack.channel(GENERAL).id)
    await settled(desk)
    newest, oldest = listed(await home(desk, PRIYA))
    assert "my open tickets" in newest
    assert "1 answer, just now, in a channel" in newest
    assert "*what laptop do I have*" in oldest
    assert "2 answers, just now" in oldest
    assert listed(await home(desk, MARCUS)) == []


async def test_web_page_of_a_conversation_shows_question_steps_and_answer_with_links(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    find = calls(("find_machines", {"holder": "me"}))
    listed = "- **MAC-5** and <b>MAC-99</b>. See [it](http://evil.example/)."
    table = "| Machine | State |\n|---|---|\n| MAC-5 | *In Use* |"
    script = find, says(f"You have\n{listed}\n\n{table}")
    async with desk_with(fresh_database, tmp_path, *script) as (desk, _):
        await desk.ask(PRIYA, "what laptop do I have?")
        await settled(desk)
        status, shown = await read(desk, PRIYA, f"/conversations/{number(owner)}")
        assert status == 200
        assert '<h1 dir="auto">what laptop do I have?</h1>' in shown
        assert "Looked for machines" in shown
        assert '<li><strong><a href="/MAC-5">MAC-5</a></strong>' in shown
        assert '<td><a href="/MAC-5">MAC-5</a></td>\n<td><em>In Use</em></td>' in shown
        assert "&lt;b&gt;MAC-99&lt;/b&gt;" in shown
        assert "evil.example" not in shown
        _, listed = await read(desk, PRIYA, "/conversations")
        assert f'href="/conversations/{number(owner)}"' in listed


@pytest.mark.parametrize("person", [DANIEL, MARCUS])
async def test_nobody_can_open_a_conversation_of_somebody_else(
    desk: Desk, owner: Engine, person: int
) -> None:
    await desk.ask(PRIYA, ASK)
    await settled(desk)
    status, shown = await read(desk, person, f"/conversations/{number(owner)}")
    assert status == 404
    assert "swordfish" not in shown
    for odd in ("0", "9" * 30, "x", "-1"):
        assert (await read(desk, PRIYA, f"/conversations/{odd}"))[0] == 404


async def test_deleting_a_conversation_keeps_its_changes_to_records(
    desk: Desk, owner: Engine
) -> None:
    answer = await desk.ask(PRIYA, "close TKT-54, says swordfish")
    await desk.ask(PRIYA, ASK, answer.channel, answer.thread_ts)
    await settled(desk)
    before = places(owner, "swordfish")
    assert {"deliveries", "steps"} <= before
    assert "is deleted" in await delete(desk, PRIYA, await home(desk, PRIYA))
    await settled(desk)
    assert places(owner, "swordfish") <= {"events", "tickets"}  # the resolution of the ticket
    assert listed(await home(desk, PRIYA)) == []
    assert not any(each.from_bot for each in desk.slack.replies(answer.channel, answer.thread_ts))
    assert desk.slack.titles[answer.channel, answer.thread_ts] == NO_TITLE
    assert "status Open → Closed" in await command(desk, DANIEL, "audit TKT-54")


async def test_deleting_a_conversation_does_not_reset_the_limit_per_hour(desk: Desk) -> None:
    await command(desk, MARCUS, "limit turns_per_person 2")
    await desk.ask(PRIYA, ASK)
    await desk.ask(PRIYA, ASK)
    await settled(desk)
    await delete(desk, PRIYA, await home(desk, PRIYA))
    refused = await desk.ask(PRIYA, ASK)
    assert "reached this hour's limit" in refused.text


async def test_deleting_ones_own_turns_in_a_thread_keeps_those_of_other_people(
    desk: Desk, owner: Engine
) -> None:
    general = desk.slack.channel(GENERAL).id
    first = await desk.ask(PRIYA, "@Deskhand what laptop do I have, says swordfish", general)
    await desk.ask(MARCUS, "@Deskhand who is Priya, says marlin", general, first.thread_ts)
    await settled(desk)
    await delete(desk, PRIYA, await home(desk, PRIYA))
    await settled(desk)
    assert places(owner, "swordfish") == set()
    assert {"deliveries", "steps"} <= places(owner, "marlin")
    assert len(listed(await home(desk, MARCUS))) == 1


async def test_conversation_with_a_running_turn_is_not_deleted(
    fresh_database: str, tmp_path: Path, owner: Engine
) -> None:
    thinking = Thinking()
    async with desk_with(fresh_database, tmp_path, thinking) as (desk, _):
        said = await said_in(desk, f"@Deskhand {ASK}")
        await thinking.begun.wait()
        assert "still being answered" in await delete(desk, PRIYA, await home(desk, PRIYA))
        thinking.go.set()
        await settled(desk)
        assert len(answers(desk, said)) == 1
        assert "steps" in places(owner, "swordfish")


async def test_deleting_a_command_question_also_deletes_the_message_that_quotes_it(
    desk: Desk, owner: Engine
) -> None:
    await command(desk, PRIYA, "what laptop do I have, says swordfish", "/ticket")
    await settled(desk)
    assert "outbox" in places(owner, "swordfish")
    await delete(desk, PRIYA, await home(desk, PRIYA))
    await settled(desk)
    assert places(owner, "swordfish") == set()


async def test_conversations_beyond_those_on_app_home_are_deleted_in_a_dialog(desk: Desk) -> None:
    for place in range(7):
        await desk.ask(PRIYA, f"who is Marcus, question {place}")
    await settled(desk)
    view = await home(desk, PRIYA)
    assert len(listed(view)) == 5
    await desk.slack.press(desk.user(PRIYA), view, "All conversations")
    dialog = await desk.slack.until(lambda: desk.slack.modal(desk.user(PRIYA)))
    assert len(listed(dialog)) == 7
    await desk.slack.press(desk.user(PRIYA), dialog, "Delete")
    await desk.slack.until(lambda: len(listed(desk.slack.modal(desk.user(PRIYA)))) == 6)


async def test_conversation_is_deleted_though_slack_refuses_to_delete_messages(
    desk: Desk, owner: Engine
) -> None:
    await desk.ask(PRIYA, ASK)
    await settled(desk)
    desk.slack.fail("chat.delete", error="cant_delete_message")
    await delete(desk, PRIYA, await home(desk, PRIYA))
    await settled(desk)
    assert places(owner, "swordfish") == set()
