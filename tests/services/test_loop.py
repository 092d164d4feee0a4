"""Whole turns: the real client over HTTP, and the real tools with the demo's data."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.cli.ask import ask
from bot.process import open_models
from services.agent import loop
from services.agent.journal import ClaimLost, append
from services.agent.loop import IN_CIRCLES, MAX_RESULT, MAX_STEPS, TOO_LONG, Agent
from services.agent.tool_calls import OFFERED
from services.agent.transcript import (
    Delivery,
    Message,
    Step,
    Thread,
    Turn,
    messages_for,
)
from services.context import Actor, Role
from services.entities.person import Person
from services.entities.ticket import Ticket
from services.settings import Settings
from services.storage.database import Database
from tests.fixtures import DANIEL, PRIYA, delivered
from tests.services.provider import KEY, Provider, calls, completion, fails, llm, provider, says

EMAILS = {PRIYA: "priya.raman@alderway.example", DANIEL: "daniel.okafor@alderway.example"}
TICKET = ("create_ticket", {"name": "VPN drops"})


class Asking:
    def __init__(self, database_url: str) -> None:
        self.database_url = database_url

    async def __call__(
        self, *script: Any, person: int = PRIYA, words: str = "please"
    ) -> tuple[str, Provider]:
        async with provider(*script) as served:
            settings = Settings.load(_env_file=None, **llm(served.url))
            return await ask(settings, self.database_url, words, EMAILS[person]), served


@pytest.fixture
def asking(fresh_database: str) -> Asking:
    return Asking(fresh_database)


async def tickets_called(acting_as: Any, name: str) -> int:
    async with acting_as(DANIEL) as ctx:
        return await Ticket.count(ctx, Ticket.name == name)


async def test_request_to_a_model_names_person_and_time_and_offers_the_persons_tools(
    asking: Asking,
) -> None:
    answer, served = await asking(says("Hi Priya"))
    assert answer == "Hi Priya"
    [request] = served.requests
    system = request["messages"][0]["content"]
    assert '"Priya Raman" (USR-5, requester)' in system
    assert "Europe/London" in system
    offered = {name for name, tool in OFFERED.items() if tool.needs == Role.requester}
    assert {each["function"]["name"] for each in request["tools"]} == offered


async def test_several_tool_calls_in_one_answer_of_a_model_run_in_order(asking: Asking) -> None:
    made = calls(("find_machines", {}), TICKET, ("get", {"records": "TKT-61"}))
    answer, served = await asking(made, says("Done: TKT-61"))
    assert answer == "Done: TKT-61\n✓ Created TKT-61"
    machines, created, read = served.results()
    assert "MAC-5" in machines
    assert created.startswith("TKT-61") or "TKT-61" in created
    assert "VPN drops" in read
    roles = [each["role"] for each in served.requests[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "tool", "tool"]


async def test_results_of_tools_carry_the_ids_of_their_calls(asking: Asking) -> None:
    _, served = await asking(calls(("find_machines", {}), ("find_tickets", {})), says("Done"))
    _, _, said, *results = served.requests[-1]["messages"]
    ids = [each["id"] for each in said["tool_calls"]]
    assert [each["tool_call_id"] for each in results] == ids


CANNOT_RUN = [
    (("create_ticket", '{"name": '), "are not JSON"),
    (("create_ticket", '["VPN drops"]'), "one JSON object"),
    (("create_ticket", '"VPN drops"'), "not JSON"),
    (("create_ticket", "null"), "name: Field required"),
    (("create_ticket", {"name": 7}), "name: Input should be a valid string"),
    (("create_ticket", {"name": "V", "colour": "red"}), "colour"),
    (("create_ticket", None), "name: Field required"),
    (("create_ticket", {"name": "V", "ctx": 1, "self": 2}), "no argument ctx, self"),
    (("create_ticket", {"name": "nul \x00 in it"}), "can't be stored"),
    (("find_tickets", {"words": "nul \x00 in it"}), "can't be stored"),
    (("create_ticket", '{"name": "half a pair \\ud83d"}'), "are not JSON"),
    (("create_ticket", {"name": "V", "priority": "Yesterday"}), "priority"),
    (("get", {"records": "TKT-99999999999999999999"}), "no record of that id or name"),
    (("get", {"records": "TKT-9999999"}), "There is no TKT-9999999"),
    (("update_tickets", {"tickets": "MAC-5", "status": "Closed"}), "MAC-5 is a machine"),
    (("drop_tables", {}), "There is no tool “drop_tables”"),
    (("set_role", {"person": "USR-5", "role": "admin"}), "There is no tool"),
    (("__init__", {}), "There is no tool"),
]
"""Tool calls that cannot be run, and what the result tells the model."""


async def test_failed_tool_call_returns_the_reason_to_the_model(asking: Asking) -> None:
    answer, served = await asking(calls(*[call for call, _ in CANNOT_RUN]), says("I could not."))
    assert answer == "I could not."
    for (call, told), result in zip(CANNOT_RUN, served.results(), strict=True):
        assert told in result, call


async def test_failed_tool_call_rolls_back_only_its_own_changes(asking: Asking) -> None:
    made = calls(TICKET, ("create_ticket", {"name": ""}), ("create_ticket", {"name": "Second"}))
    answer, served = await asking(made, says("Done"))
    assert answer == "Done\n✓ Created TKT-61\n✓ Created TKT-62"
    assert "Correct the arguments" in served.results()[1]


async def test_tool_calls_without_ids_and_arguments_are_run(asking: Asking) -> None:
    _, served = await asking(
        calls(("find_machines", None), ("find_tickets", None), ids=False),
        calls(("current_time", None), ids=False),
        says("Done"),
    )
    assert ["MAC-5" in result for result in served.results()] == [True, False, False]
    assert "It is" in served.results()[2]


async def test_refusal_field_of_a_models_response_becomes_the_answer(asking: Asking) -> None:
    answer, _ = await asking(completion({"content": None, "refusal": "I can't help with that."}))
    assert answer == "I can't help with that."


async def test_model_that_never_stops_calling_tools_is_stopped_with_a_sentence(
    asking: Asking,
) -> None:
    pages = [calls(("find_tickets", {"words": f"word {n}"})) for n in range(MAX_STEPS + 5)]
    answer, served = await asking(*pages)
    assert answer == TOO_LONG
    assert len(served.requests) == MAX_STEPS


async def test_model_that_repeats_the_same_call_is_stopped_with_a_sentence(asking: Asking) -> None:
    answer, served = await asking(calls(("find_tickets", {})))
    assert answer == IN_CIRCLES
    assert len(served.requests) == 4


async def test_long_tool_result_is_sent_to_the_model_without_its_middle(
    asking: Asking, acting_as: Any
) -> None:
    async with acting_as(DANIEL) as ctx:
        ticket = await Ticket.get(ctx, 12)
        await ticket.change(ctx, description=f"first {'x' * 13_000} last")
    made = calls(("get", {"records": "TKT-12"}))
    _, served = await asking(made, says("Long."), person=DANIEL)
    longest = max(served.results(), key=len)
    assert MAX_RESULT < len(longest) < MAX_RESULT + 200
    assert "characters cut: ask for one record, or for the next page) …" in longest


async def test_model_fault_later_in_a_turn_keeps_the_changes_made_before(
    asking: Asking, acting_as: Any
) -> None:
    answer, _ = await asking(calls(TICKET), fails(402))
    assert "run out of credit" in answer
    assert answer.endswith("✓ Created TKT-61")
    assert KEY not in answer
    assert await tickets_called(acting_as, "VPN drops") == 1


# ---- what was begun is taken up again


class Begun:
    """A turn that can be run, cancelled and run again."""

    def __init__(self, database: Database, turn: Turn) -> None:
        self.database, self.turn = database, turn

    async def run(self, served: Provider) -> str:
        actor = Actor(PRIYA, Role.requester, turn_id=self.turn.id)
        async with open_models(Settings.load(_env_file=None, **llm(served.url))) as model:
            agent = Agent(self.database, model)
            messages = await messages_for(self.database, self.turn)
            person = await Person.get(self.database, PRIYA)
            self.turn = await agent.run(
                self.turn, messages, True, person, actor, self.take_follow_ups
            )
        return str(self.turn.answer)

    async def add(self, message: Message) -> None:
        await delivered(self.database, "T:D:2", message)

    async def take_follow_ups(self) -> list[Message]:
        waiting = update(Delivery).where(Delivery.state == "waiting").values(state="taken")
        rows = await self.database.fetch_all(waiting.returning(Delivery.event))
        taken = [row["event"] for row in rows]
        for message in taken:
            await append(self.database, self.turn, message)
        return taken

    async def roles(self) -> list[str]:
        steps = await self.database.fetch_all(select(Step.message).order_by(Step.id))
        return [step["message"]["role"] for step in steps]


@pytest.fixture
async def begun(database: Database) -> Begun:
    place = insert(Thread).values(key="T:D:1", channel="D", thread_ts="1")
    [thread] = await database.fetch_all(place.returning(Thread.id))
    asked = insert(Turn).values(thread_id=thread["id"], person_id=PRIYA, audience="private")
    [row] = await database.fetch_all(asked.returning(*Turn.__table__.c))
    turn = Turn(**row)
    await append(database, turn, {"role": "user", "content": "open a ticket: VPN drops"})
    return Begun(database, turn)


async def test_turn_cancelled_while_the_model_thinks_repeats_no_change_when_resumed(
    begun: Begun, acting_as: Any
) -> None:
    thinking = asyncio.Event()

    async def never() -> Any:
        thinking.set()
        await asyncio.Event().wait()

    async with provider(calls(TICKET), never, says("Done")) as served:
        first = asyncio.create_task(begun.run(served))
        await thinking.wait()
        first.cancel()
        await asyncio.wait([first])
        assert await begun.run(served) == "Done"
    assert await begun.roles() == ["user", "assistant", "tool", "assistant"]
    assert await tickets_called(acting_as, "VPN drops") == 1


@pytest.mark.parametrize("done", [0, 1, 2])
async def test_interrupted_turn_continues_with_its_next_open_tool_call(
    begun: Begun, acting_as: Any, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    made = [("create_ticket", {"name": f"Part {n}"}) for n in range(3)]
    async with provider(calls(*made), says("Done")) as served:
        with pytest.raises(SystemError):
            await begun.run(_dying_after(served, done, monkeypatch))
        monkeypatch.undo()
        assert await begun.run(served) == "Done"
    assert await begun.roles() == ["user", "assistant", "tool", "tool", "tool", "assistant"]
    assert [await tickets_called(acting_as, f"Part {n}") for n in range(3)] == [1, 1, 1]


def _dying_after(served: Provider, done: int, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """Let the process end within the tool call, after its work and before its commit."""
    run, left = Agent._run_tool, [done]

    async def dying(*given: Any) -> Any:
        ended = await run(*given)
        left[0] -= 1
        return ended

    async def record(ctx: Any, *given: Any) -> Any:
        if left[0] == 0:
            raise SystemError
        return await whole(ctx, *given)

    whole = loop._record
    monkeypatch.setattr(Agent, "_run_tool", dying)
    monkeypatch.setattr(loop, "_record", record)
    return served


async def test_model_is_not_asked_again_if_its_answer_is_stored(begun: Begun) -> None:
    async with provider(says("Done")) as served:
        assert [await begun.run(served), await begun.run(served)] == ["Done", "Done"]
        assert len(served.requests) == 1


async def test_follow_up_message_is_part_of_the_next_request_to_the_model(begun: Begun) -> None:
    async def adding() -> Any:
        await begun.add({"role": "user", "content": "and say it is urgent"})
        return calls(TICKET)()

    async with provider(adding, says("Done")) as served:
        await begun.run(served)
    assert served.requests[-1]["messages"][-1]["content"] == "and say it is urgent"
    assert await begun.roles() == ["user", "assistant", "tool", "user", "assistant"]


async def test_run_that_has_lost_its_claim_writes_nothing(begun: Begun, acting_as: Any) -> None:
    async def overtaking() -> Any:
        await begun.database.execute(update(Turn).values(claim="another run"))
        return calls(TICKET)()

    async with provider(overtaking, says("Done")) as served:
        with pytest.raises(ClaimLost):
            await begun.run(served)
    assert await begun.roles() == ["user"]
    assert await tickets_called(acting_as, "VPN drops") == 0
