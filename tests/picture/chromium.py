"""A page in a headless Chromium, controlled by the DevTools protocol."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.waiting import PATIENCE, until, until_sync

SIZE = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}

_CLICK = """
(() => {
  const named = [...document.querySelectorAll("button")].filter((b) => b.innerText.includes(%s));
  named.at(-1)?.click();
  return named.length;
})()
"""


class Page:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._number = socket, 0

    async def open(self, address: str) -> None:
        await self._call("Emulation.setDeviceMetricsOverride", **SIZE)
        await self._call("Page.navigate", url=address)

    async def press(self, label: str) -> None:
        """Press the last button with the label as soon as it is there."""
        await until(lambda: self._evaluate(_CLICK % json.dumps(label)))

    async def shows(self, words: str) -> None:
        """Wait until the page shows the text."""
        await until(
            lambda: self._evaluate(f"document.body.innerText.includes({json.dumps(words)})")
        )

    async def picture(self) -> bytes:
        """Return the page as a PNG."""
        return base64.b64decode((await self._call("Page.captureScreenshot"))["data"])

    async def _evaluate(self, script: str) -> Any:
        answer = await self._call("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    async def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        call = {"id": self._number, "method": method, "params": parameters}
        await self._socket.send_json(call)
        async with asyncio.timeout(PATIENCE):
            while (answer := await self._socket.receive_json()).get("id") != self._number:
                pass  # an event
        result: dict[str, Any] = answer["result"]
        return result


@asynccontextmanager
async def page_in(browser: str, folder: Path) -> AsyncIterator[Page]:
    """Start the browser with an empty profile in the folder, and yield its page."""
    options = ("--headless=new", "--no-sandbox", "--hide-scrollbars", "--remote-debugging-port=0")
    process = await asyncio.create_subprocess_exec(
        browser, *options, f"--user-data-dir={folder}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        port = folder / "DevToolsActivePort"
        await asyncio.to_thread(until_sync, port.exists)
        async with aiohttp.ClientSession() as session:
            address = f"http://127.0.0.1:{port.read_text().split()[0]}/json"
            async with session.get(address) as response:
                pages = [each for each in await response.json() if each["type"] == "page"]
            async with session.ws_connect(
                pages[0]["webSocketDebuggerUrl"], max_msg_size=2**26
            ) as socket:
                yield Page(socket)
    finally:
        process.terminate()
        await process.wait()
