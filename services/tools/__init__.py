"""Tools: what can be done at the desk. Importing the package registers every tool."""

from services.tools import (
    accounts,
    admin,
    clock,
    digest,
    find,
    get,
    history,
    linking,
    machines,
    notes,
    people,
    tags,
    teams,
    tickets,
    undo,
    watchers,
)
from services.tools.page import Page, Result
from services.tools.tool import TOOLS, Tool

__all__ = [
    "TOOLS",
    "Page",
    "Result",
    "Tool",
    "accounts",
    "admin",
    "clock",
    "digest",
    "find",
    "get",
    "history",
    "linking",
    "machines",
    "notes",
    "people",
    "tags",
    "teams",
    "tickets",
    "undo",
    "watchers",
]
