"""Limits on what a client that is not signed in can cost a listening process."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot import http_limits
from bot.http_limits import MAX_BODY, MAX_HEAD, MAX_PIPELINE
from bot.site import Site
from services.errors import SetupError
from services.settings import Settings
from tests.chaos.replicas import free_port
from tests.waiting import PATIENCE, until

CLOSING = b"GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def large(request: Request) -> PlainTextResponse:
    """Answer with more than the buffers between the site and a client hold."""
    return PlainTextResponse("a" * 16_000_000)


@asynccontextmanager
async def open_site() -> AsyncIterator[int]:
    port = free_port()
    site = Site(Settings.load(_env_file=None, port=port))
    site.put([Route("/echo", echo, methods=["GET", "POST"]), Route("/large", large)])
    async with site.running():
        yield port


async def closed(port: int, sent: bytes) -> bytes:
    """Send the bytes, and return what arrives until the site closes or resets the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    try:
        writer.write(sent)
        async with asyncio.timeout(PATIENCE):
            while part := await reader.read(65536):
                received += part
    except ConnectionError:
        pass
    finally:
        writer.close()
    return received


def chunked(size: int) -> bytes:
    return POST + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (size, b"a" * size)


def sized(size: int) -> bytes:
    return POST + b"Content-Length: %d\r\n\r\n%b" % (size, b"a" * size)


@pytest.mark.parametrize("request_of", [chunked, sized])
async def test_request_body_over_the_limit_gets_413(request_of: Callable[[int], bytes]) -> None:
    async with open_site() as port:
        answer = await closed(port, request_of(MAX_BODY + 1))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b"larger than 1 MB.")


async def test_request_body_as_large_as_the_limit_is_read() -> None:
    async with open_site() as port, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{port}/echo"
        async with session.post(url, data=b"a" * MAX_BODY) as answer:
            assert (answer.status, await answer.text()) == (200, str(MAX_BODY))


async def test_request_body_that_does_not_arrive_gets_408(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "BODY_SECONDS", 0.1)
    async with open_site() as port:
        answer = await closed(port, POST + b"Content-Length: 10\r\n\r\nabc")
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_request_body_that_breaks_off_is_no_error_of_the_desk(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with open_site() as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(POST + b"Content-Length: 10\r\n\r\nabc")
        writer.close()
        await writer.wait_closed()
    assert [each.message for each in caplog.records if each.levelname == "ERROR"] == []


UNREAD = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [(UNREAD, 0.2), (UNREAD * (MAX_PIPELINE + 2), PATIENCE)],
    ids=["too long", "with many more requests"],
)
async def test_connection_of_a_client_that_does_not_read_its_answer_is_closed(
    monkeypatch: pytest.MonkeyPatch, sent: bytes, seconds: float
) -> None:
    monkeypatch.setattr(http_limits, "ANSWER_SECONDS", seconds)
    monkeypatch.setattr(http_limits, "MAX_CONNECTIONS", 1)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        async with open_site() as port:
            client.connect(("127.0.0.1", port))
            client.send(sent)
            answer = await until(lambda: closed(port, CLOSING))
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("host", ["no.such.invalid", "192.0.2.1", "a..b", "a" * 300, "é", "[::1]"])
def test_host_that_is_no_address_of_this_machine_is_named(host: str) -> None:
    with pytest.raises(SetupError) as refused:
        Site(Settings.load(_env_file=None, host=host))
    assert str(refused.value).startswith(
        f"HOST={host} is no address of this machine: use 127.0.0.1"
    )


def test_port_in_use_is_named_with_the_next_one() -> None:
    site = Site(Settings.load(_env_file=None, port=free_port()))
    port = site.socket.getsockname()[1]
    with pytest.raises(
        SetupError, match=f"Port {port} of 127.0.0.1 is not free: .* PORT={port + 1}"
    ):
        Site(Settings.load(_env_file=None, host=" 127.0.0.1\n", port=port))
    site.socket.close()


