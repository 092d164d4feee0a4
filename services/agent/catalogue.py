"""The language models that admins have listed, read from the database before each request."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import text

from services.agent.models import Models, Offer
from services.agent.offline import OfflineModel
from services.agent.provider import Model, ProviderModel
from services.agent.transcript import Turn
from services.entities.language_model import OPENROUTER, LanguageModel, routing_of
from services.errors import DeskError
from services.settings import Settings, key_named
from services.storage.database import Database, Executor
from services.storage.statements import Row

log = structlog.get_logger()

NONE_KEEPS_NOTHING = (
    "Zero data retention is on, and none of the desk's language models is known to keep nothing."
    " Please ask an admin to add one that does."
)
SPENT = (
    "You have used up this month's budget for language models; the next one begins on {day}, UTC."
)
NO_KEY = "The desk has no key for its language model. Please ask an admin to set it."

_MODELS = "SELECT models.*, app.zero_retention() AS zero_retention FROM models"
_ZERO_RETENTION = text("SELECT app.zero_retention() AS zero_retention")
_COLUMNS = [column.name for column in LanguageModel.__table__.columns]
_LISTED = text(f"{_MODELS} ORDER BY position")
_FOR_TURN = text(
    "SELECT models.*, app.zero_retention() AS zero_retention, of_thread, own,"
    " app.budget_is_spent(:turn) AS spent FROM models,"
    " (SELECT threads.model AS of_thread, preferences.model AS own FROM turns"
    "  JOIN threads ON threads.id = thread_id"
    "  LEFT JOIN preferences ON preferences.person_id = turns.person_id"
    "  WHERE turns.id = :turn) chosen ORDER BY position"
)
_LIST = text("SELECT app.list_models(:names, :address, :tokens, :way)")


@dataclass
class Catalogue(Models):
    """The listed models: the thread's choice is tried first, then the person's, then the others."""

    database: Database
    settings: Settings
    opened: dict[tuple[object, ...], ProviderModel] = field(default_factory=dict)

    async def read_settings(self) -> None:
        """Replace the listed models that came from LLM_MODELS by those that it names now."""
        settings = self.settings
        await self.database.execute(
            _LIST,
            names=list(settings.llm_models) if settings.llm_api_key else [],
            address=settings.llm_base_url,
            tokens=settings.llm_context,
            way=routing_of(settings.llm_base_url),
        )

    async def offer(self, turn: Turn) -> Offer:
        rows = await self.database.fetch_all(_FOR_TURN, turn=turn.id)
        if rows and rows[0]["spent"]:
            return Offer([OfflineModel()], DeskError(_spent()))
        allowed, zero = _allowed(rows)
        usable = [model for each in allowed if (model := self._open(each, zero))]
        chosen = [rows[0][name] for name in ("of_thread", "own")] if rows else []
        models = sorted([*usable, OfflineModel()], key=lambda model: _rank(model, chosen))
        refusal = DeskError(NO_KEY if allowed else NONE_KEEPS_NOTHING)
        return Offer(models, refusal if rows and not usable else None)

    def _open(self, listed: LanguageModel, zero: bool) -> Model | None:
        """Return the client of a model, reused for the same address and key; None without a key."""
        key = self.key(listed.key_name)
        if key is None:
            log.warning("model_without_key", model=listed.name, key=listed.key_name)
            return None
        flagged = zero and listed.routing == OPENROUTER
        known = (listed.base_url, key, listed.name, listed.context, flagged)
        if known not in self.opened:
            self.opened[known] = ProviderModel(
                listed.base_url,
                key,
                listed.name,
                context=listed.context,
                keeps_nothing=flagged,
                may_ask=partial(self._may_ask, listed, flagged),
            )
        return self.opened[known]

    async def _may_ask(self, listed: LanguageModel, flagged: bool) -> bool:
        """Return whether requests to the model, with these flags, are still allowed."""
        allowed, zero = _allowed(await self.database.fetch_all(_LISTED))
        return any(
            (each.name, each.base_url) == (listed.name, listed.base_url)
            and flagged == (zero and each.routing == OPENROUTER)
            for each in allowed
        )

    def key(self, name: str) -> str | None:
        own = self.settings.llm_api_key if name == "LLM_API_KEY" else None
        return own or key_named(name)

    async def close(self) -> None:
        for model in self.opened.values():
            await model.close()


def _spent() -> str:
    now = datetime.now(UTC)
    next_month = (now.replace(day=1) + timedelta(days=32)).replace(day=1)
    return SPENT.format(day=f"{next_month:%-d %B}")


def _rank(model: Model, chosen: list[str | None]) -> int:
    return chosen.index(model.name) if model.name in chosen else len(chosen)


async def listed_models(executor: Executor) -> list[LanguageModel]:
    """Return all models, the default first."""
    rows = await executor.fetch_all(_LISTED)
    return [LanguageModel(**{name: row[name] for name in _COLUMNS}) for row in rows]


async def choices(executor: Executor) -> list[LanguageModel]:
    """Return the models that may be chosen now, the default first."""
    return _allowed(await executor.fetch_all(_LISTED))[0]


async def is_private(executor: Executor) -> bool:
    """Return whether zero data retention is on."""
    [row] = await executor.fetch_all(_ZERO_RETENTION)
    return bool(row["zero_retention"])


def _allowed(rows: list[Row]) -> tuple[list[LanguageModel], bool]:
    """Return the models that may be asked, and whether zero data retention is on."""
    zero = any(row["zero_retention"] for row in rows)
    listed = [LanguageModel(**{name: row[name] for name in _COLUMNS}) for row in rows]
    return [each for each in listed if each.can_keep_nothing or not zero], zero
