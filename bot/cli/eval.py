"""`eval`: measure a model with service-desk tasks over fresh demo desks."""

from collections.abc import Sequence
from pathlib import Path

from bot.cli.serve import Say
from bot.process import open_models
from services.agent.offline import OfflineModel
from services.errors import SetupError
from services.evaluation.play import Run, play
from services.evaluation.report import as_page, as_text
from services.evaluation.task import load_tasks
from services.settings import Settings


async def evaluate(
    settings: Settings,
    model: str | None,
    wanted: Sequence[str],
    runs: int,
    at_once: int,
    say: Say,
) -> tuple[str, str]:
    """Run the evaluation's tasks with one model; return the results as a table and as HTML."""
    tasks = load_tasks(wanted)
    name = model or (settings.llm_models[0] if settings.llm_api_key else OfflineModel.name)
    if name != OfflineModel.name and not settings.llm_api_key:
        raise SetupError(f"Set LLM_API_KEY to evaluate {name}, or leave --model out.")
    settings = settings.model_copy(update={"llm_models": (name,)})
    async with open_models(settings) as models:
        done = await play(tasks, models.only(name), runs, at_once, lambda run: say(_progress(run)))
    return as_text(done), as_page(done, name)


def write_report(page: str, path: Path) -> None:
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        sentence = f"I can't write {path} ({error.strerror}): choose another file with --report."
        raise SetupError(sentence) from error


def _progress(run: Run) -> str:
    problems = "; ".join([*run.verdict.missed, *run.verdict.forbidden])
    return f"{'✓' if run.verdict.good else '✗'} {run.task.name} {problems}".rstrip()
