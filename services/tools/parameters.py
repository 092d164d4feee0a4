"""Read a tool's parameters from its signature, for models, forms and commands."""

import inspect
import types
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from annotated_types import MaxLen
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, create_model

from services.context import Role
from services.entities.absent import Absent
from services.entities.base import Entity
from services.entities.card import Ref
from services.entities.person import Person

Function = TypeVar("Function", bound=Callable[..., Any])

LONGEST_NAME = 200
"""The maximum number of characters of a name or id that is given for a record."""


@dataclass(frozen=True, slots=True)
class Label:
    """The label of a parameter for people. Goes into `Annotated` beside its type.

    `missing` is the sentence for a person who left the parameter empty or gave a wrong number.
    `choices` are the texts of the options of its menu, by value; others read like their value.
    Forms have the parameter only for the role `needs` and above, under the heading of its `group`,
    with the `hint` below it.
    """

    text: str
    missing: str = ""
    needs: Role = Role.requester
    group: str = ""
    hint: str = ""
    choices: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Offered:
    """The values among which a form lets people choose. Goes into `Annotated` beside the type.

    `values` returns texts or records; it gets the arguments with which the form was opened.
    """

    values: Callable[..., Awaitable[Sequence[str | Ref]]]


@dataclass(frozen=True, slots=True)
class Channels:
    """Marks a list of Slack channels. Goes into `Annotated` beside the type."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a tool.

    `entity` is the class of the records that it accepts, if any, by id or name. With `or_absent` it
    also accepts the word for "none".
    """

    name: str
    label: Label
    required: bool
    default: Any
    base: type
    choices: tuple[str, ...] = ()
    entity: type[Entity] | None = None
    many: bool = False
    or_absent: bool = False
    max_length: int | None = None
    offered: Offered | None = None
    channels: bool = False

    @property
    def takes_text(self) -> bool:
        """Return whether the parameter's value can be any text."""
        return self.base in (str, list) and not self.choices and not self.entity

    @property
    def missing(self) -> str:
        return self.label.missing or f"Please fill in “{self.label.text}”."


def add_parameters(
    function: Function, made: Sequence[inspect.Parameter], after: Collection[str] = ()
) -> Function:
    """Replace the last parameter of a function, such as `**columns`, by these parameters.

    The order is: the function's required parameters and those named in `after`, then `made`, then
    the function's other parameters.
    """
    context, *own, _ = inspect.signature(function).parameters.values()
    first = [each for each in own if each.default is each.empty or each.name in after]
    parameters = [*first, *made, *(each for each in own if each not in first)]
    parameters.sort(key=lambda each: each.default is not each.empty)
    hints = get_type_hints(function, include_extras=True)
    function.__annotations__ = hints | {each.name: each.annotation for each in made}
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [context, *(each.replace(kind=each.KEYWORD_ONLY) for each in parameters)]
    )
    return function


def parameters_of(function: Callable[..., Any]) -> dict[str, Parameter]:
    """Return the function's parameters by name, without the first (the context)."""
    hints = get_type_hints(function, include_extras=True)
    signature = list(inspect.signature(function).parameters.items())[1:]
    return {name: _parameter(name, hints[name], each.default) for name, each in signature}


def _parameter(name: str, hint: Any, default: Any) -> Parameter:
    notes = _notes(hint)
    label = next((note for note in notes if isinstance(note, Label)), None)
    return Parameter(
        name,
        label or Label(name.replace("_", " ").capitalize()),
        required=default is inspect.Parameter.empty,
        default=default,
        base=_base(hint),
        choices=_choices(hint),
        entity=_entity(hint),
        many=_base(hint) is list,
        or_absent=any(isinstance(note, Absent) for note in notes),
        max_length=next((length for note in notes if (length := _max_length(note))), None),
        offered=next((note for note in notes if isinstance(note, Offered)), None),
        channels=any(isinstance(note, Channels) for note in notes),
    )


def model_of(
    function: Callable[..., Any], parameters: dict[str, Parameter]
) -> tuple[type[BaseModel], dict[str, Any]]:
    """Return the pydantic model that checks arguments, and its JSON schema, ids for records."""
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {
        name: (_with_ids(hints[name]), ... if each.required else each.default)
        for name, each in parameters.items()
    }
    model = create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)
    return model, _slim(model.model_json_schema())


def _notes(hint: Any) -> list[Any]:
    """Return the metadata of all `Annotated` types in `hint`, the outermost first."""
    own = list(hint.__metadata__) if get_origin(hint) is Annotated else []
    return own + [note for part in get_args(hint)[:8] for note in _notes(part)]


def _max_length(note: Any) -> int | None:
    if isinstance(note, StringConstraints | MaxLen):
        return note.max_length
    found = (each.max_length for each in getattr(note, "metadata", []) if isinstance(each, MaxLen))
    return next(found, None)


def _base(hint: Any) -> type:
    """Return the plain type: `str` of `Annotated[str, ...] | None`, `list` of a list."""
    origin = get_origin(hint)
    if origin is Literal:
        return str
    if origin is list:
        return list
    parts = get_args(hint)[:1] if origin is Annotated else get_args(hint)
    if origin in (Annotated, Union, types.UnionType):
        return next(_base(part) for part in parts if part is not types.NoneType)
    return hint if hint in (int, bool, date) else str


def _choices(hint: Any) -> tuple[str, ...]:
    if get_origin(hint) is Literal:
        return get_args(hint)
    found = [choice for part in get_args(hint) for choice in _choices(part)]
    return tuple(dict.fromkeys(found))


def _entity(hint: Any) -> type[Entity] | None:
    """Return the record type in `Machine`, `Machine | None` or `list[Machine]`, or None."""
    if isinstance(hint, type) and issubclass(hint, Entity):
        return hint
    return next((kind for part in get_args(hint) if (kind := _entity(part))), None)


def _with_ids(hint: Any) -> Any:
    """Return the same type with ids in place of records."""
    if isinstance(hint, type) and issubclass(hint, Entity):
        usage = Field(description=_usage(hint))
        return Annotated[str, StringConstraints(max_length=LONGEST_NAME), usage]
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *notes = get_args(hint)
        if kind := any(isinstance(note, Absent) for note in notes) and _entity(inner):
            notes.append(Field(description=_usage(kind, kind.absent)))
        return Annotated[_with_ids(inner), *notes]
    if origin is list:
        # One record may be given without a list, as buttons and commands do.
        ids = types.GenericAlias(list, (_with_ids(get_args(hint)[0]),))
        return Annotated[ids, BeforeValidator(_as_list)]
    if origin in (Union, types.UnionType):
        return Union[tuple(_with_ids(part) for part in get_args(hint))]  # noqa: UP007
    return hint


def _usage(kind: type[Entity], absent: str = "") -> str:
    """Describe the values for a record: its id or name, “me” for a person, the word for none."""
    if hasattr(kind, "prefix") and not kind.named_by:
        return "id"
    me = ", or “me”" if kind is Person else ""
    return f"id or name{me}{f', or “{absent}”' if absent else ''}"


def _as_list(given: object) -> object:
    return [given] if isinstance(given, str) else given


def _slim(schema: Any) -> Any:
    """Remove titles and null from a schema: they cost tokens and tell models nothing."""
    if isinstance(schema, list):
        return [_slim(item) for item in schema if item != _NULL]
    if not isinstance(schema, dict):
        return schema
    slim = {
        key: _slim(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and (key, value) != ("default", None)
    }
    match slim:
        case {"anyOf": [{**only}], **rest}:
            return only | rest
    return slim


_NULL = {"type": "null"}
