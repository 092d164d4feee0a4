"""Tasks are played through the real agent loop and judged by the database's state afterwards."""

import pytest

from bot.process import open_models
from services import demo
from services.agent.models import FixedModels
from services.agent.offline import OfflineModel
from services.evaluation.play import Run, play
from services.evaluation.report import as_page, as_text
from services.evaluation.task import Task, load_tasks
from services.settings import Settings
from tests.services.provider import Answer, calls, llm, provider, says

CLOSE = Task(
    name="close",
    who="daniel.okafor@alderway.example",
    says=("close TKT-12",),
    holds=("SELECT status = 'Closed' FROM tickets WHERE id = 12",),
    changes=("tickets 12",),
    answer=("closed",),
    never=("helena",),
)
CLOSED = ("update_tickets", {"tickets": ["TKT-12"], "status": "Closed"})
OTHER = ("update_tickets", {"tickets": ["TKT-13"], "priority": "Low"})


async def _played(task: Task, *script: Answer, runs: int = 1) -> list[Run]:
    async with provider(*script) as served:
        settings = Settings.load(_env_file=None, **llm(served.url))
        async with open_models(settings) as models:
            return await play([task], models.only("scripted"), runs, 1)


async def test_evaluation_task_passes_if_the_model_does_what_was_asked() -> None:
    [run] = await _played(CLOSE, calls(CLOSED), says("TKT-12 is closed now."))
    assert run.verdict.good
    assert run.calls == 2
    assert run.answers[0].startswith("TKT-12 is closed now.")


@pytest.mark.parametrize(
    ("script", "missed", "forbidden"),
    [
        ([says("TKT-12 is closed now.")], "does not hold", None),
        ([calls(CLOSED), says("Done.")], None, None),
        ([calls(OTHER), calls(CLOSED), says("closed")], None, "UPDATE in tickets: TKT-13"),
        ([calls(CLOSED), says("Closed, Helena says hi.")], None, "said: Helena"),
    ],
)
async def test_evaluation_finds_missing_and_forbidden_changes(
    script: list[Answer], missed: str | None, forbidden: str | None
) -> None:
    [run] = await _played(CLOSE, *script)
    assert (missed is None) == (not run.verdict.missed)
    assert (forbidden is None) == (not run.verdict.forbidden)
    assert (missed or "") in "".join(run.verdict.missed)
    assert (forbidden or "") in "".join(run.verdict.forbidden)


async def test_change_refused_in_an_evaluation_is_not_made() -> None:
    task = CLOSE.model_copy(update={"approves": False, "changes": (), "holds": ()})
    [run] = await _played(task, calls(OTHER), says("You refused, so nothing was closed."))
    assert run.verdict.good


async def test_evaluation_report_counts_runs_tasks_and_families() -> None:
    script = calls(CLOSED), says("TKT-12 is closed now."), says("I could not do that.")
    runs = await _played(CLOSE, *script, runs=2)
    table = as_text(runs)
    assert "1/2" in table
    assert "50% of runs, 0% of tasks in every run" in table
    assert "I could not do that." in as_page(runs, "a <model>")
    assert "a &lt;model&gt;" in as_page(runs, "a <model>")


def test_evaluation_tasks_are_valid() -> None:
    tasks = load_tasks()
    people = {row["email"] for row in demo.rows("people")}
    assert len({task.name for task in tasks}) == len(tasks) >= 60
    assert {task.who for task in tasks} <= people


async def test_built_in_rules_make_no_forbidden_change_in_any_evaluation_task() -> None:
    runs = await play(load_tasks(), FixedModels([OfflineModel()]), runs=1, at_once=4)
    assert [(run.task.name, run.verdict.forbidden) for run in runs if run.verdict.forbidden] == []
