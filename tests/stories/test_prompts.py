"""Prompts that Slack suggests in direct messages fit the person."""

from tests.fixtures import DANIEL, EMRE, PRIYA, Desk
from tests.stories.telling import words

SET = "assistant.threads.setSuggestedPrompts"


async def prompts(desk: Desk, person: int) -> dict[str, str]:
    """Return the messages of the prompts by their titles."""
    place = (await desk.direct(person), "")
    await desk.slack.open_home(desk.user(person), "messages")
    set_for = await desk.slack.until(lambda: desk.slack.prompts.get(place))
    return {each["title"]: each["message"] for each in set_for["prompts"]}


async def test_suggested_prompts_of_a_requester_name_their_ticket_and_machine(desk: Desk) -> None:
    offered = await prompts(desk, PRIYA)
    assert offered["How is “Laptop fan loud and hot in model review”?"] == "How is TKT-37 doing?"
    assert offered["My LT-PRAMAN-01"] == "Show MAC-5"
    assert "Assigned to me" not in offered


async def test_suggested_prompts_of_a_technician_include_their_queue(desk: Desk) -> None:
    assert next(iter(await prompts(desk, DANIEL))) == "Assigned to me"


async def test_suggested_prompts_are_understood_by_the_built_in_rules(desk: Desk) -> None:
    for message in (await prompts(desk, DANIEL)).values():
        answer = await desk.ask(DANIEL, message)
        assert "did not understand" not in words(answer), message


async def test_answer_is_sent_though_slack_refuses_the_suggested_prompts(desk: Desk) -> None:
    desk.slack.fail(SET, error="missing_scope")
    await desk.slack.open_home(desk.user(EMRE), "messages")
    await desk.slack.until(lambda: any(call.method == SET for call in desk.slack.calls))
    assert await prompts(desk, EMRE)
