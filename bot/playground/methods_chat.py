"""Web API methods that write messages: chat.*"""

from typing import Any

from bot.playground.faults import SlackError
from bot.playground.limits import (
    MOST_MARKDOWN_TEXT,
    MOST_TASK_TITLE,
    MOST_TEXT_OF_ALL_BLOCKS,
    MOST_UPDATE_TEXT,
    block_errors,
    total_text,
)
from bot.playground.nouns import BOT_USER, Channel, Json, Message
from bot.playground.web_api import method
from bot.playground.workspace import Workspace


@method("chat.postMessage")
def post_message(workspace: Workspace, args: Json) -> Json:
    channel = writable(workspace, args)
    content = checked_content(args)
    root = thread_of(workspace, channel, args)
    message = workspace.post(
        channel, BOT_USER, thread_ts=root, metadata=args.get("metadata"), **content
    )
    workspace.announce(message)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_slack()}


@method("chat.postEphemeral")
def post_ephemeral(workspace: Workspace, args: Json) -> Json:
    channel = writable(workspace, args)
    content = checked_content(args)
    reader = args.get("user", "")
    if reader not in channel.members:
        raise SlackError("user_not_in_channel")
    thread_ts = thread_of(workspace, channel, args)
    if thread_ts and not workspace.message(channel.id, thread_ts).reply_ts:
        return {"message_ts": workspace.next_ts()}  # Slack shows it only in an active thread
    message = workspace.post(channel, BOT_USER, thread_ts=thread_ts, only_for=reader, **content)
    return {"message_ts": message.ts}


@method("chat.update")
def update(workspace: Workspace, args: Json) -> Json:
    message = own_message(workspace, args)
    if message.streaming:
        raise SlackError("streaming_state_conflict")
    if len(args.get("text") or "") > MOST_UPDATE_TEXT:
        raise SlackError("msg_too_long")
    content = checked_content(args)
    before = message.as_slack()
    # Slack removes the blocks of a message that is updated with a text alone.
    message.text, message.blocks = content["text"], content["blocks"]
    message.attachments = content["attachments"]
    message.edited_ts = workspace.next_ts()
    message.metadata = args.get("metadata", message.metadata)
    workspace.refresh(message)
    workspace.announce_change(message, before)
    where = {"channel": message.channel, "ts": message.ts, "text": message.text}
    return where | {"message": message.as_slack()}


@method("chat.delete")
def delete(workspace: Workspace, args: Json) -> Json:
    message = own_message(workspace, args, error="cant_delete_message")
    workspace.remove(message)
    workspace.announce_removal(message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.startStream")
def start_stream(workspace: Workspace, args: Json) -> Json:
    channel = writable(workspace, args)
    root = thread_of(workspace, channel, args)
    message = workspace.post(channel, BOT_USER, "", thread_ts=root, streaming=True)
    workspace.sessions[channel.id, message.thread_ts or message.ts] = "processing"
    _append(workspace, message, args)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.appendStream")
def append_stream(workspace: Workspace, args: Json) -> Json:
    message = _open_stream(workspace, args)
    _append(workspace, message, args)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.stopStream")
def stop_stream(workspace: Workspace, args: Json) -> Json:
    message = _open_stream(workspace, args)
    blocks = args.get("blocks") or []
    refuse(block_errors(blocks, "message"))
    _append(workspace, message, args)
    message.blocks += blocks
    message.streaming = False
    root = message.thread_ts or message.ts
    workspace.sessions[message.channel, root] = args.get("session_status") or "active"
    workspace.refresh(message)
    workspace.announce(message)
    return {"channel": message.channel, "ts": message.ts, "message": message.as_slack()}


def _open_stream(workspace: Workspace, args: Json) -> Message:
    message = own_message(workspace, args)
    if not message.streaming:
        raise SlackError("message_not_in_streaming_state")
    return message


def _append(workspace: Workspace, message: Message, args: Json) -> None:
    chunks = list(args.get("chunks") or [])
    if args.get("markdown_text"):
        chunks.insert(0, {"type": "markdown_text", "text": args["markdown_text"]})
    for chunk in chunks:
        _add_chunk(message, chunk)
    if len(message.text) > MOST_MARKDOWN_TEXT:
        raise SlackError("msg_too_long")
    workspace.refresh(message)


def _add_chunk(message: Message, chunk: Json) -> None:
    """Add a chunk of a stream to its message.

    Text is appended to the last markdown block; a task replaces the task with the same id.
    """
    blocks, kind = message.blocks, chunk.get("type")
    if kind == "markdown_text":
        message.text += chunk["text"]
        if not blocks or blocks[-1]["type"] != "markdown":
            blocks.append({"type": "markdown", "text": ""})
        blocks[-1]["text"] += chunk["text"]
    elif kind == "plan_update":
        _plan_of(message)["title"] = chunk["title"]
    elif kind == "task_update":
        if len(chunk["title"]) > MOST_TASK_TITLE:
            raise SlackError("invalid_chunks")
        task = {**chunk, "type": "task_card", "task_id": chunk["id"]}
        tasks = _plan_of(message)["tasks"]
        tasks[:] = [each for each in tasks if each["task_id"] != chunk["id"]] + [task]
    elif kind == "blocks":
        refuse(block_errors(chunk.get("blocks") or [], "message"))
        blocks += chunk.get("blocks") or []


def _plan_of(message: Message) -> Json:
    """Return the plan block that holds a stream's tasks."""
    plans = [block for block in message.blocks if block["type"] == "plan"]
    if not plans:
        plans = [{"type": "plan", "title": "", "tasks": []}]
        message.blocks.insert(0, plans[0])
    return plans[0]


def writable(workspace: Workspace, args: Json) -> Channel:
    """Return the channel to write to; a person's id stands for their direct message."""
    wanted = args.get("channel") or ""
    if wanted in workspace.users and wanted != BOT_USER:
        return workspace.open_dm(workspace.users[wanted])
    channel = workspace.channel(wanted)
    if BOT_USER not in channel.members:
        raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
    return channel


def thread_of(workspace: Workspace, channel: Channel, args: Json) -> str | None:
    thread_ts = args.get("thread_ts")
    return workspace.thread_root(channel, thread_ts).ts if thread_ts else None


def own_message(workspace: Workspace, args: Json, error: str = "cant_update_message") -> Message:
    """Return the bot's message that the arguments name; ephemeral ones are not found."""
    channel = workspace.channel(args.get("channel") or "")
    message = workspace.message(channel.id, args.get("ts") or "")
    if not message.from_bot:
        raise SlackError(error)
    return message


def checked_content(args: Json) -> Json:
    blocks: Any = args.get("blocks") or []
    text, markdown = args.get("text") or "", args.get("markdown_text")
    if markdown:
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > MOST_MARKDOWN_TEXT:
            raise SlackError("msg_too_long")
        text, blocks = markdown, [{"type": "markdown", "text": markdown}]
    refuse(block_errors(blocks, "message"))
    if total_text(blocks) > MOST_TEXT_OF_ALL_BLOCKS:
        raise SlackError("msg_blocks_too_long")
    content = {"text": text, "blocks": blocks, "attachments": args.get("attachments") or []}
    if not any(content.values()):
        raise SlackError("no_text")
    return content


def refuse(errors: list[str], error: str = "invalid_blocks") -> None:
    if errors:
        messages = [f"[ERROR] {one}" for one in errors]
        raise SlackError(error, errors=errors, response_metadata={"messages": messages})
