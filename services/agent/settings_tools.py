"""The form in which admins change all settings of the desk."""

from typing import Annotated, Any

from services.agent.catalogue import choices, is_private, listed_models
from services.agent.model_tools import (
    add_model,
    line_of,
    order_models,
    put_model_first,
    remove_model,
    test_model,
)
from services.context import Context, Role
from services.desk_settings import PEOPLE
from services.entities.language_model import LanguageModel
from services.tools.actions import Action, Opening, Part
from services.tools.admin import set_role
from services.tools.argument_types import SlackId
from services.tools.parameters import Channels, Label
from services.tools.settings import (
    SLASHES,
    desk_channels,
    mark_channels,
    present_settings,
    save_settings,
    with_settings,
)
from services.tools.surfaces import Slash
from services.tools.tool import tool

MOST_MODELS = 30
"""The maximum number of models that the form shows. Slack accepts 100 blocks, and each model needs
two or three."""

UNCHANGED = "Nothing was changed."
DESK_CHANNELS = Label(
    "Desk channels",
    group=PEOPLE,
    hint="Here people have the permissions of their role; in other channels, those of a requester.",
)


async def _opening(ctx: Context) -> Opening:
    values = {**await present_settings(ctx), "desk_channels": await desk_channels(ctx)}
    roles = Part(
        "Requesters ask, technicians look after tickets and machines, admins change settings.",
        (Action("Change a role", set_role, {}),),
        "Roles",
    )
    return Opening(values, [*await _models(ctx), roles], "/settings")


async def _models(ctx: Context) -> list[Part]:
    listed, zero = await listed_models(ctx), await is_private(ctx)
    said = (
        "They are tried in this order."
        if listed
        else "There is no language model in the list: built-in rules answer."
    )
    if more := listed[MOST_MODELS:]:
        said += f" {len(more)} more are in `/itsm models`."
    heading = Part(said, (Action("Add a model", add_model, {}),), "Language models")
    shown = enumerate(listed[:MOST_MODELS], 1)
    return [heading, *(_model(each, place, zero) for place, each in shown)]


def _model(model: LanguageModel, place: int, zero: bool) -> Part:
    which = {"model": model.name}
    actions = []
    if place > 1:
        actions.append(Action("Make default", put_model_first, which))
    if place > 2:
        actions.append(Action("Move up", order_models, which | {"place": place - 1}))
    actions.append(Action("Test", test_model, which))
    if not model.from_settings:
        actions.append(
            Action("Remove", remove_model, which, confirm=f"Remove {model.name} from the list?")
        )
    keyless = "" if model.has_key else f" It has no key: set {model.key_name}."
    return Part(f"{line_of(model, place, zero)}{keyless}", tuple(actions))


@tool(
    needs=Role.admin,
    writes=True,
    by_hand=True,
    title="Settings",
    opens=_opening,
    slash=(
        Slash("/itsm", "settings", "all settings in one form", form=True),
        *SLASHES,
    ),
)
@with_settings
async def change_settings(
    ctx: Context,
    desk_channels: Annotated[list[SlackId] | None, DESK_CHANNELS, Channels()] = None,
    **settings: Any,
) -> str:
    """Change settings of the desk."""
    said = await save_settings(
        ctx, {key: value for key, value in settings.items() if value is not None}
    )
    if settings.get("zero_retention"):
        said.append(await _what_is_left(ctx))
    if desk_channels is not None:
        said += await _mark(ctx, set(desk_channels))
    return "\n".join(said) or UNCHANGED


async def _what_is_left(ctx: Context) -> str:
    left = ", ".join(each.name for each in await choices(ctx))
    return f"Only {left} may be asked now." if left else "No model in the list may be asked now."


async def _mark(ctx: Context, wanted: set[str]) -> list[str]:
    """Make these channels, and no others, desk channels; return sentences on what changed."""
    present = set(await desk_channels(ctx))
    added, removed = sorted(wanted - present), sorted(present - wanted)
    await mark_channels(ctx, added, desk=True)
    await mark_channels(ctx, removed, desk=False)
    said = []
    if added:
        said.append(f"Added {_channels(added)} to the desk channels.")
    if removed:
        said.append(f"Removed {_channels(removed)} from the desk channels.")
    return said


def _channels(changed: list[str]) -> str:
    return "1 channel" if len(changed) == 1 else f"{len(changed)} channels"
