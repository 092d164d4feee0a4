"""The nouns of a Slack workspace, and how Slack writes each of them as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.playground.faults import SlackError

Json = dict[str, Any]

TEAM = "T0DESKHAND"
APP = "A0DESKHAND"
BOT_USER = "U0DESKBOT0"
BOT_ID = "B0DESKHAND"
CLIENT_ID = "1700000000.1700000001"
CLIENT_SECRET = "a secret of the playground"  # noqa: S105


@dataclass(frozen=True)
class User:
    id: str
    name: str
    real_name: str
    email: str = ""
    title: str = ""
    department: str = ""
    tz: str = "Europe/Berlin"
    is_admin: bool = False
    is_owner: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_email_confirmed: bool = True
    deleted: bool = False
    team_id: str = TEAM
    enterprise_id: str = ""
    """The id of the organization; `enterprise_teams` are its workspaces that the person uses."""
    enterprise_teams: tuple[str, ...] = ()

    def as_slack(self) -> Json:
        profile = {
            "real_name": self.real_name,
            "display_name": self.name,
            "real_name_normalized": self.real_name,
            "display_name_normalized": self.name,
            "title": self.title,
            "team": self.team_id,
        }
        if self.email and not self.is_bot and not self.is_stranger:
            profile["email"] = self.email
        known: Json = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 0,
            "profile": profile,
        }
        if self.enterprise_id:
            known["enterprise_user"] = {
                "id": self.id,
                "enterprise_id": self.enterprise_id,
                "enterprise_name": self.enterprise_id,
                "teams": list(self.enterprise_teams),
            }
        # Of a deactivated account Slack tells no more.
        return known if self.deleted else known | self._of_the_active()

    def _of_the_active(self) -> Json:
        return {
            "real_name": self.real_name,
            "tz": self.tz,
            "is_admin": self.is_admin or self.is_owner,
            "is_owner": self.is_owner,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_stranger": self.is_stranger,
            "is_email_confirmed": self.is_email_confirmed,
        }


@dataclass
class Channel:
    """A conversation. Without `members`, everybody of the workspace and the bot are in it."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    is_im: bool = False
    is_mpim: bool = False
    is_ext_shared: bool = False
    topic: str = ""

    @property
    def channel_type(self) -> str:
        if self.is_im:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "group" if self.is_private else "channel"

    def as_slack(self) -> Json:
        common = {
            "id": self.id,
            "is_im": self.is_im,
            "is_mpim": self.is_mpim,
            "is_archived": False,
            "is_ext_shared": self.is_ext_shared,
            "is_shared": self.is_ext_shared,
            "is_org_shared": False,
            "context_team_id": TEAM,
            "created": 1700000000,
        }
        if self.is_im:
            peer = next(iter(self.members - {BOT_USER}), "")
            return common | {"user": peer, "is_user_deleted": False}
        return common | {
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_private": self.is_private,
            "is_general": self.name == "general",
            "is_member": BOT_USER in self.members,
            "num_members": len(self.members),
            "topic": {"value": self.topic, "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }


@dataclass
class Message:
    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    client_msg_id: str | None = None
    attachments: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    subtype: str | None = None
    metadata: Json | None = None
    edited_ts: str | None = None
    reply_ts: list[str] = field(default_factory=list)
    reply_users: list[str] = field(default_factory=list)
    only_for: str | None = None
    streaming: bool = False

    @property
    def is_ephemeral(self) -> bool:
        return self.only_for is not None

    @property
    def from_bot(self) -> bool:
        return self.user == BOT_USER

    @property
    def bot_id(self) -> str | None:
        return BOT_ID if self.from_bot else None

    @property
    def elements(self) -> list[tuple[str, Json]]:
        """Return each interactive element with the id of its block."""
        return list(elements_of(self.blocks))

    @property
    def buttons(self) -> list[str]:
        return [e["text"]["text"] for _, e in self.elements if e["type"] == "button"]

    def as_slack(self) -> Json:
        written: Json = {
            "type": "message",
            "user": self.user,
            "ts": self.ts,
            "text": self.text,
            "team": TEAM,
        }
        optional: Json = {
            "blocks": list(translated(self.blocks)),
            "thread_ts": self.thread_ts,
            "client_msg_id": self.client_msg_id,
            "attachments": self.attachments,
            "files": self.files,
            "subtype": self.subtype,
            "metadata": self.metadata,
            "edited": {"user": self.user, "ts": self.edited_ts} if self.edited_ts else None,
        }
        written |= {key: value for key, value in optional.items() if value}
        if self.from_bot:
            written |= {"bot_id": BOT_ID, "app_id": APP}
        if self.reply_ts:
            written |= {
                "reply_count": len(self.reply_ts),
                "reply_users": self.reply_users,
                "reply_users_count": len(self.reply_users),
                "latest_reply": self.reply_ts[-1],
            }
        return written


@dataclass
class View:
    id: str
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None

    @property
    def elements(self) -> list[tuple[str, Json]]:
        return list(elements_of(self.content.get("blocks", [])))

    def as_slack(self, state: Json | None = None) -> Json:
        defaults = {"callback_id": "", "private_metadata": "", "external_id": "", "title": None}
        plain = {"close": None, "submit": None, "clear_on_close": False, "notify_on_close": False}
        return {
            **defaults,
            **plain,
            **self.content,
            "id": self.id,
            "team_id": TEAM,
            "app_id": APP,
            "bot_id": BOT_ID,
            "app_installed_team_id": TEAM,
            "hash": self.hash,
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
            "state": {"values": state or {}},
        }


@dataclass(frozen=True)
class Ack:
    """What the app answered to one delivery."""

    ok: bool
    body: Json = field(default_factory=dict)
    error: str = ""


def translated(blocks: list[Json]) -> Iterator[Json]:
    """Yield a message's blocks as Slack returns them: a `markdown` block may come back as several.

    Slack makes blocks of other types; here each paragraph stays a `markdown` block.
    """
    for block in blocks:
        parts = block["text"].split("\n\n") if block["type"] == "markdown" else []
        if len(parts) < 2 or "```" in block["text"]:
            yield block
            continue
        for number, part in enumerate(filter(str.strip, parts)):
            yield block | {"text": part, "block_id": f"{block['block_id']}-{number}"}


def elements_of(blocks: list[Json]) -> Iterator[tuple[str, Json]]:
    """Yield interactive elements from wherever Block Kit allows them, with their blocks' ids."""
    for block in blocks:
        for key in ("elements", "actions"):
            for element in block.get(key) or []:
                if "action_id" in element:
                    yield block.get("block_id", ""), element
        for key in ("accessory", "element"):
            if "action_id" in block.get(key, {}):
                yield block.get("block_id", ""), block[key]
        for key in ("blocks", "child_blocks"):
            yield from elements_of(block.get(key) or [])


def find_element(target: Message | View, which: str, block: str = "") -> tuple[str, Json]:
    """Return the element with this action_id or label, or else one whose label contains it.

    With a `block`, search only the block with this id.
    """
    elements = [each for each in target.elements if block in ("", each[0])]
    for fits in (
        lambda e: e["action_id"] == which,
        lambda e: _label(e) == which,
        lambda e: which in _label(e),
    ):
        for block_id, element in elements:
            if fits(element):
                return block_id, element
    offered = [_label(e) or e["action_id"] for _, e in elements]
    raise SlackError("element_not_found", wanted=which, offered=offered)


def _label(element: Json) -> str:
    text: Any = (element.get("text") or element.get("placeholder") or {}).get("text", "")
    return str(text)
