"""The menu “⋯” of cards: technicians merge and link tickets with it, without typing an id."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine, text

from bot.playground.limits import block_errors
from bot.playground.socket_mode import MOST_BYTES
from bot.slack.render.blocks import more_menu
from services.entities.registry import ENTITY_TYPES
from services.tools import TOOLS
from services.tools.actions import Action
from tests.fixtures import DANIEL, PRIYA, Desk
from tests.stories.telling import ActingAs, card_text, said_in

MERGE, LINK, UNLINK = "Merge into…", "Link to…", "Unlink…"


def options(message: Any) -> dict[str, Any]:
    """Return the options of the menu by label; none if there is no menu."""
    menus = [each for _, each in message.elements if each["type"] == "overflow"]
    return {each["text"]["text"]: each for menu in menus for each in menu["options"]}


async def form(desk: Desk, shown: Any, label: str) -> Any:
    """Choose the option with this label, and return the form that opens."""
    chosen = {"selected_option": options(shown)[label]}
    before = desk.slack.modal(desk.user(DANIEL))
    [menu] = [each["action_id"] for _, each in shown.elements if each["type"] == "overflow"]
    await desk.slack.press(desk.user(DANIEL), shown, menu, chosen)

    def opened() -> Any:
        view = desk.slack.modal(desk.user(DANIEL))
        return view if view is not before else None

    return await desk.slack.until(opened)


async def found(desk: Desk, view: Any, typed: str) -> Any:
    """Return the first ticket that the form's menu offers for these letters."""
    answer = await desk.slack.suggest(desk.user(DANIEL), view, "record:TKT", typed)
    return answer.body["options"][0]


async def test_technician_merges_a_ticket_by_menu_without_typing_an_id(
    desk: Desk, acting_as: ActingAs
) -> None:
    view = await form(desk, await desk.ask(DANIEL, "show TKT-58"), MERGE)
    assert view.content["title"]["text"] == MERGE
    original = await found(desk, view, "second SSD")
    assert original["value"] == "TKT-54"
    await desk.slack.submit(desk.user(DANIEL), view, {"into": original})
    merged = desk.slack.modal(desk.user(DANIEL))
    assert merged
    assert merged.content["title"]["text"] == "TKT-58"
    assert "Resolution: Merged into TKT-54." in await card_text(acting_as, DANIEL, "TKT-58")


async def test_technician_links_a_ticket_by_menu_with_a_kind_in_words(
    desk: Desk, acting_as: ActingAs
) -> None:
    view = await form(desk, await desk.ask(DANIEL, "show TKT-54"), LINK)
    named, *inputs = view.content["blocks"]
    assert "TKT-54 Workstation does not see the second SSD" in str(named)
    fields = {block["block_id"]: block for block in inputs}
    assert list(fields) == ["to", "kind"]
    kinds = {each["value"]: each for each in fields["kind"]["element"]["options"]}
    assert kinds["parent"]["text"]["text"] == "This ticket is a part of the other one"
    chosen = {"to": await found(desk, view, "TKT-19"), "kind": kinds["parent"]}
    await desk.slack.submit(desk.user(DANIEL), view, chosen)
    assert "Part of: TKT-19" in await card_text(acting_as, DANIEL, "TKT-54")


async def test_menu_of_tickets_stays_below_the_size_limit_of_socket_mode(
    desk: Desk, owner: Engine
) -> None:
    view = await form(desk, await desk.ask(DANIEL, "show TKT-45"), UNLINK)
    with owner.begin() as connection:
        connection.execute(text("UPDATE tickets SET name = repeat('ü', 100)"))
        connection.execute(
            text(
                "INSERT INTO ticket_relations SELECT 45, id FROM tickets WHERE id <> 45"
                " ON CONFLICT DO NOTHING"
            )
        )
    menu = "offered:unlink_tickets:to"
    offered = (await desk.slack.suggest(desk.user(DANIEL), view, menu, "")).body
    assert 20 < len(offered["options"]) < 60
    assert len(json.dumps(offered)) < MOST_BYTES


async def test_technician_unlinks_a_ticket_by_menu_from_one_of_its_links(
    desk: Desk, acting_as: ActingAs
) -> None:
    shown = await desk.ask(DANIEL, "show TKT-45")
    view = await form(desk, shown, UNLINK)
    answer = await desk.slack.suggest(desk.user(DANIEL), view, "offered:unlink_tickets:to", "")
    [linked] = answer.body["options"]
    assert linked["value"] == "TKT-1"
    await desk.slack.submit(desk.user(DANIEL), view, {"to": linked})
    await desk.slack.until(lambda: UNLINK not in options(shown))
    assert "Related tickets" not in await card_text(acting_as, DANIEL, "TKT-45")


async def test_menu_of_a_ticket_without_links_has_no_unlink(desk: Desk) -> None:
    assert list(options(await desk.ask(DANIEL, "show TKT-58"))) == [LINK, MERGE]


async def test_menu_works_in_a_dialog_over_app_home(desk: Desk) -> None:
    await desk.slack.open_home(desk.user(DANIEL))
    home = await desk.slack.until(lambda: desk.slack.home(desk.user(DANIEL)))
    await desk.slack.press(desk.user(DANIEL), home, "entity:TKT-12")
    card = await desk.slack.until(lambda: desk.slack.modal(desk.user(DANIEL)))
    view = await form(desk, card, LINK)
    assert view.content["title"]["text"] == LINK


