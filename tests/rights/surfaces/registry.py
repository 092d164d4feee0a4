"""The registry of surfaces, and which records each must open and change by the docs."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from tests.rights.surfaces.stage import Shown, Stage
from tests.rights.world import ELSEWHERE, VIEWERS, Viewer, World

Run = Callable[[Stage, Viewer, Shown], Awaitable[None]]
Expected = Callable[[World, Viewer], set[str]]


@dataclass(frozen=True)
class Surface:
    """A surface; `opens` and `changes` return the records that must open and change there."""

    run: Run
    viewers: tuple[Viewer, ...]
    opens: Expected | None
    changes: Expected | None
    tools: frozenset[str]
    listeners: frozenset[str]
    routes: frozenset[str]


SURFACES: dict[str, Surface] = {}


def surface(
    name: str,
    opens: Expected | None = None,
    changes: Expected | None = None,
    *,
    tools: Iterable[str] = (),
    listeners: Iterable[str] = (),
    routes: Iterable[str] = (),
) -> Callable[[Run], Run]:
    # Only tools are called before an audience; all else is shown to one person alone.
    viewers = (*VIEWERS, ELSEWHERE) if tools else VIEWERS

    def register(run: Run) -> Run:
        covers = frozenset(tools), frozenset(listeners), frozenset(routes)
        SURFACES[name] = Surface(run, viewers, opens, changes, *covers)
        return run

    return register


def made(*prefixes: str) -> Expected:
    """Expect the records made for these tests that the viewer sees."""
    return lambda world, viewer: {key for key in keys(world, *prefixes) if world.sees(viewer, key)}


def typical(*prefixes: str) -> Expected:
    """Expect two records of each relation that the viewer sees, where opening all is slow."""
    return lambda world, viewer: {
        key for key in world.typical(viewer, *prefixes) if world.sees(viewer, key)
    }


def listed(prefix: str, **equals: Callable[[Viewer], object]) -> Expected:
    """Expect the visible records of a type whose columns have these values."""
    return lambda world, viewer: {
        key
        for key in world.visible(viewer, f"{prefix}-")
        if all(world.rows[key][column] == value(viewer) for column, value in equals.items())
    }


def keys(world: World, *prefixes: str) -> list[str]:
    return [key for key in world.made if key.split("-")[0] in prefixes]


def me(viewer: Viewer) -> object:
    return viewer.person or 0
