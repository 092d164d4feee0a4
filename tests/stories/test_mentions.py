"""People, channels, groups and dates that are mentioned keep their names in every text."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.playground import payloads
from bot.playground.nouns import User
from tests.fixtures import EMRE, MARCUS, PRIYA, Desk
from tests.services.provider import says
from tests.stories.telling import (
    GENERAL,
    desk_with,
    event,
    the_answer,
    typed,
)

ZED = User("U0STRANGER", "zed", "Zed Okonkwo-Lindqvist")
MENTIONS = {
    "<@U00000006>": "Daniel Okafor (USR-6)",
    "<@U00000006|daniel.okafor>": "Daniel Okafor (USR-6)",
    "<@U00000006> and <@U00000005>": "Daniel Okafor (USR-6) and Priya Raman (USR-5)",
    "<@U0STRANGER>": "@Zed Okonkwo-Lindqvist",
    "<@U0STRANGER|zed>": "@Zed Okonkwo-Lindqvist",
    "<@U0NOBODY|nob>": "@nob",
    "<@W0NOBODY>": "@W0NOBODY",
    "<!subteam^S1|@net>": "@net",
    "<!subteam^S1|net>": "@net",
    "<!subteam^S1>": "@S1",
    "<#C0ITHELP00|it-help>": "#it-help",
    "<#C0ITHELP00>": "#it-help",
    "<#C0ITHELP00|>": "#it-help",
    "<#C0NOWHERE>": "#C0NOWHERE",
    "<!here>": "@here",
    "<!here|here>": "@here",
    "<!channel>": "@channel",
    "<!date^1392734382^{date_num}|18 February>": "18 February",
    "<!date^1392734382^{date_num} at {time}>": "2014-02-18 14:39 UTC",
    "<https://a.example/x?y=1|the manual>": "the manual (https://a.example/x?y=1)",
    "<https://a.example/x>": "https://a.example/x",
    "<mailto:a@b.example|a@b.example>": "a@b.example",
    "<tel:+49301234|call me>": "call me (+49301234)",
    "&lt;@U00000006&gt; &amp;amp;": "<@U00000006> &amp;",
}
"""Slack's markup of mentions, and the text that the desk makes of it."""


async def with_stranger(desk: Desk) -> None:
    desk.slack.users[ZED.id] = ZED


async def ask(desk: Desk, words: str) -> Any:
    """Deliver a mention of the desk with this text, as Slack stores it."""
    said = typed(desk, words)
    await desk.slack.deliver(event(desk, said, "app_mention"))
    return said


async def test_question_reaches_the_model_with_names_for_all_that_it_mentions(
    fresh_database: str, tmp_path: Path
) -> None:
    async with desk_with(fresh_database, tmp_path, says("Yes.")) as (desk, served):
        await with_stranger(desk)
        for sent, read in MENTIONS.items():
            await the_answer(desk, await ask(desk, f"<@U0DESKHAND> is it about {sent}?"))
            asked = served.requests[-1]["messages"][-1]["content"]
            assert asked == f"[Priya Raman, USR-5] is it about {read}?", sent


ADDRESSES = {
    "<@U0DESKHAND> hello": "hello",
    "<@U0DESKHAND>: hello": "hello",
    "<@U0DESKHAND> <@U0DESKHAND>, hello": "hello",
    "hello <@U0DESKHAND>": "hello",
    "hello <@U0DESKHAND|deskhand> ": "hello",
    "can <@U0DESKHAND> close tickets?": "can @Deskhand close tickets?",
    "<@U0DESKHAND> <@U00000006> is away": "Daniel Okafor (USR-6) is away",
    "<@U0DESKHAND>": "(no words)",
}


async def test_mention_that_only_addresses_the_desk_is_removed_from_the_question(
    fresh_database: str, tmp_path: Path
) -> None:
    async with desk_with(fresh_database, tmp_path, says("Yes.")) as (desk, served):
        for sent, read in ADDRESSES.items():
            await the_answer(desk, await ask(desk, sent))
            asked = served.requests[-1]["messages"][-1]["content"]
            assert asked == f"[Priya Raman, USR-5] {read}", sent


async def test_names_that_slack_does_not_return_delay_no_answer(desk: Desk) -> None:
    await desk.ask(PRIYA, "hello")
    faults: tuple[dict[str, Any], ...] = ({"status": 500}, {"error": "missing_scope"})
    for fault in faults:
        desk.slack.fail("users.info", **fault)
        said = await ask(desk, "<@U0DESKHAND> who is <@U0STRANGER|zed>?")
        assert "zed" in await the_answer(desk, said), fault


