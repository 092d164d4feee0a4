"""Lists that Slack returns in pages."""

from collections.abc import AsyncIterator
from typing import Any

PAGE = 200
"""The maximum number of items on a page; Slack recommends no more."""


async def items(method: Any, name: str, **given: Any) -> AsyncIterator[Any]:
    """Yield each item of a list, and fetch the next page when it is needed.

    A page may hold fewer items than its limit although more follow: only its cursor tells
    (https://docs.slack.dev/apis/web-api/pagination). A page that is None ends the list.
    """
    cursor = None
    while page := await method(**given, limit=PAGE, cursor=cursor):
        for each in page[name]:
            yield each
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return
