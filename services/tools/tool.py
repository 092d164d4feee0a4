"""Tools: typed async functions that models, commands, buttons and forms call alike."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from services import metrics
from services.context import Context, Role
from services.entities.absent import ABSENT, NOBODY
from services.entities.base import Entity, load
from services.entities.person import Person
from services.errors import DeskError, NotAllowed
from services.limits import limit_reached, no_write_before
from services.refusals import not_allowed
from services.tools.argument_errors import argument_error, check_storable
from services.tools.lookup import resolve
from services.tools.page import Result
from services.tools.parameters import Parameter, model_of, parameters_of
from services.tools.surfaces import CardButton, Slash

if TYPE_CHECKING:
    from services.tools.actions import Opening

NeedsConsent = Callable[..., Awaitable[bool]]
Opens = Callable[[Context], Awaitable["Opening"]]

TOOLS: dict[str, "Tool"] = {}
"""Every tool by name, in the order of declaration."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A registered tool.

    `schema`: the signature as models read it.
    `by_hand`: only people can call it, by command, button or form; models can't.
    `consent`: a function that returns for prepared arguments whether the person has to approve a
    model's call. People's own calls need no consent.
    `title`: the heading of its form.
    `done`: the summary for people of a call whose result is a text.
    `opens`: a function that returns the present values for its form; the tool is then called with
    the values that the person has changed.
    """

    name: str
    run: Callable[..., Awaitable[Result]]
    needs: Role
    writes: bool
    by_hand: bool
    consent: NeedsConsent | None
    title: str
    done: str
    slashes: tuple[Slash, ...]
    buttons: tuple[CardButton, ...]
    parameters: dict[str, Parameter]
    arguments: type[BaseModel]
    schema: dict[str, Any]
    opens: Opens | None = None

    @property
    def entities(self) -> dict[str, type[Entity]]:
        """The record type of each parameter that accepts records."""
        return {name: each.entity for name, each in self.parameters.items() if each.entity}

    @property
    def edits(self) -> bool:
        """Whether one of its buttons opens a form with a record's present values."""
        return any(button.edits for button in self.buttons)

    def allows(self, ctx: Context) -> bool:
        return ctx.actor.effective_role >= self.needs

    async def __call__(self, ctx: Context, **arguments: object) -> Result:
        """Check the arguments, load their records and run; mistakes raise `DeskError`."""
        with metrics.timed("tool_called", metrics.TOOL_SECONDS, tool=self.name):
            return await self.run(ctx, **await self.prepare(ctx, **arguments))

    async def prepare(self, ctx: Context, **arguments: object) -> dict[str, Any]:
        """Return the checked arguments, with records in place of their ids, each once in a list."""
        if not self.allows(ctx):
            raise not_allowed(ctx.actor, self.needs)
        # Tools for people alone are not limited: admins must be able to raise a limit set too low.
        if self.writes and not self.by_hand and (when := await no_write_before(ctx)):
            person = await Person.get(ctx, ctx.actor.person_id)
            raise NotAllowed(limit_reached(when, person.zone))
        try:
            given = self.arguments.model_validate(arguments)
        except ValidationError as error:
            raise argument_error(self.name, self.parameters, error) from None
        values = {
            name: getattr(given, name)
            for name in self.parameters  # in order of declaration: the set has no order
            if name in given.model_fields_set
        }
        check_storable(self.parameters, values)
        for name, kind in self.entities.items():
            if name in values:
                values[name] = await self._load(ctx, kind, name, values[name])
        return values

    async def _load(self, ctx: Context, kind: type[Entity], name: str, value: Any) -> Any:
        if isinstance(value, list):
            loaded = [await self._load(ctx, kind, name, each) for each in value]
            return list({each.key: each for each in loaded}.values())
        if value is None:
            return None
        if self.parameters[name].or_absent and value.lower() in (kind.absent, *NOBODY):
            return ABSENT
        entity = await load(
            ctx, await resolve(ctx, self.parameters[name], value, may_guess=not self.writes)
        )
        if not isinstance(entity, kind):
            raise DeskError(
                f"{entity.key} is a {entity.noun}, but a {kind.noun} is needed here:"
                f" give an id such as {kind.prefix}-12.",
                field=name,
            )
        return entity


def tool(
    *,
    needs: Role = Role.requester,
    writes: bool = False,
    by_hand: bool = False,
    consent: NeedsConsent | None = None,
    title: str = "",
    done: str = "",
    slash: Slash | tuple[Slash, ...] = (),
    buttons: tuple[CardButton, ...] = (),
    opens: Opens | None = None,
) -> Callable[[Callable[..., Awaitable[Result]]], Tool]:
    """Register a function as a tool; its docstring is the description for models."""

    def register(function: Callable[..., Awaitable[Result]]) -> Tool:
        name, parameters = function.__name__, parameters_of(function)
        arguments, schema = model_of(function, parameters)
        words = inspect.getdoc(function) or ""
        described = {"name": name, "description": words, "parameters": schema}
        TOOLS[name] = Tool(
            name,
            function,
            needs,
            writes,
            by_hand,
            consent,
            title or name.replace("_", " ").capitalize(),
            done,
            slash if isinstance(slash, tuple) else (slash,),
            buttons,
            parameters,
            arguments,
            {"type": "function", "function": described},
            opens,
        )
        return TOOLS[name]

    return register
