"""The tools that list, choose, test, add, order and remove language models."""

from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from sqlalchemy import bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from services.agent.catalogue import choices, is_private, listed_models
from services.agent.provider.client import CONTEXT
from services.agent.trial import try_model
from services.context import Context, Role
from services.entities.language_model import (
    OPENROUTER,
    LanguageModel,
    Preference,
    routing_of,
)
from services.errors import DeskError
from services.tools.argument_types import RowNumber
from services.tools.itsm import itsm, itsm_for_admins
from services.tools.parameters import Label, Offered
from services.tools.tool import tool
from services.web_addresses import is_web_address

DEFAULT = "default"
FIRST_ADDED = 101
"""The position of the first model that an admin adds; those of LLM_MODELS come before it."""

_NAME = r"^[\w./:@+-]+$"
_KEY = r"^LLM_[A-Z0-9_]*KEY[A-Z0-9_]*$"
_ADDRESS = r"^https?://[^\s/?#]+[^\s?#]*$"
_CHOOSE = text("SELECT app.choose_model(:turn, :model) AS done")
_OWN = select(Preference.model).where(Preference.person_id == bindparam("person"))
_LAST = select(func.coalesce(func.max(LanguageModel.position) + 1, 0).label("next"))
_PUT_IN_ORDER = text(
    "UPDATE models SET position = array_position(CAST(:ids AS bigint[]), id) - :count"
    " WHERE position <> array_position(CAST(:ids AS bigint[]), id) - :count"
)
_FIRST = select(func.least(func.min(LanguageModel.position), 1) - 1).scalar_subquery()


async def _names(ctx: Context) -> list[str]:
    return [each.name for each in await choices(ctx)]


async def _names_and_default(ctx: Context, **_: Any) -> list[str]:
    return [DEFAULT, *await _names(ctx)]


async def _all_names(ctx: Context, **_: Any) -> list[str]:
    return [each.name for each in await listed_models(ctx)]


def _checked_address(words: str) -> str:
    if not is_web_address(words):
        raise ValueError("no client can open this address")
    return words


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=75)]
Chosen = Annotated[_Text, Label("Model"), Offered(_names_and_default)]
Listed = Annotated[_Text, Label("Model"), Offered(_all_names)]
NewName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=_NAME, max_length=75),
    Label("Model name, as the provider writes it", "Please fill in the name of the model."),
]
Address = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=_ADDRESS, max_length=300),
    AfterValidator(_checked_address),
    Label("Address, such as https://openrouter.ai/api/v1"),
]
KeyName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=_KEY, max_length=75),
    Label("Environment variable of the server that has the key, such as LLM_API_KEY"),
]
KeepsNothing = Annotated[bool, Label("The provider keeps nothing and trains on nothing")]
SpeaksOpenRouter = Annotated[
    bool, Label("The server at the address understands OpenRouter's request fields")
]


_EXAMPLE = "openai/gpt-5-mini"
_of_a_model = partial(itsm_for_admins, example=_EXAMPLE, takes=("model",))


@itsm("models", "the language models, and which one is yours")
async def show_models(ctx: Context) -> str:
    """Show the language models in the order in which they are tried."""
    zero = await is_private(ctx)
    own = await ctx.fetch_one(_OWN, person=ctx.actor.person_id)
    chosen = own["model"] if own else None
    seen = (
        await listed_models(ctx) if ctx.actor.effective_role == Role.admin else await choices(ctx)
    )
    lines = [line_of(each, place, zero, chosen) for place, each in enumerate(seen, 1)]
    if not lines:
        return "There is no language model to choose: built-in rules answer your questions."
    state = "on: only models that keep nothing are asked" if zero else "off"
    heading = "Language models, in the order in which they are tried:"
    return "\n".join(
        [heading, *lines, f"Zero data retention is {state}. Choose your model with `/itsm model`."]
    )


def line_of(model: LanguageModel, place: int, zero: bool, chosen: str | None = None) -> str:
    """Return a model's line in the list of models."""
    marks = [
        f"at {model.host}",
        *(["default"] if place == 1 else []),
        *(["yours"] if model.name == chosen else []),
        *(["keeps nothing"] if model.keeps_nothing else []),
        *(
            ["not asked while zero data retention is on"]
            if zero and not model.can_keep_nothing
            else []
        ),
    ]
    return f"{place}. {model.name} ({', '.join(marks)})"


@itsm(
    "model",
    "choose the language model that answers you",
    _EXAMPLE,
    takes=("model",),
    form="Your model",
    writes=True,
)
async def prefer_model(ctx: Context, model: Chosen) -> str:
    """Choose the language model that answers the person, or “default”."""
    person = ctx.actor.person_id
    if model.lower() == DEFAULT:
        await ctx.execute(delete(Preference).where(Preference.person_id == person))
        return "The desk's default model answers you from now on."
    name = (await _meant(model, await choices(ctx))).name
    chosen = insert(Preference).values(person_id=person, model=name)
    await ctx.execute(
        chosen.on_conflict_do_update(index_elements=["person_id"], set_={"model": name})
    )
    return f"{name} answers you from now on, except where you choose another below an answer."


