"""Web API methods that read people and conversations, show views, and set statuses."""

from typing import Any

from bot.playground.faults import SlackError
from bot.playground.limits import view_errors
from bot.playground.methods_chat import refuse
from bot.playground.nouns import APP, BOT_ID, BOT_USER, TEAM, Channel, Json, View
from bot.playground.web_api import method
from bot.playground.workspace import Workspace

PAGE = 100
MOST = 1_000
"""The maximum number of items of a list in an answer, however many the app asks for."""
DEPARTMENT = "Xf0DEPARTME"
MOST_PROMPTS = 4
MOST_LOADING_MESSAGES = 10
SESSION_STATUSES = ("active", "processing", "suspended", "closed")


@method("auth.test")
def auth_test(workspace: Workspace, _: Json) -> Json:
    return {
        "url": f"{workspace.url}/",
        "team": workspace.name,
        "user": workspace.bot.name,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


@method("bots.info")
def bots_info(workspace: Workspace, _: Json) -> Json:
    return {"bot": {"id": BOT_ID, "name": workspace.bot.name, "app_id": APP, "user_id": BOT_USER}}


# ---- people


@method("users.info")
def users_info(workspace: Workspace, args: Json) -> Json:
    found = workspace.users.get(args.get("user", ""))
    if not found:
        raise SlackError("user_not_found")
    return {"user": found.as_slack()}


@method("users.list")
def users_list(workspace: Workspace, args: Json) -> Json:
    page = _page("members", [u.as_slack() for u in workspace.users.values()], args)
    return {name: page[name] for name in ("members", "response_metadata")} | {"cache_ts": 0}


@method("team.profile.get")
def team_profile_get(_: Workspace, __: Json) -> Json:
    field = {"id": DEPARTMENT, "ordering": 0, "label": "Department", "type": "text"}
    return {"profile": {"fields": [field]}}


@method("users.profile.get")
def users_profile_get(workspace: Workspace, args: Json) -> Json:
    """Return the profile with custom fields, which users.info and users.list leave out."""
    user = workspace.users.get(args.get("user", ""))
    if not user:
        raise SlackError("user_not_found")
    value = {"value": user.department, "alt": ""}
    fields = {DEPARTMENT: value} if user.department else {}
    return {"profile": user.as_slack()["profile"] | {"fields": fields}}


# ---- conversations


@method("conversations.info")
def conversations_info(workspace: Workspace, args: Json) -> Json:
    return {"channel": _channel(workspace, args).as_slack()}


@method("conversations.open")
def conversations_open(workspace: Workspace, args: Json) -> Json:
    if args.get("channel"):
        return {"channel": _channel(workspace, args).as_slack()}
    users = args.get("users") or []
    ids = users.split(",") if isinstance(users, str) else list(users)
    if len(ids) != 1 or ids[0] not in workspace.users:
        raise SlackError("user_not_found" if ids else "users_list_not_supplied")
    known = "D" + ids[0][1:] in workspace.channels
    channel = workspace.open_dm(workspace.users[ids[0]])
    opened = {"channel": {"id": channel.id} | (channel.as_slack() if args.get("return_im") else {})}
    return opened | ({"no_op": True, "already_open": True} if known else {})


@method("conversations.history")
def conversations_history(workspace: Workspace, args: Json) -> Json:
    channel = _readable(workspace, args)
    messages = workspace.messages[channel.id].values()
    tops = [m.as_slack() for m in messages if m.thread_ts in (None, m.ts)]
    return _page("messages", _between(tops, args)[::-1], args) | {"pin_count": 0}


@method("conversations.replies")
def conversations_replies(workspace: Workspace, args: Json) -> Json:
    channel = _readable(workspace, args)
    root = workspace.thread_root(channel, args.get("ts", ""))
    parent = {"parent_user_id": root.user}
    below = [m.as_slack() | parent for m in workspace.replies(channel.id, root.ts)]
    return _page("messages", [root.as_slack(), *_between(below, args)], args)


def _between(messages: list[Json], args: Json) -> list[Json]:
    """Return the messages from `oldest` to `latest`, with those two only if `inclusive` is set."""
    oldest, latest = str(args.get("oldest") or "0"), str(args.get("latest") or "9999999999")
    inclusive = args.get("inclusive") in (True, "true", "1", 1)
    ends = {oldest, latest}
    return [
        m for m in messages if oldest <= m["ts"] <= latest and (inclusive or m["ts"] not in ends)
    ]


def _channel(workspace: Workspace, args: Json) -> Channel:
    found = workspace.channels.get(args.get("channel") or "")
    if not found or (found.is_private and BOT_USER not in found.members):
        raise SlackError("channel_not_found")
    return found


def _readable(workspace: Workspace, args: Json) -> Channel:
    channel = _channel(workspace, args)
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _page(name: str, items: list[Any], args: Json) -> Json:
    cursor = str(args.get("cursor") or 0)
    if not cursor.isdecimal():
        raise SlackError("invalid_cursor")
    start = int(cursor)
    end = start + min(int(args.get("limit") or PAGE), MOST)
    more = end < len(items)
    following = {"next_cursor": str(end) if more else ""}
    return {name: items[start:end], "has_more": more, "response_metadata": following}


# ---- views


@method("views.open")
def views_open(workspace: Workspace, args: Json) -> Json:
    content = _content(args)
    user = workspace.use_trigger(args.get("trigger_id", ""))
    return {"view": workspace.open_modal(user, content).as_slack()}


@method("views.push")
def views_push(workspace: Workspace, args: Json) -> Json:
    content = _content(args)
    user = workspace.use_trigger(args.get("trigger_id", ""))
    below = workspace.modal(user)
    if not below:
        raise SlackError("not_found")
    return {"view": workspace.push_view(below, content).as_slack()}


@method("views.update")
def views_update(workspace: Workspace, args: Json) -> Json:
    content = _content(args)
    view = _known_view(workspace, args)
    _refuse_stale(view, args)
    workspace.refill(view, content)
    return {"view": view.as_slack()}


@method("views.publish")
def views_publish(workspace: Workspace, args: Json) -> Json:
    content = _content(args)
    user = workspace.users.get(args.get("user_id", ""))
    if not user:
        raise SlackError("user_not_found")
    view = workspace.home(user.id)
    if view:
        _refuse_stale(view, args)
    else:
        view = workspace.put_view(user.id, content)
        workspace.homes[user.id] = view.id
    workspace.refill(view, content)
    return {"view": view.as_slack()}


def _content(args: Json) -> Json:
    content: Json = args.get("view") or {}
    refuse(view_errors(content), "invalid_arguments")
    return content


def _known_view(workspace: Workspace, args: Json) -> View:
    external = args.get("external_id")
    for view in workspace.views.values():
        if view.id == args.get("view_id") or (
            external and view.content.get("external_id") == external
        ):
            return view
    raise SlackError("not_found")


def _refuse_stale(view: View, args: Json) -> None:
    if args.get("hash") and args["hash"] != view.hash:
        raise SlackError("hash_conflict")


# ---- statuses of agents


@method("assistant.threads.setStatus")
def threads_set_status(workspace: Workspace, args: Json) -> Json:
    if len(args.get("loading_messages") or []) > MOST_LOADING_MESSAGES:
        raise SlackError("invalid_arguments")
    _set_status(workspace, args, args.get("status") or "", args.get("loading_messages") or [])
    return {}


@method("agents.sessions.setStatus")
def sessions_set_status(workspace: Workspace, args: Json) -> Json:
    if args.get("status") not in SESSION_STATUSES:
        raise SlackError("invalid_arguments")
    workspace.sessions[_thread(workspace, args)] = args["status"]
    return {"status": args["status"]}


@method("assistant.threads.setTitle")
def set_title(workspace: Workspace, args: Json) -> Json:
    workspace.set_title(*_thread(workspace, args), args.get("title") or "")
    return {}


@method("assistant.threads.setSuggestedPrompts")
def set_suggested_prompts(workspace: Workspace, args: Json) -> Json:
    prompts = args.get("prompts") or []
    if not 0 < len(prompts) <= MOST_PROMPTS:
        raise SlackError("invalid_arguments")
    found = {"title": args.get("title") or "", "prompts": prompts}
    place, thread = workspace.channel(args.get("channel_id") or ""), args.get("thread_ts") or ""
    workspace.prompts[place.id, thread] = found
    workspace.changes.tell({"type": "prompts", "channel": place.id, "thread_ts": thread} | found)
    return {}


def _thread(workspace: Workspace, args: Json) -> tuple[str, str]:
    channel = workspace.channel(args.get("channel_id") or "")
    return channel.id, workspace.thread_root(channel, args.get("thread_ts") or "").ts


def _set_status(workspace: Workspace, args: Json, status: str, loading: list[str]) -> None:
    channel, root = _thread(workspace, args)
    workspace.set_status(channel, root, status, loading)
