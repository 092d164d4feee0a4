"""Tasks of the evaluation: what a person says, and what must be true afterwards."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from services.context import Audience
from services.errors import SetupError


class Task(BaseModel):
    """A conversation with checks. All lists but `says` may be empty.

    `holds`: SQL that must return true afterwards.
    `changes`: all that may change, as `TABLE`, `TABLE ID` (a number, or for notes, tags and links
    the record that they are on) or `+TABLE` for new records alone.
    `answer`: patterns that the last answer must match. `never`: patterns that no answer may match.
    `plants`: SQL that is run before the conversation.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    family: str = ""
    who: str
    where: Audience = Audience.private
    says: tuple[str, ...] = Field(min_length=1)
    approves: bool = True
    holds: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    plants: tuple[str, ...] = ()
    why: str = ""


_TASKS = TypeAdapter(list[Task])


def load_tasks(wanted: Sequence[str] = ()) -> list[Task]:
    """Return the tasks of these names and families, or all; unknown ones raise `SetupError`."""
    tasks = [task for file in _files() for task in _read(file)]
    known = {task.name for task in tasks} | {task.family for task in tasks}
    if strange := [name for name in wanted if name not in known]:
        families = ", ".join(sorted({task.family for task in tasks}))
        raise SetupError(f"There is no task or family {strange[0]}. Families: {families}.")
    return [task for task in tasks if not wanted or {task.name, task.family} & set(wanted)]


def _files() -> Iterator[Traversable]:
    folder = files("services.evaluation").joinpath("tasks")
    found = [file for file in folder.iterdir() if file.name.endswith(".yaml")]
    yield from sorted(found, key=lambda file: file.name)


def _read(file: Traversable) -> list[Task]:
    family = file.name.removesuffix(".yaml")
    try:
        tasks = _TASKS.validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise SetupError(f"{file.name} is no list of tasks: {error}") from error
    return [task.model_copy(update={"family": family}) for task in tasks]
