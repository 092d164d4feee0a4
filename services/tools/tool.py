"""What a tool is: one typed async function that a model, a command or a test calls alike."""

import inspect
import types
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, create_model

from services import metrics
from services.context import Context, Role
from services.entities.base import Entity, load
from services.entities.card import Ref
from services.entities.person import Person
from services.errors import DeskError, NotAllowed
from services.limits import come_back, no_write_before

NeedsConsent = Callable[..., Awaitable[bool]]

TOOLS: dict[str, "Tool"] = {}
"""Every tool by name, in the order in which they were declared."""


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list: what was looked for, how many there are in all, and where to go on."""

    what: str
    items: Sequence[Entity]
    total: int
    next: str | None = None

    @classmethod
    def cut(cls, what: str, found: Sequence[Entity], size: int, total: int) -> "Page":
        """The page of a query that was asked for one row more than `size`."""
        more = found[size - 1].key if len(found) > size else None
        return cls(what, found[:size], total, more)

    @property
    def refs(self) -> tuple[Ref, ...]:
        return tuple(item.ref for item in self.items)

    def as_text(self) -> str:
        if not self.items:
            return f"No {self.what}."
        lines = [f"{len(self.items)} of {self.total} {self.what}:"]
        lines += [f"- {ref.as_text()}" for ref in self.refs]
        if self.next:
            lines.append(f"More: call again with after={self.next}.")
        return "\n".join(lines)


Result = Entity | Page | str


@dataclass(frozen=True, slots=True)
class Tool:
    """`schema` is the function's signature as the model is told it.

    A tool `by_hand` is not offered to models: only a person's own command or button runs it.
    `consent` says of prepared arguments whether a model's call waits for the person's approval;
    what people call by hand they have approved.
    """

    name: str
    run: Callable[..., Awaitable[Result]]
    needs: Role
    writes: bool
    by_hand: bool
    consent: NeedsConsent | None
    arguments: type[BaseModel]
    entities: dict[str, type[Entity]]
    schema: dict[str, Any]

    async def __call__(self, ctx: Context, **arguments: object) -> Result:
        """Check, load and run; a person's mistake raises `DeskError`, which says what to do."""
        with metrics.timed("tool_called", metrics.TOOL_SECONDS, tool=self.name):
            return await self.run(ctx, **await self.prepare(ctx, **arguments))

    async def prepare(self, ctx: Context, **arguments: object) -> dict[str, Any]:
        """The checked arguments, with the records in the place of their ids."""
        if ctx.actor.effective_role < self.needs:
            raise NotAllowed(
                f"{self.name} is for {self.needs.name}s. In a channel that others read, everyone"
                " acts as a requester: ask in a direct message, or ask a technician."
            )
        # What admins set by hand is free, or a limit set too low could not be set right.
        if self.writes and not self.by_hand and (when := await no_write_before(ctx)):
            person = await Person.get(ctx, ctx.actor.person_id)
            raise NotAllowed(come_back("change something", when, person.zone))
        try:
            given = self.arguments.model_validate(arguments)
        except ValidationError as error:
            raise DeskError(_how_to_mend(self.name, error)) from None
        values = {name: getattr(given, name) for name in given.model_fields_set}
        for name in values.keys() & self.entities.keys():
            values[name] = await self._load(ctx, self.entities[name], values[name])
        return values

    async def _load(self, ctx: Context, kind: type[Entity], value: Any) -> Any:
        if isinstance(value, list):
            return [await self._load(ctx, kind, each) for each in value]
        if value is None:
            return None
        if value == "me" and kind.prefix == "USR":
            value = f"USR-{ctx.actor.person_id}"
        entity = await load(ctx, value)
        if not isinstance(entity, kind):
            example = getattr(kind, "prefix", "TKT")
            raise DeskError(f"{entity.key} is a {entity.noun}; an id such as {example}-12 fits.")
        return entity


def tool(
    *,
    needs: Role = Role.requester,
    writes: bool = False,
    by_hand: bool = False,
    consent: NeedsConsent | None = None,
) -> Callable[[Callable[..., Awaitable[Result]]], Tool]:
    """Register a function as a tool; its docstring is written for the model."""

    def register(function: Callable[..., Awaitable[Result]]) -> Tool:
        made = _make(function, needs, writes, by_hand, consent)
        TOOLS[made.name] = made
        return made

    return register


def _make(
    function: Callable[..., Awaitable[Result]],
    needs: Role,
    writes: bool,
    by_hand: bool,
    consent: NeedsConsent | None,
) -> Tool:
    hints = get_type_hints(function, include_extras=True)
    entities: dict[str, type[Entity]] = {}
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        kind = _entity_kind(hints[name])
        if kind:
            entities[name] = kind
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[name] = (_for_the_model(hints[name]), default)
    name = function.__name__
    arguments = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
    schema = {
        "type": "function",
        "function": {
            "name": name,
            "description": inspect.getdoc(function) or "",
            "parameters": _without_titles(arguments.model_json_schema()),
        },
    }
    return Tool(name, function, needs, writes, by_hand, consent, arguments, entities, schema)


def _entity_kind(hint: Any) -> type[Entity] | None:
    """The kind that a parameter takes: `Machine`, `Machine | None` and `list[Machine]` alike."""
    if isinstance(hint, type) and issubclass(hint, Entity):
        return hint
    return next((kind for part in get_args(hint) if (kind := _entity_kind(part))), None)


def _for_the_model(hint: Any) -> Any:
    """The same type with ids in the place of records."""
    if isinstance(hint, type) and issubclass(hint, Entity):
        prefix = getattr(hint, "prefix", "[A-Z]+")
        me = "|^me$" if prefix == "USR" else ""
        return Annotated[str, StringConstraints(pattern=rf"^{prefix}-[0-9]+${me}")]
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *notes = get_args(hint)
        return Annotated[_for_the_model(inner), *notes]
    if origin is list:
        return list[_for_the_model(get_args(hint)[0])]  # type: ignore[misc]
    if origin in (Union, types.UnionType):
        return Union[tuple(_for_the_model(part) for part in get_args(hint))]  # noqa: UP007
    return hint


def _without_titles(schema: Any) -> Any:
    """Pydantic titles every field; a model pays for each of them and learns nothing."""
    if isinstance(schema, dict):
        return {
            key: _without_titles(value)
            for key, value in schema.items()
            if not (key == "title" and isinstance(value, str))
        }
    return [_without_titles(item) for item in schema] if isinstance(schema, list) else schema


def _how_to_mend(name: str, error: ValidationError) -> str:
    complaints = [
        f"{'.'.join(str(part) for part in each['loc']) or 'arguments'}: {each['msg']}"
        for each in error.errors(include_url=False)
    ]
    return f"Wrong arguments for {name}. {'; '.join(complaints)}. Correct them and call again."
