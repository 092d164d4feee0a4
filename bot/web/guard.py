"""Rules for every request to the web view: strict response headers, and allowed methods."""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
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


READING = ("GET", "HEAD")


class Guard:
    """ASGI middleware that enforces these rules; `cache` is the value of Cache-Control."""

    def __init__(
        self, app: ASGIApp, cache: str = "no-store", methods: Sequence[str] = READING
    ) -> None:
        self.app = app
        self.methods = methods
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
            self._check(scope)
            await self.app(scope, receive, guarded)
        except HTTPException as error:
            # Starlette would answer it outside of this middleware, without the headers.
            answer = PlainTextResponse(error.detail, error.status_code, error.headers)
            await answer(scope, receive, guarded)

    def _check(self, scope: Scope) -> None:
        if scope.get("method") not in self.methods:
            allowed = ", ".join(self.methods)
            raise HTTPException(
                405, "Requests with this HTTP method are not allowed here.", {"Allow": allowed}
            )
        # Browsers send it to addresses that begin with https: and to this machine.
        origin = Headers(scope=scope).get("sec-fetch-site", "same-origin")
        if self.methods != READING and origin != "same-origin":
            raise HTTPException(403, "This request comes from another site.")
