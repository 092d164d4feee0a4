"""Rules of the code that import contracts cannot check."""

import ast
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.slack.listeners.subcommands import COMMANDS
from services.entities.base import find_ids
from services.entities.registry import ENTITY_TYPES
from services.tools import TOOLS

ROOT = Path(__file__).parent.parent
SOURCES = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("services/**/*.py")]
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
BASIC = ROOT / "manifest-basic.yml"


def uses(pattern: str, *, outside: tuple[str, ...]) -> list[str]:
    return [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if not str(path.relative_to(ROOT)).startswith(outside)
        and re.search(pattern, path.read_text(encoding="utf-8"))
    ]


def test_only_the_database_module_commits_transactions() -> None:
    outside = ("services/storage/", "bot/playground/", "services/demo/")
    assert uses(r"\.commit\(|\.begin\(\)|AsyncSession|sessionmaker", outside=outside) == []


def test_only_rendering_modules_contain_block_kit() -> None:
    outside = ("bot/slack/render/", "bot/playground/")
    assert (
        uses(r'"type": "(section|context|actions|divider|markdown|button|modal)"', outside=outside)
        == []
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short_and_begin_with_a_docstring(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 300
    assert ast.get_docstring(ast.parse(source))


def test_folders_of_more_than_five_files_have_a_readme() -> None:
    folders = [
        folder
        for name in ("bot", "services", "migrations", "tests", "docs")
        for folder in (ROOT / name, *(ROOT / name).rglob("*/"))
        if "__pycache__" not in folder.parts
        and sum(each.is_file() for each in folder.iterdir()) > 5
    ]
    assert len(folders) > 20
    assert [folder for folder in folders if not (folder / "README.md").is_file()] == []


def test_ids_of_every_record_type_are_recognised_in_a_text() -> None:
    keys = [f"{prefix}-3" for prefix in ENTITY_TYPES]
    assert find_ids(" ".join(keys)) == keys
    assert find_ids("see tkt-12, MAC-3 and xTKT-4 or TKT-05") == ["TKT-12", "MAC-3"]


def test_every_tool_has_a_description_for_models() -> None:
    for tool in TOOLS.values():
        assert tool.schema["function"]["description"], tool.name


def test_manifest_has_exactly_the_commands_that_the_desk_answers() -> None:
    assert {each["command"] for each in MANIFEST["features"]["slash_commands"]} == set(COMMANDS)


def test_every_event_and_shortcut_of_the_manifest_has_a_listener() -> None:
    listeners = (ROOT / "bot/slack/app.py").read_text(encoding="utf-8")
    inbox = (ROOT / "bot/slack/listeners/inbox.py").read_text(encoding="utf-8")
    for shortcut in MANIFEST["features"]["shortcuts"]:
        assert f'app.shortcut("{shortcut["callback_id"]}")' in listeners
    for event in MANIFEST["settings"]["event_subscriptions"]["bot_events"]:
        name = event.split(".")[0]
        assert f'app.event("{name}")' in listeners or f'"{name}"' in inbox, event


HISTORY = {"channels:history", "groups:history", "im:history", "mpim:history"}
"""The scopes for messages in public and private channels, in direct and in group messages."""
SCOPES: dict[str, set[str]] = {
    "agents_sessions_setStatus": {"chat:write"},
    "assistant_threads_setStatus": {"assistant:write"},
    "assistant_threads_setSuggestedPrompts": {"assistant:write"},
    "assistant_threads_setTitle": {"assistant:write"},
    "auth_test": set(),
    "bots_info": {"users:read"},
    "chat_appendStream": {"chat:write"},
    "chat_delete": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_startStream": {"chat:write"},
    "chat_stopStream": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"im:history"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_open": {"im:write"},
    "conversations_replies": HISTORY,
    "team_profile_get": {"users.profile:read"},
    "users_info": {"users:read", "users:read.email"},
    "users_list": {"users:read", "users:read.email"},
    "users_profile_get": {"users.profile:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_push": set(),
    "views_update": set(),
}
"""The scopes that Slack requires for each method that the desk calls."""
FOR_AGENTS = {
    "agents_sessions_setStatus",
    "assistant_threads_setStatus",
    "assistant_threads_setSuggestedPrompts",
    "assistant_threads_setTitle",
    "agent_session_stopped",
}
"""The methods and events that an app without agent features lacks."""
TOLD = {"app_mentions:read", "commands", *HISTORY}
"""The scopes for events and commands that the desk receives."""


def test_manifest_has_exactly_the_scopes_of_called_methods() -> None:
    method = re.compile(
        r"\b_?slack\.((?:agents|auth|assistant|bots|chat|conversations|team|users|views)_\w+)"
    )
    ours = [path for path in SOURCES if "playground" not in path.parts]
    called = {name for path in ours for name in method.findall(path.read_text(encoding="utf-8"))}
    assert called == set(SCOPES)
    assert TOLD.union(*SCOPES.values()) == set(MANIFEST["oauth_config"]["scopes"]["bot"])


def test_manifest_subscribes_to_messages_of_each_kind_of_conversation_that_it_may_read() -> None:
    events = {f"message.{scope.removesuffix(':history')}" for scope in HISTORY}
    assert events <= set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])


def without_agent(manifest: str) -> str:
    """Return the manifest without what makes Slack keep guests away: its agent features."""
    whole = manifest.split("\n")
    start = next(at for at, line in enumerate(whole) if "agent_view only" in line)
    end = whole.index("  app_home:")
    kept = [*whole[:start], *whole[end:]]
    agents = ("- assistant:write ", "- agent_session_stopped ")
    about = (
        "# Without Slack's agent features: for workspaces with guests, and for the free plan.\n#"
    )
    return "\n".join([about, *(line for line in kept if not line.strip().startswith(agents))])


def test_basic_manifest_is_the_full_one_without_agent_features() -> None:
    """`UPDATE_SNAPSHOTS=1 make test` rewrites manifest-basic.yml."""
    made = without_agent((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    if os.environ.get("UPDATE_SNAPSHOTS"):
        BASIC.write_text(made, encoding="utf-8")
    assert BASIC.read_text(encoding="utf-8") == made
    basic = yaml.safe_load(made)
    assert "agent" not in str({**basic["features"], **basic["oauth_config"]})
    assert "agent" not in str(basic["settings"])
    scopes = TOLD.union(*(needed for name, needed in SCOPES.items() if name not in FOR_AGENTS))
    assert set(basic["oauth_config"]["scopes"]["bot"]) == scopes
    events = set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])
    assert set(basic["settings"]["event_subscriptions"]["bot_events"]) == events - FOR_AGENTS
    for name in ("app_home", "bot_user", "shortcuts", "slash_commands"):
        assert basic["features"][name] == MANIFEST["features"][name]
