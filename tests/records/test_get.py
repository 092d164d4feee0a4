"""Reading several records whole in one call."""

import pytest

from services.errors import DeskError
from services.tools import TOOLS
from tests.fixtures import DANIEL, PRIYA
from tests.stories.telling import ActingAs


async def test_get_returns_several_records_in_full_in_one_call(acting_as: ActingAs) -> None:
    async with acting_as(DANIEL) as ctx:
        wanted = ["TKT-58", "lt-praman", "Anna, finance", "TKT-58"]
        single = [str(await TOOLS["get"](ctx, records=each)) for each in wanted[:3]]
        assert str(await TOOLS["get"](ctx, records=wanted)) == "\n\n".join(single)
        with pytest.raises(DeskError, match="“Records” can have at most 5 at once"):
            await TOOLS["get"](ctx, records=[f"TKT-{each}" for each in range(1, 7)])


async def test_get_refuses_a_hidden_record_among_several_like_an_absent_one(
    acting_as: ActingAs,
) -> None:
    async with acting_as(PRIYA) as ctx:
        for hidden in ("TKT-51", "TKT-999"):
            with pytest.raises(DeskError, match=f"There is no {hidden}"):
                await TOOLS["get"](ctx, records=["MAC-5", hidden])
