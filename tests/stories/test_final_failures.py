"""An error that would occur again ends the turn at once with an apology, and the thread goes on."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.slack.sentences import FAILED
from tests.fixtures import DANIEL, PRIYA, Desk
from tests.services.provider import calls, says
from tests.stories.telling import (
    ASK,
    MENTION,
    answers,
    desk_with,
    posted,
    said_in,
    settled,
    the_answer,
    words,
)

pytestmark = pytest.mark.usefixtures("impatient_jobs")

UNFORESEEN = {
    "check_violation": "23514",
    "unique_violation": "23505",
    "foreign_key_violation": "23503",
    "insufficient_privilege": "42501",
    "undefined_column": "42703",
    "raise_exception": "P0001",
    "internal_error": "XX000",
}


def break_table(owner: Engine, table: str, code: str) -> None:
    """Let the database refuse every new or changed row of a table with this error."""
    with owner.begin() as connection:
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = '{code}'; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION broken()"
        )


def mend(owner: Engine) -> None:
    with owner.begin() as connection:
        connection.exec_driver_sql("DROP FUNCTION broken CASCADE")


@pytest.fixture
def mended(owner: Engine) -> Any:
    yield
    with owner.begin() as connection:
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS broken CASCADE")


def turns(owner: Engine) -> list[str]:
    with owner.connect() as connection:
        return list(connection.scalars(text("SELECT state FROM turns ORDER BY id")))


@pytest.mark.usefixtures("mended")
@pytest.mark.parametrize("code", UNFORESEEN.values(), ids=UNFORESEEN)
async def test_unforeseen_database_error_of_a_tool_ends_the_turn_with_an_apology(
    fresh_database: str, tmp_path: Path, owner: Engine, code: str
) -> None:
    broken = calls(("create_ticket", {"name": "VPN drops"}))
    script = calls(("add_note", {"on": "TKT-54", "text": "hi"})), broken, says("Yes.")
    break_table(owner, "tickets", code)
    async with desk_with(fresh_database, tmp_path, *script) as (desk, served):
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "VPN drops")
        assert await the_answer(desk, said) == FAILED
        [answer] = answers(desk, said)
        assert "Added NOTE-" in str(answer.blocks)
        assert "Try again" in answer.buttons
        assert len(served.requests) == 2
        again = await desk.slack.say(desk.user(PRIYA), said.channel, "and now?", said.ts)
        assert words(await desk.answer_to(again)) == "Yes."
        await settled(desk)
    assert turns(owner) == ["failed", "answered"]


@pytest.mark.usefixtures("mended")
@pytest.mark.parametrize("code", ["22003", "22001", "22P02"])
async def test_model_is_told_that_the_database_cannot_store_a_value(
    fresh_database: str, tmp_path: Path, owner: Engine, code: str
) -> None:
    break_table(owner, "tickets", code)
    broken = calls(("create_ticket", {"name": "VPN drops"}))
    async with desk_with(fresh_database, tmp_path, broken, says("I could not.")) as (desk, served):
        said = await desk.slack.say(desk.user(PRIYA), await desk.direct(PRIYA), "VPN drops")
        assert await the_answer(desk, said) == "I could not."
        assert "cannot hold" in served.results()[0]


@pytest.mark.usefixtures("mended")
async def test_message_whose_turn_cannot_be_begun_gets_an_apology(
    desk: Desk, owner: Engine
) -> None:
    break_table(owner, "people", UNFORESEEN["check_violation"])
    said = await said_in(desk, MENTION, person=DANIEL)
    told = await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(DANIEL), said.channel))
    assert told[0].text == FAILED
    await settled(desk)
    mend(owner)
    again = await desk.slack.say(desk.user(DANIEL), said.channel, MENTION, said.ts)
    assert "MAC-7" in str((await desk.answer_to(again)).blocks)


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_too_long", "an_error_of_tomorrow"])
async def test_turn_ends_with_a_sentence_if_slack_refuses_its_consent_card(
    desk: Desk, owner: Engine, error: str
) -> None:
    direct = await desk.direct(DANIEL)
    desk.slack.fail("chat.postMessage", error=error)
    said = await desk.slack.say(desk.user(DANIEL), direct, "close TKT-54")
    assert (await desk.answer_to(said)).text == FAILED
    await settled(desk)
    assert turns(owner) == ["failed"]
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT state FROM consents")) == "withdrawn"
        assert connection.scalar(text("SELECT status FROM tickets WHERE id = 54")) == "Open"
    again = await desk.slack.say(desk.user(DANIEL), direct, ASK, said.ts)
    assert "MAC-7" in str((await desk.answer_to(again)).blocks)


async def test_answer_sent_as_plain_text_pings_nobody_whom_a_record_names(
    desk: Desk, owner: Engine
) -> None:
    with owner.begin() as connection:
        connection.execute(text("UPDATE tickets SET name = '*Now* <!channel>' WHERE id = 54"))
    desk.slack.fail("chat.postMessage", error="invalid_blocks", times=2)
    answer = await desk.ask(PRIYA, "show TKT-54")
    assert "&lt;!channel&gt;" in answer.text
    assert "<!channel>" not in answer.text


async def test_answer_sent_as_plain_text_still_has_receipts_and_lists(desk: Desk) -> None:
    direct = await desk.direct(PRIYA)
    for question, expected in {
        "open a ticket: VPN drops": "Created TKT-61",
        "my open tickets": "TKT-61",
    }.items():
        desk.slack.fail("chat.postMessage", error="invalid_blocks", times=2)
        answer = await desk.ask(PRIYA, question, direct)
        assert not answer.blocks
        assert expected in answer.text


async def test_answer_is_sent_though_slack_refuses_to_list_earlier_messages(desk: Desk) -> None:
    for error in ("missing_scope", "unknown_method", "not_allowed_token_type"):
        desk.slack.fail("chat.postMessage", status=500)
        desk.slack.fail("conversations.replies", error=error)
        assert "MAC-5" in await the_answer(desk, await said_in(desk, MENTION)), error


@pytest.mark.parametrize("status", [200, 403, 502])
async def test_call_of_slack_that_a_proxy_answers_with_an_error_page_is_retried(
    desk: Desk, status: int
) -> None:
    desk.slack.fail("chat.postMessage", page=True, status=status)
    assert "MAC-5" in await the_answer(desk, await said_in(desk, MENTION))
    assert posted(desk) == 2
