"""`worker`: a process that answers more turns, on another machine over the same database."""

from contextlib import AsyncExitStack
from functools import partial

from bot.cli.serve import Say
from bot.process import open_runtime, working
from bot.site import Site, finished, stop_signal
from bot.web.routes import monitoring_routes
from services.settings import Settings
from services.storage.migrate import is_current


async def run_worker(site: Site, settings: Settings, database_url: str, ready: Say) -> None:
    """Run jobs until a signal comes. The site serves health and metrics only."""
    stop = stop_signal()
    async with AsyncExitStack() as stack:
        if await finished(_open(stack, site, settings, database_url), stop):
            ready(f"{settings.web_url}/healthz")
            await stop.wait()
        site.drain()


async def _open(stack: AsyncExitStack, site: Site, settings: Settings, database_url: str) -> None:
    """Open the worker's parts; the stack closes them."""
    runtime = await stack.enter_async_context(open_runtime(settings, database_url))
    site.put(monitoring_routes(runtime, partial(is_current, runtime.database)))
    await stack.enter_async_context(working(runtime))
