"""A small chaos run; `make chaos` is the large one."""

from tests.chaos.run import Plan, run


async def test_no_message_is_lost_or_answered_twice_while_processes_are_killed() -> None:
    plan = Plan(messages=24, threads=8, kills=2, restarts=1, replicas=2, seed=7)
    outcome = await run(plan)
    assert outcome.wrong == []
    assert outcome.figures["messages"] == 24
