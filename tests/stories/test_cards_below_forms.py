"""A card whose button opened a form shows the new state when the form was submitted."""

from typing import Any

from bot.slack.render.cards import expanded
from tests.fixtures import DANIEL, PRIYA, Desk
from tests.stories.test_cards_in_dialogs import dialog, home, pressed


async def with_open_cards(desk: Desk, *keys: str) -> Any:
    """Return a message to Daniel alone, in which he has opened the cards of these records."""
    shown = await desk.ask(DANIEL, f"show {' and '.join(keys)}")
    for key in keys:
        await desk.slack.press(desk.user(DANIEL), shown, f"entity:{key}")
        await desk.slack.until(lambda key=key: key in expanded(shown.blocks))
    return shown


async def form_of(desk: Desk, target: Any, key: str, label: str, title: str = "") -> Any:
    """Press a button of the record's card, and return the form that opens."""
    blocks = target.content["blocks"] if hasattr(target, "content") else target.blocks
    row = next(
        block["block_id"]
        for block in blocks
        if block.get("block_id", "").startswith(f"card:{key}:")
        and label in [each.get("text", {}).get("text") for each in block.get("elements", ())]
    )
    await desk.slack.press(desk.user(DANIEL), target, label, block=row)

    def opened() -> Any:
        view = dialog(desk, DANIEL)
        return view if view and view.content["title"]["text"] == (title or label) else None

    return await desk.slack.until(opened)


def card_in(blocks: list[Any], key: str) -> str:
    return str([each for each in blocks if each.get("block_id", "").startswith(f"card:{key}:")])


async def submit(desk: Desk, form: Any, given: dict[str, Any]) -> None:
    answer = await desk.slack.submit(desk.user(DANIEL), form, given)
    assert answer.body["response_action"] == "update"


async def test_edited_card_in_a_direct_message_shows_the_new_values_beside_other_cards(
    desk: Desk,
) -> None:
    shown = await with_open_cards(desk, "TKT-54", "TKT-58")
    other = card_in(shown.blocks, "TKT-54")
    await submit(
        desk, await form_of(desk, shown, "TKT-58", "Edit", "Edit TKT-58"), {"name": "No sound"}
    )
    await desk.slack.until(lambda: "No sound" in card_in(shown.blocks, "TKT-58"))
    assert expanded(shown.blocks) == ["TKT-54", "TKT-58"]
    assert card_in(shown.blocks, "TKT-54") == other


async def test_card_shows_a_note_that_was_added_with_its_form(desk: Desk) -> None:
    shown = await with_open_cards(desk, "TKT-54", "MAC-5")
    await submit(desk, await form_of(desk, shown, "TKT-54", "Add note"), {"text": "Rings twice"})
    note = dialog(desk, DANIEL).content["title"]["text"]
    await desk.slack.until(lambda: note in card_in(shown.blocks, "TKT-54"))
    assert expanded(shown.blocks) == ["TKT-54", "MAC-5"]


async def test_card_opened_in_a_channel_shows_the_new_values_to_its_person(desk: Desk) -> None:
    channel = desk.slack.channel("general").id
    answer = await desk.ask(PRIYA, "@Deskhand show TKT-54", channel)
    await desk.slack.press(desk.user(DANIEL), answer, "entity:TKT-54")
    [card] = await desk.slack.until(lambda: desk.slack.ephemerals(desk.user(DANIEL), channel))
    before = answer.blocks
    await submit(
        desk, await form_of(desk, card, "TKT-54", "Edit", "Edit TKT-54"), {"name": "Two SSDs"}
    )
    await desk.slack.until(lambda: "Two SSDs" in str(card.blocks))
    assert "Hide" in card.buttons
    assert card.thread_ts == answer.thread_ts
    assert [card] == desk.slack.ephemerals(desk.user(DANIEL), channel)
    assert answer.blocks == before


async def test_card_in_a_dialog_shows_the_new_values_below_its_form(desk: Desk) -> None:
    card = await pressed(desk, DANIEL, await home(desk, DANIEL), "entity:TKT-12", "TKT-12")
    await submit(
        desk, await form_of(desk, card, "TKT-12", "Edit", "Edit TKT-12"), {"name": "No light"}
    )
    await desk.slack.until(lambda: "No light" in str(card.content))


async def test_card_that_was_closed_while_its_form_was_open_stays_closed(desk: Desk) -> None:
    shown = await with_open_cards(desk, "TKT-54", "MAC-5")
    form = await form_of(desk, shown, "TKT-54", "Edit", "Edit TKT-54")
    await desk.slack.press(desk.user(DANIEL), shown, "entity:TKT-54")
    await desk.slack.until(lambda: expanded(shown.blocks) == ["MAC-5"])
    await submit(desk, form, {"name": "Two SSDs"})
    form = await form_of(desk, shown, "MAC-5", "Edit", "Edit MAC-5")
    await submit(desk, form, {"location": "Berlin, shelf 2"})
    await desk.slack.until(lambda: "shelf 2" in card_in(shown.blocks, "MAC-5"))
    assert expanded(shown.blocks) == ["MAC-5"]


async def test_press_in_the_result_of_a_form_updates_the_cards_below(desk: Desk) -> None:
    shown = await with_open_cards(desk, "TKT-54", "MAC-5")
    form = await form_of(desk, shown, "TKT-54", "Edit", "Edit TKT-54")
    await submit(desk, form, {"name": "Two SSDs"})
    result = dialog(desk, DANIEL)
    await desk.slack.press(desk.user(DANIEL), result, "Close")
    await desk.slack.until(lambda: "Closed" in str(result.content))
    await desk.slack.until(lambda: "Closed" in card_in(shown.blocks, "TKT-54"))
    form = await form_of(desk, result, "TKT-54", "Add note")
    await submit(desk, form, {"text": "Rings twice"})
    note = dialog(desk, DANIEL).content["title"]["text"]
    await desk.slack.until(lambda: note in card_in(shown.blocks, "TKT-54"))
    await desk.slack.until(lambda: note in str(result.content))
