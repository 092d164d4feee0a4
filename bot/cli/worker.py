"""`worker`: a process that answers more turns, on another machine over the same database."""

from functools import partial

from bot.cli.serve import Say
from bot.process import open_runtime, working
from bot.site import Site, stop_signal
from bot.web.routes import monitoring_routes
from services.settings import Settings
from services.storage.migrate import is_current


async def run_worker(site: Site, settings: Settings, database_url: str, ready: Say) -> None:
    """Run jobs until a signal comes. The site serves health and metrics only."""
    stop = stop_signal()
    async with open_runtime(settings, database_url) as runtime:
        site.put(monitoring_routes(runtime, partial(is_current, runtime.database)))
        async with working(runtime):
            ready(f"{settings.web_url}/healthz")
            await stop.wait()
            site.drain()
