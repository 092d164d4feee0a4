"""Plans: generators that yield tool calls, are sent their results, and return a text."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

from services.agent.offline.calls import Call
from services.agent.offline.memory import Memory

Plan = Generator[list[Call], list[str], str]


@dataclass(frozen=True, slots=True)
class Said:
    """A person's sentence, the parts that a pattern found in it, and the thread's memory."""

    words: str
    groups: Mapping[str, str | None]
    memory: Memory

    def __getitem__(self, name: str) -> str:
        return (self.groups.get(name) or "").strip()


Planner = Callable[[Said], Plan]
Done = tuple[Call, str]


def replay(plan: Plan, done: list[Done]) -> list[Call] | str:
    """Run a plan with the results in the transcript; return the calls to make next, or its text.

    The plan is run from its beginning each time, so any replica can continue after a crash.
    """
    left = list(done)
    try:
        wanted = next(plan)
        while True:
            results = _take(wanted, left)
            if results is None:
                return wanted
            wanted = plan.send(results)
    except StopIteration as end:
        return str(end.value)


def _take(wanted: list[Call], left: list[Done]) -> list[str] | None:
    """Remove a result for each call from `left`, and return them; None if one is missing."""
    results = []
    for each in wanted:
        found = next((done for done in left if done[0] == each), None)
        if found is None:
            return None
        left.remove(found)
        results.append(found[1])
    return results