async def test_menu_is_the_last_element_of_a_card_in_a_channel(desk: Desk) -> None:
    said = await said_in(desk, "@Deskhand open a ticket: VPN drops every hour", person=DANIEL)
    answer, user = await desk.answer_to(said), desk.user(DANIEL)
    await desk.slack.press(user, answer, "entity:TKT-61")
    [card] = await desk.slack.until(lambda: desk.slack.ephemerals(user, answer.channel))
    *_, (_, hide), (_, menu) = card.elements
    assert hide["text"]["text"] == "Hide"
    assert menu["type"] == "overflow"


async def test_requester_sees_no_menu_on_a_card(desk: Desk) -> None:
    await desk.ask(PRIYA, "open a ticket: VPN drops every hour")
    assert not options(await desk.ask(PRIYA, "show TKT-61"))


@pytest.mark.parametrize(
    ("key", "into", "sentence"),
    [
        ("TKT-31", "TKT-54", "TKT-31 is a duplicate of TKT-26 already. Remove that link first."),
        ("TKT-31", "TKT-26", "Nothing to change"),
        ("TKT-54", "TKT-31", "TKT-31 is a duplicate itself: merge into TKT-26."),
        ("TKT-54", "TKT-54", "A ticket can't be linked to itself."),
    ],
)
async def test_impossible_merge_by_menu_is_refused_at_the_field(
    desk: Desk, key: str, into: str, sentence: str
) -> None:
    view = await form(desk, await desk.ask(DANIEL, f"show {key}"), MERGE)
    chosen = {"into": await found(desk, view, into)}
    answer = await desk.slack.submit(desk.user(DANIEL), view, chosen)
    assert sentence in answer.body["errors"]["into"]


async def test_closed_ticket_is_merged_by_menu(desk: Desk, acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        await TOOLS["update_tickets"](ctx, tickets="TKT-58", status="Closed")
    view = await form(desk, await desk.ask(DANIEL, "show TKT-58"), MERGE)
    await desk.slack.submit(desk.user(DANIEL), view, {"into": await found(desk, view, "TKT-54")})
    assert "Duplicate of: TKT-54" in await card_text(acting_as, DANIEL, "TKT-58")


FORGED: list[Any] = [
    None,
    {},
    "word",
    {"value": None},
    {"value": "word"},
    {"value": "{}"},
    {"value": "[1, {}]"},
    {"value": '["form:merge_tickets:Merge into…"]'},
    {"value": '["form:merge_tickets:Merge into…", "TKT-58"]'},
    {"value": '["form:no_such_tool:Go", {}]'},
    {"value": '["tool:", {}]'},
    {"value": '["entity:TKT-15", {}]'},
    {"value": '["tool:merge_tickets:Go", {"tickets": "word", "into": 1}]'},
    {"value": '["tool:merge_tickets:Go", {"tickets": "TKT-999", "into": "TKT-54"}]'},
]


@pytest.mark.parametrize("option", FORGED, ids=str)
async def test_forged_option_is_answered_with_a_sentence(desk: Desk, option: Any) -> None:
    shown = await desk.ask(DANIEL, "show TKT-58")
    user, before = desk.user(DANIEL), len(desk.slack.ephemerals(desk.user(DANIEL), shown.channel))
    await desk.slack.press(user, shown, "more:TKT-58", {"selected_option": option})
    told = await desk.slack.until(lambda: desk.slack.ephemerals(user, shown.channel)[before:])
    assert len(told) == 1
    assert "_" not in told[0].text
    assert "went wrong" not in told[0].text
    assert not desk.slack.modal(user)


async def test_requester_with_a_forged_option_is_told_who_may(desk: Desk) -> None:
    shown = await desk.ask(PRIYA, "show TKT-12")
    option = {"value": json.dumps([f"form:merge_tickets:{MERGE}", {"tickets": "TKT-12"}])}
    menu = {"type": "overflow", "action_id": "more:TKT-12", "options": [option]}
    shown.blocks.append({"type": "actions", "block_id": "odd", "elements": [menu]})
    user, before = desk.user(PRIYA), len(desk.slack.ephemerals(desk.user(PRIYA), shown.channel))
    await desk.slack.press(user, shown, "more:TKT-12", {"selected_option": option})
    [told] = await desk.slack.until(lambda: desk.slack.ephemerals(user, shown.channel)[before:])
    assert "technicians" in told.text


@pytest.mark.parametrize("kind", ENTITY_TYPES.values(), ids=lambda kind: kind.noun)
def test_menu_of_each_record_type_is_within_the_limits_of_slack(kind: Any) -> None:
    declared = [
        Action(button.label, tool, {button.parameter: f"{kind.prefix}-{2**63}", **button.given})
        for tool in TOOLS.values()
        for button in tool.buttons
        if button.more and kind in button.on
    ]
    menu = {"type": "actions", "elements": more_menu("KEY", declared)}
    assert block_errors([menu] if declared else [], "message") == []
