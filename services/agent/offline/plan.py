"""What a plan is: a generator that asks for tool calls, is sent their results, returns a text."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

from services.agent.offline.calls import Call
from services.agent.offline.memory import Memory

Plan = Generator[list[Call], list[str], str]


@dataclass(frozen=True, slots=True)
class Said:
    """What a pattern found in a person's words, and what the thread said before."""

    words: str
    groups: Mapping[str, str | None]
    memory: Memory

    def __getitem__(self, name: str) -> str:
        return (self.groups.get(name) or "").strip()


Planner = Callable[[Said], Plan]
Done = tuple[Call, str]


def replay(plan: Plan, done: list[Done]) -> list[Call] | str:
    """Run a plan over the results in the transcript; return the calls it still needs, or its text.

    Every turn starts from nothing but the transcript, so a crash or another replica loses nothing.
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
    """Return the results of the calls, each taken once; None if one is missing."""
    results = []
    for each in wanted:
        found = next((done for done in left if done[0] == each), None)
        if found is None:
            return None
        left.remove(found)
        results.append(found[1])
    return results