STOPPED_BY_SIGNAL = """
import asyncio, signal, sys
from bot.site import stop_signal
signal.signal(signal.SIGHUP, signal.Handlers(int(sys.argv[1])))
async def wait():
    stop = stop_signal()
    print("ready", flush=True)
    await stop.wait()
asyncio.run(wait())
"""


@asynccontextmanager
async def waiting_process(on_hangup: signal.Handlers) -> AsyncIterator[Process]:
    """Return a process that waits for its stop signal and has inherited this handling of SIGHUP."""
    command = [sys.executable, "-c", STOPPED_BY_SIGNAL, str(int(on_hangup))]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    try:
        async with asyncio.timeout(PATIENCE):
            assert await process.stdout.readline() == b"ready\n"
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_sigterm_stops_the_process(number: signal.Signals) -> None:
    async with waiting_process(signal.SIG_DFL) as process:
        process.send_signal(number)
        assert await process.wait() == 0


async def test_hangup_signal_does_not_stop_a_process_started_with_nohup() -> None:
    async with waiting_process(signal.SIG_IGN) as process:
        process.send_signal(signal.SIGHUP)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(process.wait(), 0.3)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


HALF_SENT = {
    "nothing": b"",
    "half a line": b"GET /ec",
    "half the headers": b"GET /echo HTTP/1.1\r\nHost: loc",
    "half a second request": b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\nGET /ec",
}


@pytest.mark.parametrize("sent", HALF_SENT.values(), ids=HALF_SENT)
async def test_connection_with_a_half_sent_request_is_closed(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(http_limits, "HEAD_SECONDS", 0.2)
    async with open_site() as port:
        answer = await closed(port, sent)
    assert answer.count(b"HTTP/1.1 200 ") == sent.count(b"\r\n\r\n")


async def test_connection_whose_headers_arrive_slowly_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_limits, "HEAD_SECONDS", 0.2)

    async def drip(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with open_site() as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /echo HTTP/1.1\r\n")
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(drip(writer), PATIENCE)
        writer.close()


async def test_connection_that_sends_endless_headers_is_closed() -> None:
    async with open_site() as port:
        line = b"X-Padding: " + b"a" * 1000 + b"\r\n"
        head = b"GET /echo HTTP/1.1\r\n" + line * (MAX_HEAD // len(line) + 2)
        assert await closed(port, head) == b""


async def test_connections_over_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_limits, "MAX_CONNECTIONS", 2)
    async with open_site() as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        await asyncio.sleep(0.05)
        assert await closed(port, CLOSING) == b""
        for _, writer in held:
            writer.close()
            await writer.wait_closed()
        answer = await until(lambda: closed(port, CLOSING))
    assert answer.startswith(b"HTTP/1.1 200 ")


REDIRECTED = ["/echo/", "//evil.example/echo/../../echo/", "/echo/?a=//b"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost"])
@pytest.mark.parametrize("path", REDIRECTED)
async def test_redirect_does_not_repeat_the_host_header(host: str, path: str) -> None:
    async with open_site() as port:
        sent = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        answer = (await closed(port, sent.encode())).decode()
    for line in answer.splitlines():
        if line.lower().startswith("location:"):
            target = line.partition(":")[2].strip()
            assert target.startswith("/")
            assert not target.startswith("//")
    assert host not in answer or host in path


@pytest.mark.parametrize("version", ["1.0", "1.1\r\nHost: localhost:99999999"])
async def test_redirect_does_not_tell_the_address_that_the_process_listens_on(version: str) -> None:
    async with open_site() as port:
        sent = f"GET /echo/ HTTP/{version}\r\nConnection: close\r\n\r\n"
        answer = await closed(port, sent.encode())
    assert b"location: /echo\r\n" in answer


@pytest.mark.parametrize("host", ["evil.example/path", "a b", "a@b", 'a"b', "a\\b", "é"])
async def test_malformed_host_header_is_refused_and_not_repeated_in_the_answer(host: str) -> None:
    async with open_site() as port:
        sent = f"GET /echo/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        answer = await closed(port, sent.encode())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert host.encode() not in answer