async def test_built_in_rules_search_for_a_mentioned_stranger_by_name(desk: Desk) -> None:
    await with_stranger(desk)
    for question in ("what laptop does {} have?", "who is {}?", "tickets of {}"):
        said = await ask(desk, f"<@U0DESKHAND> {question.format('<@U0STRANGER>')}")
        assert "Zed Okonkwo-Lindqvist" in await the_answer(desk, said), question


# ---- commands


async def command(desk: Desk, person: int, name: str, sent: str) -> str:
    """Return the answer to a command with this text, as Slack sends it."""
    user, place = desk.slack.user(desk.user(person)), desk.slack.channel(GENERAL)
    body = payloads.command(
        name,
        sent,
        user,
        place,
        trigger_id=desk.slack.new_trigger(user.id),
        response_url=desk.slack.new_response_url(desk.slack.url, {}),
    )
    ack = await desk.slack.delivery.command(body)
    assert ack.ok
    return str(ack.body.get("blocks"))


DANIEL_TYPED = (
    "<@U00000006|daniel.okafor>",
    "<@U00000006>",
    "@daniel.okafor",
    "@daniel",
    "@Daniel",
    "@Daniel Okafor",
)


@pytest.mark.parametrize("sent", DANIEL_TYPED)
async def test_person_mentioned_in_a_command_is_found(desk: Desk, sent: str) -> None:
    shown = await command(desk, PRIYA, "/itsm", f"who {sent}")
    assert "entity:USR-6" in shown
    assert shown.count("entity:USR-") == 1


@pytest.mark.parametrize("sent", DANIEL_TYPED)
async def test_person_mentioned_in_the_role_command_gets_the_role(
    desk: Desk, owner: Engine, sent: str
) -> None:
    await command(desk, MARCUS, "/itsm", f"role {sent} admin")
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT role FROM people WHERE id = 6")) == "admin"


@pytest.mark.parametrize("sent", ["<@U0STRANGER|zed>", "<@U0STRANGER>", "@zed", "@Zed Okonkwo"])
async def test_answer_to_a_command_names_a_mentioned_person_whom_the_desk_does_not_know(
    desk: Desk, sent: str
) -> None:
    await with_stranger(desk)
    for words_ in (f"who {sent}", f"role {sent} technician"):
        assert "zed" in (await command(desk, MARCUS, "/itsm", words_)).lower()


async def test_ticket_created_by_command_has_names_in_place_of_mentions(
    desk: Desk, owner: Engine
) -> None:
    await with_stranger(desk)
    for sent, read in MENTIONS.items():
        shown = await command(desk, EMRE, "/ticket", f"new {sent} can't print")
        assert "Something went wrong" not in shown, sent
        with owner.connect() as connection:
            newest = text("SELECT name FROM tickets ORDER BY id DESC LIMIT 1")
            assert connection.scalar(newest) == f"{read} can't print"
    for sent in DANIEL_TYPED:
        await command(desk, EMRE, "/ticket", f"new {sent} can't print")
        with owner.connect() as connection:
            assert connection.scalar(newest) == "Daniel Okafor (USR-6) can't print", sent


@pytest.mark.parametrize(
    "sent", ["@nobody can't print", "mail x@daniel.example", "@ home", "a@daniel", "@an and @a"]
)
async def test_at_signs_before_words_that_are_no_names_are_unchanged(
    desk: Desk, owner: Engine, sent: str
) -> None:
    await command(desk, EMRE, "/ticket", f"new {sent}")
    with owner.connect() as connection:
        newest = text("SELECT name FROM tickets ORDER BY id DESC LIMIT 1")
        assert connection.scalar(newest) == sent


# ---- shortcuts and forms


async def test_ticket_form_of_a_message_has_names_in_place_of_mentions(desk: Desk) -> None:
    await with_stranger(desk)
    for sent, read in MENTIONS.items():
        message = typed(desk, f"{sent} cannot print")
        await desk.slack.message_shortcut(desk.user(PRIYA), message, "create_ticket_from_message")
        view = await desk.slack.until(lambda: desk.slack.modal(desk.user(PRIYA)))
        assert f"{read} cannot print" in str(
            [block["element"].get("initial_value") for block in view.content["blocks"]]
        ), sent
        await desk.slack.close_view(desk.user(PRIYA), view)


@pytest.mark.parametrize("typed_", ["@daniel ok", "daniel ok", "@Daniel Okafor"])
async def test_menu_of_a_form_finds_a_person_typed_with_an_at_sign(desk: Desk, typed_: str) -> None:
    user = desk.user(MARCUS)
    await desk.slack.shortcut(user, "new_ticket")
    view = await desk.slack.until(lambda: desk.slack.modal(user))
    ack = await desk.slack.suggest(user, view, "record:USR", typed_)
    assert [each["value"] for each in ack.body["options"]] == ["USR-6"]
