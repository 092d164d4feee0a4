"""`worker`: more turns at a time, on another machine over the same database."""

from itsdangerous import URLSafeTimedSerializer

from bot.process import open_runtime, working
from bot.serve import stop_signal
from services.settings import Settings


async def run_worker(settings: Settings, database_url: str, signer: URLSafeTimedSerializer) -> None:
    stop = stop_signal()
    async with open_runtime(settings, database_url, signer) as runtime, working(runtime):
        await stop.wait()
