"""`/metrics`: who may read it, and what it shows while the database is away."""

from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from bot.cli.serve import web_view
from bot.runtime import Runtime
from services.storage.database import Database
from tests.patient import short_waits

TOKEN = "a-token-of-the-admins"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


async def answer(
    database: Any,
    headers: Any = None,
    *,
    token: str | None = None,
    public_url: str | None = None,
    client: str = "127.0.0.1",
    method: str = "GET",
    host: str = "localhost",
) -> httpx2.Response:
    async def healthy() -> bool:
        return True

    settings = SimpleNamespace(metrics_token=token, public_url=public_url)
    runtime = cast(Runtime, SimpleNamespace(database=database, settings=settings))
    site = Starlette(routes=web_view(runtime, healthy))
    transport = httpx2.ASGITransport(app=site, client=(client, 1))
    async with httpx2.AsyncClient(transport=transport, base_url=f"http://{host}") as browser:
        return await browser.request(method, "/metrics", headers=headers)


def values(page: httpx2.Response) -> dict[str, float]:
    families = text_string_to_metric_families(page.text)
    return {
        ",".join([each.name, *each.labels.values()]): each.value
        for family in families
        for each in family.samples
    }


async def test_metrics_need_no_token_on_this_machine(database: Database) -> None:
    for client in ("127.0.0.1", "::1"):
        page = await answer(database, client=client)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/plain; version=")
        assert values(page)["deskhand_queue_deliveries"] == 0
        assert values(page)["deskhand_queue_jobs,todo"] == 0


@pytest.mark.parametrize(
    "given",
    [
        {"client": "10.0.0.7"},
        {"client": "a-name"},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"X-Real-IP": "127.0.0.1"}},
        {"public_url": "https://desk.example.com"},
        {"host": "rebound.example"},
        {"host": "127.0.0.1.rebound.example:3000"},
        {"host": "10.0.0.7"},
    ],
    ids=str,
)
async def test_metrics_without_a_token_are_refused_to_other_machines_and_hosts(
    database: Database, given: dict[str, Any]
) -> None:
    page = await answer(database, **given)
    assert page.status_code == 403
    assert "set METRICS_TOKEN and send it as a bearer token" in page.text
    assert "deskhand_" not in page.text


@pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer wrong", TOKEN, f"Basic {TOKEN}", "é"])
async def test_metrics_with_a_wrong_or_missing_token_get_401(database: Database, sent: str) -> None:
    headers = {"Authorization": sent.encode()} if sent else {}
    page = await answer(database, headers, token=TOKEN)
    assert (page.status_code, page.headers["www-authenticate"]) == (401, "Bearer")
    assert TOKEN not in page.text


async def test_metrics_are_shown_anywhere_with_the_right_token(database: Database) -> None:
    page = await answer(database, BEARER, token=TOKEN, public_url="https://x", client="10.0.0.7")
    assert page.status_code == 200


async def test_metrics_refuse_post(database: Database) -> None:
    assert (await answer(database, method="POST")).status_code == 405


async def test_metrics_show_the_counters_while_the_database_is_away() -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with short_waits():
        page = await answer(away)
    await away.close()
    assert page.status_code == 200
    assert "deskhand_queue_deliveries NaN" in page.text
    assert "# TYPE deskhand_turns_total counter" in page.text
