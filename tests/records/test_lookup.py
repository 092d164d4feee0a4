"""Records named by words in place of ids."""

import pytest

from services.errors import DeskError
from services.tools import TOOLS
from tests.fixtures import DANIEL, PRIYA
from tests.stories.telling import ActingAs


async def test_get_finds_a_record_of_any_type_by_its_name(acting_as: ActingAs) -> None:
    async with acting_as(PRIYA) as ctx:
        names = {"lt-praman": "MAC-5", "Second SSD": "TKT-54", "okafor": "USR-6"}
        names["calculation archive gone"] = "TKT-54"  # words of its description
        for name, key in (names | {"Daniel, IT": "USR-6", "praman 5680": "MAC-5"}).items():
            assert key in str(await TOOLS["get"](ctx, records=name)).partition("\n")[0]
        with pytest.raises(DeskError, match="Several records fit “praman”"):
            await TOOLS["get"](ctx, records="praman")
        with pytest.raises(DeskError, match="no record of that id or name"):
            await TOOLS["get"](ctx, records="Screens go black")  # a ticket that she does not see


async def test_error_names_the_records_that_have_all_words_but_one(
    acting_as: ActingAs,
) -> None:
    async with acting_as(DANIEL) as ctx:
        with pytest.raises(DeskError, match=r"Did you mean Site cabin in Swansea .*\(TKT-\d+"):
            await TOOLS["get"](ctx, records="site cabin swansea offline")
        with pytest.raises(DeskError, match="Try fewer words"):
            await TOOLS["get"](ctx, records="the laptop of Zed")
    async with acting_as(PRIYA) as ctx:
        with pytest.raises(DeskError, match="Try fewer words"):
            await TOOLS["get"](ctx, records="site cabin swansea offline")  # not hers


async def test_machine_argument_accepts_the_holders_name_with_words_about_the_machine(
    acting_as: ActingAs,
) -> None:
    named = {
        "Emre T480": "MAC-27",
        "emre's machine": "MAC-27",
        "Priya’s laptop": "MAC-5",
        "Priya Raman's tower": "MAC-6",
        "Jonas' Latitude": "MAC-14",
    }
    async with acting_as(DANIEL) as ctx:
        for words, key in named.items():
            tickets = await TOOLS["find_tickets"](ctx, machine=words)
            assert f"machine {key}" in tickets.as_text()
        for words, said in {
            "Priya's machine": "Several machines fit",
            "Priya's ThinkPad": "I found no machine called",
            "Dell laptop": "I found no machine called",
        }.items():
            with pytest.raises(DeskError, match=said):
                await TOOLS["find_tickets"](ctx, machine=words)
    async with acting_as(PRIYA) as ctx:
        with pytest.raises(DeskError, match="I found no machine called"):
            await TOOLS["find_tickets"](ctx, machine="Emre T480")


@pytest.mark.parametrize(
    ("words", "key"),
    [("my Dell laptop", "MAC-5"), ("My tower", "MAC-6"), ("my fan ticket", "TKT-37")],
)
async def test_my_laptop_means_the_actors_own(acting_as: ActingAs, words: str, key: str) -> None:
    async with acting_as(PRIYA) as ctx:
        assert f" {key} " in str(await TOOLS["get"](ctx, records=words))
