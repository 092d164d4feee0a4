"""Read and save the settings of the desk."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from services.context import Context, Role
from services.desk_settings import BY_KEY, DESK_SETTINGS, DeskSetting
from services.entities.filters import literal
from services.entities.hiding import hideable
from services.entities.setting import Channel, Setting
from services.entities.table import Base
from services.tools.parameters import Function, Label, add_parameters
from services.tools.surfaces import Slash

_STORED = select(Setting.key, Setting.value)
_MARKED_CHANNELS = select(Channel.slack_id).order_by(Channel.desk.desc(), Channel.slack_id)
_DESK_CHANNELS = select(Channel.slack_id).where(Channel.desk).order_by(Channel.slack_id)

CHOICES = {"hidden_from_models": hideable()}
"""The choices of each setting that has a list of names."""

SLASHES = tuple(
    Slash("/itsm", each.word, each.help, each.example, takes=(each.key,), form=True)
    for each in DESK_SETTINGS
    if each.word
)


def with_settings(function: Function) -> Function:
    """Replace the `**settings` of a function by a parameter for each setting."""
    return add_parameters(function, [_parameter(each) for each in DESK_SETTINGS])


def _parameter(setting: DeskSetting) -> inspect.Parameter:
    hint = " ".join(part for part in (setting.hint, _default(setting)) if part)
    label = Label(setting.label, setting.refusal, needs=Role.admin, group=setting.group, hint=hint)
    return inspect.Parameter(
        setting.key,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[_type_of(setting), label] | None,
    )


def _type_of(setting: DeskSetting) -> Any:
    """Return the type of the setting's values."""
    if setting.several:
        return list[literal(CHOICES[setting.key])]  # type: ignore[misc]
    return bool if setting.switch else Annotated[int, Field(ge=setting.least, le=setting.most)]


def _default(setting: DeskSetting) -> str:
    """Return the hint with the default of a number; empty if the environment sets it."""
    known = isinstance(setting.default, int) and not setting.switch
    return f"Default: {setting.shown(setting.default)}." if known else ""


async def present_settings(ctx: Context) -> dict[str, Any]:
    """Return the value of each setting, for admins."""
    stored = {row["key"]: row["value"] for row in await ctx.fetch_all(_STORED)}
    return {each.key: stored.get(each.key, each.preset) for each in DESK_SETTINGS}


async def save_settings(ctx: Context, values: Mapping[str, Any]) -> list[str]:
    """Save settings, and who changed them; return a sentence for each."""
    for key, value in values.items():
        if function := BY_KEY[key].function:
            await ctx.execute(text(f"SELECT app.{function}(:value)"), value=value)
        else:
            await _put(ctx, Setting, {"key": key}, {"value": value})
    return [f"“{BY_KEY[key].label}”: {BY_KEY[key].shown(value)}." for key, value in values.items()]


async def desk_channels(ctx: Context) -> list[str]:
    """Return the Slack ids of the desk's own channels."""
    return [row["slack_id"] for row in await ctx.fetch_all(_DESK_CHANNELS)]


async def marked_channels(ctx: Context) -> list[str]:
    """Return the Slack ids of the channels that are or were the desk's own, the present first.

    Only admins may read them: there are none for others.
    """
    if ctx.actor.effective_role < Role.admin:
        return []
    return [row["slack_id"] for row in await ctx.fetch_all(_MARKED_CHANNELS)]


def with_names(words: str, names: Mapping[str, str]) -> str:
    """Return a text with the names of channels in place of their Slack ids."""
    for slack_id, name in names.items():
        words = words.replace(slack_id, name)
    return words


async def mark_channels(ctx: Context, channels: Sequence[str], *, desk: bool) -> None:
    """Make channels desk channels or, with `desk` false, channels like any other."""
    for channel in channels:
        await _put(ctx, Channel, {"slack_id": channel}, {"desk": desk})


async def _put(
    ctx: Context, table: type[Base], key: dict[str, Any], values: dict[str, Any]
) -> None:
    upsert = insert(table).values(**key, **values)
    await ctx.execute(upsert.on_conflict_do_update(index_elements=list(key), set_=values))
