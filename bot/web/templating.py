"""The template environment: sanitized text, relative times and values of cards."""

from datetime import datetime
from operator import attrgetter
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.web.markdown import linked
from services.entities.card import Ref, value_text
from services.entities.column import Choice
from services.entities.registry import ENTITY_TYPES
from services.sanitize import sanitize

_STEPS = (
    (60, "minute"),
    (3_600, "hour"),
    (86_400, "day"),
    (7 * 86_400, "week"),
    (30 * 86_400, "month"),
    (365 * 86_400, "year"),
)


def sanitized(value: object) -> object:
    """Sanitize text before a template escapes it; markup has been sanitized already."""
    return sanitize(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def ago(then: datetime, now: datetime) -> str:
    """Return the time passed in the largest unit that fits: `2 hours ago`."""
    seconds = (now - then).total_seconds()
    fitting = [step for step in _STEPS if step[0] <= seconds]
    if not fitting:
        return "just now"
    size, unit = fitting[-1]
    count = int(seconds // size)
    return f"{count} {unit}{'s' if count > 1 else ''} ago"


def full_time(then: datetime) -> str:
    return f"{then:%A}, {then.day} {then:%B %Y, %H:%M} UTC"


def _is_ref(value: Any) -> bool:
    return isinstance(value, Ref)


def _is_time(value: Any) -> bool:
    return isinstance(value, datetime)


def _is_refs(value: Any) -> bool:
    return isinstance(value, tuple)


def _is_toned(value: Any) -> bool:
    return isinstance(value, Choice) and value.tone is not None


def make_templates() -> Environment:
    made = Environment(
        loader=PackageLoader("bot.web"),
        autoescape=True,
        finalize=sanitized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(ago=ago, full_time=full_time, linked=linked, value_text=value_text)
    made.tests.update(ref=_is_ref, time=_is_time, refs=_is_refs, toned=_is_toned)
    made.globals["kinds"] = sorted(ENTITY_TYPES.values(), key=attrgetter("place"))
    return made
