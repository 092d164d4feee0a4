"""`worker`: more turns at a time, on another machine over the same database."""

from functools import partial

from itsdangerous import URLSafeTimedSerializer

from bot.cli.serve import Say, Site, stop_signal
from bot.process import open_runtime, working
from bot.web.routes import seen_from_outside
from services.settings import Settings
from services.storage.migrate import is_current


async def run_worker(
    site: Site, settings: Settings, database_url: str, signer: URLSafeTimedSerializer, ready: Say
) -> None:
    """Work until a signal comes; of the site only health and metrics are served."""
    stop = stop_signal()
    async with open_runtime(settings, database_url, signer) as runtime:
        site.put(seen_from_outside(runtime, partial(is_current, runtime.database)))
        async with working(runtime):
            ready(f"{settings.web_url}/healthz")
            await stop.wait()
            site.drain()
