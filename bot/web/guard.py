"""Rules for every response of the web view: strict headers, and GET or HEAD only."""

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


class Guard:
    """ASGI middleware with those rules; `cache` is the value of Cache-Control."""

    def __init__(self, app: ASGIApp, cache: str = "no-store") -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": CONTENT_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cache-Control": cache,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        try:
            if scope.get("method") not in ("GET", "HEAD"):
                raise HTTPException(405, "This is a page to read.", {"Allow": "GET, HEAD"})
            await self.app(scope, receive, guarded)
        except HTTPException as error:
            # Starlette would answer it outside of this middleware, without the headers.
            answer = PlainTextResponse(error.detail, error.status_code, error.headers)
            await answer(scope, receive, guarded)
