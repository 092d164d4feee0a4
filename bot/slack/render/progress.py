"""A running turn: its steps as a plan block, and its answer so far. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.slack.render.blocks import STOP, Block, button
from bot.slack.render.text import clip, markdown
from services.sanitize import one_line, sanitize
from services.tools.summary import Summary

WORKING = "Working on it…"
THINKING, WRITING, WAITING = "Thinking", "Writing the answer", "Waits for your approval"
WORKING_BLOCK = "working:"
"""The prefix of the id of the block with the Stop button; the turn's number follows."""
MAX_TITLE = 250
MAX_TASKS = 12
MAX_PREVIEW = 6_000
"""The maximum number of characters shown of an unfinished answer: its newest ones, at the end."""


@dataclass(frozen=True, slots=True)
class View:
    """The visible state of a turn: its steps, and the latest answer of its model so far."""

    steps: tuple[Summary, ...] = ()
    text: str = ""
    answer: int = 0
    """Which of the model's answers within the turn this is."""

    @property
    def doing(self) -> str:
        return WRITING if self.text else THINKING


def working(turn: int, view: View) -> list[Block]:
    """Return the message of a running turn, with a button that stops it."""
    text = view.text[-MAX_PREVIEW:].strip()
    words: list[Block] = [{"type": "markdown", "text": markdown(text)}] if text else []
    return [_plan(WORKING, _tasks(view.steps, view.doing)), *words, stop(turn)]


def waiting(steps: Sequence[Summary]) -> list[Block]:
    """Return the message of a turn whose consent card has been posted."""
    return [_plan(WAITING, _tasks(steps, WAITING))]


def stop(turn: int) -> Block:
    elements = [button("Stop", STOP, str(turn))]
    return {"type": "actions", "block_id": f"{WORKING_BLOCK}{turn}", "elements": elements}


def taken(steps: Sequence[Summary]) -> list[Block]:
    """Return the steps of a finished turn, to be shown above its answer; empty if it had none."""
    heading = "1 step" if len(steps) == 1 else f"{len(steps)} steps"
    return [_plan(heading, _tasks(steps))] if steps else []


def without_newer(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks without the types that Slack refuses in some workspaces."""
    return [block for block in blocks if block["type"] not in ("plan", "context_actions")]


def _plan(title: str, tasks: list[Block]) -> Block:
    cards = [
        {
            "type": "task_card",
            "task_id": task["id"],
            "title": task["title"],
            "status": task["status"],
        }
        for task in tasks
    ]
    return {"type": "plan", "title": title, "tasks": cards}


def _tasks(steps: Sequence[Summary], doing: str = "") -> list[Block]:
    """Return the newest steps, and the one being done: as in a stream's `task_update` chunks."""
    all_steps = [(step.said, "error" if step.failed else "complete") for step in steps]
    all_steps += [(doing, "in_progress")] if doing else []
    return [
        {"id": f"step:{number}", "title": _title(said), "status": status}
        for number, (said, status) in enumerate(all_steps)
    ][-MAX_TASKS:]


def _title(said: str) -> str:
    return clip(markdown(one_line(sanitize(said))), MAX_TITLE)


# ---- streams


def first_chunks(turn: int, view: View) -> list[Block]:
    """Return the chunks that open a streamed message: steps, Stop button, and the text so far."""
    tasks = [{"type": "task_update", **task} for task in _tasks(view.steps, view.doing)]
    button = {"type": "blocks", "blocks": [stop(turn)]}
    text = [_text_chunk(view.text)] if view.text else []
    return [{"type": "plan_update", "title": WORKING}, *tasks, button, *text]


def new_chunks(before: View, now: View) -> tuple[list[Block], View]:
    """Return the chunks that lead from `before` to `now`, and the view that is shown after them.

    Streamed text cannot be changed: if the answer no longer begins with it, nothing is appended
    until the answer is complete.
    """
    old = _tasks(before.steps, before.doing)
    chunks = [
        {"type": "task_update", **task} for task in _tasks(now.steps, now.doing) if task not in old
    ]
    text, is_new = now.text, now.answer != before.answer
    if is_new and before.text and text:
        chunks.append(_text_chunk(f"\n\n{text}"))
    elif text.startswith(before.text) or is_new:
        new = text if is_new else text[len(before.text) :]
        chunks += [_text_chunk(new)] if new else []
    else:
        text = before.text
    return chunks, View(now.steps, text, now.answer)


def _text_chunk(text: str) -> Block:
    return {"type": "markdown_text", "text": markdown(text)}