@tool(writes=True, by_hand=True)
async def choose_model(ctx: Context, model: _Text, turn: RowNumber) -> str:
    """Choose the language model for the thread of a turn."""
    name = (await _meant(model, await choices(ctx))).name
    [row] = await ctx.fetch_all(_CHOOSE, turn=turn, model=name)
    if not row["done"]:
        raise DeskError("Only people who ask in this thread can choose its model.")
    return f"{name} answers in this thread from now on."


@itsm_for_admins(
    "model-add",
    "test a language model and add it",
    form="Add a model",
    writes=True,
)
async def add_model(
    ctx: Context,
    name: NewName,
    base_url: Address,
    key_name: KeyName = "LLM_API_KEY",
    context: Annotated[
        int, Field(ge=8_000, le=10_000_000), Label("Context window in tokens (128000 if empty)")
    ] = CONTEXT,
    keeps_nothing: KeepsNothing = False,
    openrouter: SpeaksOpenRouter = False,
) -> str:
    """Test a model with a real call, and add it to the list or change it there."""
    values = {
        "base_url": base_url.rstrip("/"),
        "key_name": key_name,
        "context": context,
        "keeps_nothing": keeps_nothing,
        "routing": OPENROUTER if openrouter else routing_of(base_url),
        "from_settings": False,
    }
    can = await _tried(ctx, LanguageModel(name=name, **values))
    [last] = await ctx.fetch_all(_LAST)
    added = insert(LanguageModel).values(
        name=name, position=max(last["next"], FIRST_ADDED), **values
    )
    await ctx.execute(added.on_conflict_do_update(index_elements=["name"], set_=values))
    return f"{can} It is in the list now: `/itsm models`."


@_of_a_model("model-test", "test a language model with a real call", form="Test a model")
async def test_model(ctx: Context, model: Listed) -> str:
    """Test a model with a real call."""
    listed = await _meant(model, await listed_models(ctx))
    return await _tried(ctx, listed)


@_of_a_model("model-default", "put a language model first", form="Default model", writes=True)
async def put_model_first(ctx: Context, model: Listed) -> str:
    """Make a model the default: it is tried first, the others in their order after it."""
    listed = await _meant(model, await listed_models(ctx))
    first = update(LanguageModel).where(LanguageModel.id == listed.id).values(position=_FIRST)
    await ctx.execute(first)
    return f"{listed.name} is the default now."


@itsm_for_admins(
    "model-order",
    "set a language model's place in the list",
    f"{_EXAMPLE} 2",
    takes=("model", "place"),
    form="Order of models",
    writes=True,
)
async def order_models(
    ctx: Context,
    model: Listed,
    place: Annotated[
        int,
        Field(ge=1, le=10_000),
        Label(
            "Place", "Say the model's new place in the list as a number; 1 is the default model."
        ),
    ],
) -> str:
    """Move a model to a place in the list (1 is the default); the others keep their order."""
    listed = await listed_models(ctx)
    moved = await _meant(model, listed)
    others = [each.id for each in listed if each.id != moved.id]
    ids = [*others[: place - 1], moved.id, *others[place - 1 :]]
    await ctx.execute(_PUT_IN_ORDER, ids=ids, count=len(ids))
    return f"{moved.name} is number {ids.index(moved.id) + 1} of {len(ids)} now."


@_of_a_model("model-remove", "remove a language model", form="Remove a model", writes=True)
async def remove_model(ctx: Context, model: Listed) -> str:
    """Remove a model; those who chose it get the default."""
    listed = await _meant(model, await listed_models(ctx))
    if listed.from_settings:
        raise DeskError(
            f"{listed.name} comes from LLM_MODELS on the server: take it out there and restart the"
            " desk."
        )
    await ctx.execute(delete(LanguageModel).where(LanguageModel.id == listed.id))
    return f"{listed.name} is removed."


async def _tried(ctx: Context, model: LanguageModel) -> str:
    """Test a model; no transaction is open while it answers."""
    zero = await is_private(ctx)
    async with ctx.transaction.paused():
        return await try_model(model, zero_retention=zero)


async def _meant(typed: str, listed: list[LanguageModel]) -> LanguageModel:
    """Return the model of this name, or the only one whose name contains it."""
    words = typed.lower()
    found = [each for each in listed if each.name.lower() == words]
    found = found or [each for each in listed if words in each.name.lower()]
    if len(found) == 1:
        return found[0]
    names = ", ".join(each.name for each in found or listed) or "none yet"
    several = "Several models fit" if found else "There is no model"
    raise DeskError(f"{several} “{typed}”. The models are: {names}.", field="model")
