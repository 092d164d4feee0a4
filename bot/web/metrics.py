"""`/metrics`: the counters of this process and the queue of all, for Prometheus alone."""

import asyncio
import hmac
from dataclasses import dataclass
from ipaddress import ip_address

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from psycopg import Error
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from bot.runtime import Runtime
from services import metrics

log = structlog.get_logger()

PATIENCE = 3.0
"""Seconds for the database; a scrape is given ten by default."""

FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""What tells that a proxy hands on a request from somewhere else."""

NOT_HERE = (
    "These are the desk's metrics. Without METRICS_TOKEN only this machine may read them, past any"
    " proxy and while PUBLIC_URL is unset: set METRICS_TOKEN and send it as a bearer token.\n"
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
        response = self._refusal(Request(scope)) or await self._shown()
        await response(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        token = self.runtime.settings.metrics_token
        if token:
            given = request.headers.get("authorization", "").encode("latin-1")
            if hmac.compare_digest(given, f"Bearer {token}".encode()):
                return None
            return PlainTextResponse(WRONG_TOKEN, 401, {"WWW-Authenticate": "Bearer"})
        # A proxy on this machine may add no header: where there is one, people have an address.
        forwarded = self.runtime.settings.public_url or any(
            name in request.headers for name in FORWARDED
        )
        if forwarded or not _is_this_machine(request):
            return PlainTextResponse(NOT_HERE, 403)
        return None

    async def _shown(self) -> Response:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._look_at_the_queue()
        except (Error, OSError) as error:
            # The counters matter most while the database is away.
            log.warning("metrics_without_queue", error=type(error).__name__)
            for gauge in (metrics.WAITING, metrics.OLDEST, *map(metrics.JOBS.labels, _STATUSES)):
                gauge.set(float("nan"))
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def _look_at_the_queue(self) -> None:
        [of_deliveries] = await self.runtime.database.fetch_all(_WAITING)
        [of_jobs] = await self.runtime.database.fetch_all(_JOBS)
        metrics.WAITING.set(of_deliveries["waiting"])
        metrics.OLDEST.set(float(of_deliveries["oldest"]))
        for status, count in of_jobs.items():
            metrics.JOBS.labels(status).set(count)


def _is_this_machine(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:  # a name, or a socket's path
        return False
