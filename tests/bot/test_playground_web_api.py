"""What the playground's Web API accepts and refuses, called in process."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from bot.playground import Channel, User, Workspace, playground

PRIYA = User("U0PRIYA000", "priya", "Priya Sharma", "priya@example.com")
HELP = "C0HELP0000"


class Api:
    def __init__(self, workspace: Workspace) -> None:
        self.slack = workspace
        transport = httpx2.ASGITransport(app=playground(workspace))
        self.http = httpx2.AsyncClient(transport=transport, base_url="http://localhost")

    async def call(self, method: str, **args: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.slack.bot_token}"}
        answer = await self.http.post(f"/api/{method}", json=args, headers=headers)
        found: dict[str, Any] = answer.json()
        return found

    async def post(self, **args: Any) -> dict[str, Any]:
        return await self.call("chat.postMessage", channel=HELP, **args)

    async def respond(self, url: str, **body: Any) -> httpx2.Response:
        return await self.http.post(url, json=body)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    channels = [Channel(HELP, "it-help"), Channel("C0QUIET000", "quiet", members={PRIYA.id})]
    async with Workspace([PRIYA], channels, url="http://localhost", retry_delays=()) as slack:
        found = Api(slack)
        async with found.http:
            yield found


def button(number: int, **more: Any) -> dict[str, Any]:
    text = {"type": "plain_text", "text": f"TKT-{number}"}
    return {"type": "button", "action_id": f"show:{number}", "text": text} | more


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}} | more


@pytest.mark.parametrize("place", ["header", "form", "query"])
async def test_web_api_accepts_the_token_in_header_form_and_query(api: Api, place: str) -> None:
    token = api.slack.bot_token
    headers = {"Authorization": f"Bearer {token}"} if place == "header" else {}
    args = {"data": {"token": token}} if place == "form" else {}
    params = {"token": token} if place == "query" else {}
    answer = await api.http.post("/api/auth.test", params=params, headers=headers, **args)
    assert answer.json()["user_id"] == api.slack.bot.id


async def test_web_api_has_different_errors_for_a_wrong_and_a_missing_token(api: Api) -> None:
    wrong = {"Authorization": "Bearer xoxb-other"}
    assert (await api.http.post("/api/auth.test", headers=wrong)).json()["error"] == "invalid_auth"
    assert (await api.http.post("/api/auth.test")).json()["error"] == "not_authed"


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("chat.nothing", {}, "unknown_method"),
        ("chat.postMessage", {"channel": "C0NONE0000", "text": "a"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0QUIET000", "text": "a"}, "not_in_channel"),
        ("chat.postMessage", {"channel": HELP}, "no_text"),
        (
            "chat.postMessage",
            {"channel": HELP, "text": "a", "thread_ts": "1.0"},
            "thread_not_found",
        ),
        ("chat.update", {"channel": HELP, "ts": "1.0", "text": "a"}, "message_not_found"),
        ("chat.postEphemeral", {"channel": HELP, "text": "a", "user": "U1"}, "user_not_in_channel"),
        ("users.info", {"user": "U0NOBODY00"}, "user_not_found"),
        ("views.open", {"view": {"type": "sheet"}}, "invalid_arguments"),
    ],
)
async def test_web_api_answers_errors_with_the_codes_of_slack(
    api: Api, method: str, args: dict[str, Any], error: str
) -> None:
    assert (await api.call(method, **args))["error"] == error


async def test_bot_can_update_and_delete_only_its_own_messages(api: Api) -> None:
    said = await api.slack.say("priya", "it-help", "hello")
    answer = await api.call("chat.update", channel=HELP, ts=said.ts, text="changed")
    assert answer["error"] == "cant_update_message"


async def test_ephemeral_message_is_shown_only_in_a_thread_with_replies(api: Api) -> None:
    root = await api.slack.say("priya", "it-help", "hello")
    told = {"channel": HELP, "user": root.user, "thread_ts": root.ts}
    assert (await api.call("chat.postEphemeral", text="lost", **told))["ok"]
    await api.slack.say("priya", "it-help", "hi", root.ts)
    assert (await api.call("chat.postEphemeral", text="shown", **told))["ok"]
    assert [each.text for each in api.slack.ephemerals("priya", "it-help")] == ["shown"]


async def test_update_of_a_message_with_text_alone_removes_its_blocks(api: Api) -> None:
    posted = await api.post(text="a", blocks=[section("a")])
    answer = await api.call("chat.update", channel=HELP, ts=posted["ts"], text="b")
    assert "blocks" not in answer["message"]


@pytest.mark.parametrize(
    ("blocks", "complaint"),
    [
        ([section("a")] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
        (
            [section("a" * 3001)],
            "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            [{"type": "actions", "elements": [button(i) for i in range(26)]}],
            "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
        ),
        (
            [{"type": "actions", "elements": [button(1, value="v" * 2001)]}],
            "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        ([{"type": "sparkles"}], "unsupported type: sparkles [json-pointer:/blocks/0/type]"),
        (
            [{"type": "context_actions", "elements": [button(1)]}],
            "unsupported type: button [json-pointer:/blocks/0/elements/0/type]",
        ),
        (
            [{"type": "context_actions", "elements": [{"type": "feedback_buttons"}]}],
            "missing required field: positive_button [json-pointer:/blocks/0/elements/0]",
        ),
        ([{"type": "header"}], "missing required field: text [json-pointer:/blocks/0]"),
        (
            [section("a", block_id="x"), section("b", block_id="x")],
            "`block_id` x already exists for another element [json-pointer:/blocks/1/block_id]",
        ),
        ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ],
)
async def test_blocks_over_a_limit_are_refused_with_the_error_text_of_slack(
    api: Api, blocks: list[dict[str, Any]], complaint: str
) -> None:
    answer = await api.post(text="a", blocks=blocks)
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"][0] == complaint
    assert answer["response_metadata"]["messages"][0] == f"[ERROR] {complaint}"


async def test_message_is_refused_if_its_blocks_together_are_too_large(api: Api) -> None:
    answer = await api.post(text="a", blocks=[section("a" * 2500) for _ in range(5)])
    assert answer["error"] == "msg_blocks_too_long"


async def test_blocks_without_a_block_id_get_an_id_when_posted(api: Api) -> None:
    posted = await api.post(text="a", blocks=[section("a"), section("b")])
    ids = [block["block_id"] for block in posted["message"]["blocks"]]
    assert len(set(ids)) == 2


async def test_replies_of_a_thread_are_read_oldest_first_and_in_pages(api: Api) -> None:
    root = await api.post(text="root")
    for text in ("one", "two", "three"):
        await api.post(text=text, thread_ts=root["ts"])
    first = await api.call("conversations.replies", channel=HELP, ts=root["ts"], limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await api.call(
        "conversations.replies", channel=HELP, ts=root["ts"], limit=2, cursor=cursor
    )
    texts = [message["text"] for message in first["messages"] + rest["messages"]]
    assert texts == ["root", "one", "two", "three"]


async def test_trigger_id_opens_only_one_view(api: Api) -> None:
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
    trigger = api.slack.new_trigger(PRIYA.id)
    assert (await api.call("views.open", trigger_id=trigger, view=view))["ok"]
    again = await api.call("views.open", trigger_id=trigger, view=view)
    assert again["error"] == "exchanged_trigger_id"


async def test_streamed_message_is_started_appended_to_and_ended(api: Api) -> None:
    root = await api.post(text="root")
    stream = await api.call(
        "chat.startStream", channel=HELP, thread_ts=root["ts"], markdown_text="Hel"
    )
    where = {"channel": HELP, "ts": stream["ts"]}
    await api.call("chat.appendStream", markdown_text="lo", **where)
    early = await api.call("chat.update", text="no", **where)
    assert early["error"] == "streaming_state_conflict"
    ended = await api.call("chat.stopStream", blocks=[section("end")], **where)
    assert ended["message"]["text"] == "Hello"
    late = await api.call("chat.appendStream", markdown_text="!", **where)
    assert late["error"] == "message_not_in_streaming_state"


async def test_response_url_can_be_used_at_most_five_times(api: Api) -> None:
    about = {"channel": HELP, "user": PRIYA.id}
    url = api.slack.new_response_url("", about)
    statuses = [(await api.respond(url, text=f"{i}")).status_code for i in range(6)]
    assert statuses == [200] * 5 + [404]
    assert len(api.slack.ephemerals("priya", "it-help")) == 5


async def test_response_url_posts_to_the_channel_replaces_and_deletes_messages(api: Api) -> None:
    posted = await api.post(text="original")
    about = {"channel": HELP, "user": PRIYA.id, "ts": posted["ts"]}
    url = api.slack.new_response_url("", about)
    await api.respond(url, text="for all", response_type="in_channel")
    await api.respond(url, text="new", replace_original=True)
    assert [m.text for m in api.slack.messages[HELP].values()] == ["new", "for all"]
    await api.respond(url, delete_original=True)
    assert [m.text for m in api.slack.messages[HELP].values()] == ["for all"]


async def test_answer_of_the_app_in_a_thread_clears_the_status_shown_there(api: Api) -> None:
    root = await api.post(text="root")
    where = {"channel_id": HELP, "thread_ts": root["ts"]}
    await api.call("assistant.threads.setStatus", status="is thinking…", **where)
    assert api.slack.statuses[HELP, root["ts"]]["status"] == "is thinking…"
    await api.post(text="answer", thread_ts=root["ts"])
    assert api.slack.statuses == {}


async def test_recorded_web_api_calls_do_not_contain_the_token(api: Api) -> None:
    await api.post(text="hello")
    [call] = api.slack.calls
    assert (call.method, call.args) == ("chat.postMessage", {"channel": HELP, "text": "hello"})
    assert call.answer["ok"]


async def test_users_list_is_paged_and_has_fewer_fields_for_deactivated_users(api: Api) -> None:
    api.slack.users["U0GONE0000"] = User("U0GONE0000", "gone", "Gone", "g@x.example", deleted=True)
    found, cursor = [], ""
    while cursor or not found:
        page = await api.call("users.list", limit=1, cursor=cursor)
        found += page["members"]
        cursor = page["response_metadata"]["next_cursor"]
    people = {each["id"]: each for each in found}
    assert people.keys() == api.slack.users.keys()
    assert people[PRIYA.id]["profile"]["email"] == PRIYA.email
    assert people["U0GONE0000"]["deleted"]
    assert "tz" not in people["U0GONE0000"]
    assert (await api.call("users.list", cursor="beyond"))["error"] == "invalid_cursor"


async def test_only_users_profile_get_returns_custom_profile_fields(api: Api) -> None:
    api.slack.users["U0IT000000"] = User("U0IT000000", "it", "It", department="IT")
    [field] = (await api.call("team.profile.get"))["profile"]["fields"]
    assert field["label"] == "Department"
    profile = (await api.call("users.profile.get", user="U0IT000000"))["profile"]
    assert profile["fields"][field["id"]]["value"] == "IT"
    assert "fields" not in (await api.call("users.info", user="U0IT000000"))["user"]["profile"]
    assert (await api.call("users.profile.get", user="U0NOBODY00"))["error"] == "user_not_found"


async def test_page_is_told_which_prompts_the_app_suggests(
    api: Api,
) -> None:
    changes = api.slack.changes.follow()
    prompts = [{"title": "Mine", "message": "my tickets"}]
    await api.call("assistant.threads.setSuggestedPrompts", channel_id=HELP, prompts=prompts)
    change = await changes.get()
    while change and change["type"] == "call":
        change = await changes.get()
    assert change == {
        "type": "prompts",
        "channel": HELP,
        "thread_ts": "",
        "title": "",
        "prompts": prompts,
    }
