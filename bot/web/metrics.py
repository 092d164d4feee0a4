"""`/metrics` for Prometheus: the counters of this process, and the queue that all share."""

import asyncio
import hmac
from dataclasses import dataclass

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg import Error
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from bot.hosts import is_loopback
from bot.runtime import Runtime
from services import metrics

log = structlog.get_logger()

PATIENCE = 3.0
"""Seconds to wait for the database. Prometheus gives a scrape ten by default."""

FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""Headers that a proxy adds to a request from somewhere else."""

NOT_HERE = (
    "These are the desk's metrics. Without METRICS_TOKEN only this machine may read them, without"
    " a proxy and while PUBLIC_URL is unset: set METRICS_TOKEN and send it as a bearer token.\n"
)
WRONG_TOKEN = "These are the desk's metrics: send METRICS_TOKEN as a bearer token.\n"  # noqa: S105

_STATUSES = ("todo", "doing", "failed")
_WAITING = text(
    "SELECT count(*) AS waiting,"
    " coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0) AS oldest"
    " FROM deliveries WHERE state = 'waiting'"
)
_JOBS = text(
    "SELECT count(*) FILTER (WHERE status = 'todo') AS todo,"
    " count(*) FILTER (WHERE status = 'doing') AS doing,"
    " count(*) FILTER (WHERE status = 'failed') AS failed"
    " FROM procrastinate_jobs"
)


@dataclass(frozen=True, slots=True)
class Metrics:
    runtime: Runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._refusal(Request(scope)) or await self._page()
        await response(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        token = self.runtime.settings.metrics_token
        if token:
            given = request.headers.get("authorization", "").encode("latin-1")
            if hmac.compare_digest(given, f"Bearer {token}".encode()):
                return None
            return PlainTextResponse(WRONG_TOKEN, 401, {"WWW-Authenticate": "Bearer"})
        # A proxy on this machine may add no header: where there is one, people have an address.
        is_behind_proxy = self.runtime.settings.public_url or any(
            name in request.headers for name in FORWARDED
        )
        if is_behind_proxy or not _is_this_machine(request):
            return PlainTextResponse(NOT_HERE, 403)
        return None

    async def _page(self) -> Response:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._count_queue()
        except (Error, OSError) as error:
            # The counters matter most while the database is away.
            log.warning("metrics_without_queue", error=type(error).__name__)
            for gauge in (metrics.WAITING, metrics.OLDEST, *map(metrics.JOBS.labels, _STATUSES)):
                gauge.set(float("nan"))
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def _count_queue(self) -> None:
        [deliveries] = await self.runtime.database.fetch_all(_WAITING)
        [jobs] = await self.runtime.database.fetch_all(_JOBS)
        metrics.WAITING.set(deliveries["waiting"])
        metrics.OLDEST.set(float(deliveries["oldest"]))
        for status, count in jobs.items():
            metrics.JOBS.labels(status).set(count)


def _is_this_machine(request: Request) -> bool:
    """Return whether client and `Host` are loopback; pages of other sites send their own `Host`."""
    client = request.client.host if request.client else ""
    return is_loopback(client) and is_loopback(request.headers.get("host", ""))
