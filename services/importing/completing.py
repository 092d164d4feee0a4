"""Complete the values of a row by others of it: names, a machine's type, a ticket's times."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any

from services.importing.values import Refused
from services.importing.words import MODELS, NO_MACHINES
from services.sanitize import plain


def whole_name(name: str, first: str, last: str) -> str:
    """Return a person's name from a column of whole names and columns of first and last names."""
    if first and last:
        return f"{first} {last}"
    if not name or first not in name:  # of “Vorname; Name” only one is a part
        return f"{first} {name or last}".strip()
    return name


def type_of(model: str) -> str | None:
    """Return the machine type that the name of a model implies, or None."""
    words = f" {plain(model)} "
    for word, kind in MODELS.items():
        if f" {word}" in words:
            return kind
    if any(f" {word}" in words for word in NO_MACHINES):
        raise Refused(f"“{model}” is neither a laptop nor a desktop nor a server")
    return None


def complete_closing(values: dict[str, Any]) -> str:
    """Close a ticket that has a closing date but no status; drop an impossible closing date.

    Returns a remark if it was dropped, else an empty text.
    """
    closed, created = values.get("closed_at"), values.get("created_at")
    if closed and values.setdefault("status", "Closed") != "Closed":
        del values["closed_at"]
        return ""
    if not (closed and created) or closed >= created:
        return ""
    if closed.time() == time() and closed.date() == created.astimezone(closed.tzinfo).date():
        values["closed_at"] = created  # a day without a time
        return ""
    del values["closed_at"]
    return f"closing date {closed:%Y-%m-%d %H:%M} is before the opening: left out"


def complete_times(values: dict[str, Any], more: Iterable[datetime]) -> str:
    """Set missing times of a new ticket (closed, changed, created) from its other times.

    `more`: other times in the row, such as of its notes. Returns a remark if the closing date had
    to be taken from something that need not be it.
    """
    remark = ""
    if values.get("status") == "Closed" and "closed_at" not in values:
        known = [*more, *_times(values)]
        values["closed_at"] = values.get("updated_at") or max(known, default=datetime.now(UTC))
        if "updated_at" not in values:
            newest = f"the newest date of the row, {values['closed_at']:%Y-%m-%d %H:%M}"
            remark = f"it has no closing date: {newest if known else 'now'} is taken for it"
    if moments := _times(values):
        values.setdefault("created_at", min(moments))
        values.setdefault("updated_at", max(moments))
    return remark


def _times(values: dict[str, Any]) -> list[datetime]:
    names = ("created_at", "updated_at", "closed_at")
    return [values[name] for name in names if name in values]
