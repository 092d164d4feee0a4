"""Redirects that do not repeat the request's `Host`, which the client chooses."""

import re

from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HOST = re.compile(r"[A-Za-z0-9._\[\]:-]{0,255}")


class RelativeRedirects:
    """ASGI middleware: a redirect within this site names a path only.

    Starlette puts the request's `Host`, or without a usable one the address that this process
    listens on, into redirects from `/tickets/` to `/tickets`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Headers(scope=scope).get("host", "")
        if not _HOST.fullmatch(host):
            await PlainTextResponse("The request names no usable host.", 400)(scope, receive, send)
            return

        async def relative(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "location" in headers:
                    own = URL(scope={**scope, "path": "/"}).netloc
                    headers["location"] = _without_host(headers["location"], own)
            await send(message)

        await self.app(scope, receive, relative)


def _without_host(location: str, host: str) -> str:
    """Return the path on this site, or the address as it is if it leads elsewhere."""
    for start in (f"http://{host}/", f"https://{host}/", "/"):
        if location.startswith(start):
            # A second slash would make a host of what follows.
            return "/" + location.removeprefix(start).lstrip("/\\")
    return location
