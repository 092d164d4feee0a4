"""`make picture`: take the README's picture of the playground, in an installed Chromium."""

import asyncio
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.replicas import Replica
from tests.picture.chromium import page_in

PICTURE = Path(__file__).parents[2] / "docs" / "playground.png"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


async def main() -> int:
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        print(f"No browser found: install one of {', '.join(BROWSERS)}.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        demo = Replica(Path(folder) / "demo", {}, "demo")
        await demo.start()
        try:
            await demo.ready()
            PICTURE.write_bytes(await _picture(browser, Path(folder), demo.port))
        finally:
            await demo.end(signal.SIGTERM)
    print(f"Written: {PICTURE}")
    return 0


async def _picture(browser: str, folder: Path, port: int) -> bytes:
    """Open a card of the technician's queue, and return what the page shows."""
    async with page_in(browser, folder / "browser") as page:
        await page.open(f"http://127.0.0.1:{port}/playground/")
        await page.press("A technician")
        await page.press("Assigned to me")
        await page.press("TKT-18")
        await page.shows("Open page")
        return await page.picture()


sys.exit(asyncio.run(main()))
