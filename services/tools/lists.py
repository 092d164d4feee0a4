"""The lists on App Home, on the web and in the digest."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from services.context import Context
from services.tools.find import find_machines, find_tickets
from services.tools.page import Result

Preset = Callable[[Context], Coroutine[Any, Any, Result]]

YOUR_TICKETS: Preset = partial(find_tickets, requester="me")
ASSIGNED_TO_YOU: Preset = partial(find_tickets, assignee="me")
YOUR_MACHINES: Preset = partial(find_machines, holder="me")
AGEING: Preset = partial(find_tickets, changed=">7d")
"""Open tickets that nobody has changed for a week."""
