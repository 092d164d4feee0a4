"""Slack's requests over HTTP: the signature is checked before anything is parsed."""

import secrets
from dataclasses import dataclass

import structlog
from slack_bolt.adapter.starlette.async_handler import (
    to_async_bolt_request,
    to_starlette_response,
)
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.settings import Settings

log = structlog.get_logger()

UNSIGNED = "This address is for Slack: the request has no valid and recent signature.\n"
UNREADABLE = "The request is signed, but it is not one that Slack sends.\n"


def signing_secret(settings: Settings) -> str:
    """Return the configured secret; in Socket Mode a random one, because Bolt needs one."""
    return settings.slack_signing_secret or secrets.token_hex(32)


def slack_routes(app: AsyncApp, settings: Settings) -> list[Route]:
    """Return the route for Slack's requests, or none in Socket Mode, which needs no address."""
    if settings.slack_app_token:
        return []
    entrance = SlackEntrance(app, SignatureVerifier(signing_secret(settings)))
    return [Route("/slack/events", entrance.serve, methods=["POST"])]


@dataclass(frozen=True, slots=True)
class SlackEntrance:
    """Passes requests that Slack has signed on to Bolt."""

    app: AsyncApp
    verifier: SignatureVerifier

    async def serve(self, request: Request) -> Response:
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response(status_code=400)
        if not self._is_signed(body, request.headers):
            return PlainTextResponse(UNSIGNED, 401)
        try:
            parsed = to_async_bolt_request(request, body)
        # Bolt looks into the JSON while it parses, and expects objects everywhere.
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return PlainTextResponse(UNREADABLE, 400)
        payload: object = parsed.body
        if not isinstance(payload, dict):
            return PlainTextResponse(UNREADABLE, 400)
        try:
            return to_starlette_response(await self.app.async_dispatch(parsed))
        except (LookupError, TypeError, AttributeError):
            log.warning("request_unreadable", exc_info=True)
            return PlainTextResponse(UNREADABLE, 400)

    def _is_signed(self, body: bytes, headers: Headers) -> bool:
        timestamp = headers.get("x-slack-request-timestamp")
        signature = headers.get("x-slack-signature")
        try:
            return self.verifier.is_valid(body, timestamp, signature)
        except (ValueError, TypeError):  # an odd timestamp, or bytes that are no UTF-8
            return False
