"""Every parser of foreign text: its made-up inputs, and the errors that it may raise."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.slack.reading.markup import is_for_others, plain, without_address
from bot.slack.reading.message import read_message
from bot.slack.render.answers import answer_parts
from bot.slack.render.markdown_lists import item_text, pieces
from bot.slack.render.text import markdown, mrkdwn
from services.agent.context_window import cut, window
from services.agent.fencing import fenced
from services.agent.grounding import grounded_ids, grounded_text, sources
from services.agent.offline.memory import Memory
from services.agent.offline.results import rows, shown
from services.agent.offline.understand import understand
from services.agent.preview import settled
from services.agent.provider.answer import read_answer
from services.agent.provider.faults import ModelFault, kind_of
from services.agent.provider.request import messages_for_provider
from services.entities.base import find_ids, find_titles
from services.entities.ranges import dates, numbers, times
from services.errors import DeskError
from services.importing.dates import Order, parse_date
from services.importing.files import open_table
from services.importing.layout import layout_of
from services.importing.mapping import Mapping
from services.importing.mentions import addresses_of, keys_of, name_and_address
from services.importing.serials import is_junk
from services.sanitize import one_line, sanitize
from services.settings import Settings
from services.storage.cluster import explain
from tests.services.test_patterns import UNITS

WEB = "https://desk.example"
Read = Callable[[Any], object]


@dataclass(frozen=True)
class Target:
    """A parser, with the hypothesis strategy for its inputs."""

    given: st.SearchStrategy[Any]
    read: Read
    may_raise: tuple[type[Exception], ...] = ()

    def __call__(self, given: Any) -> None:
        with suppress(*self.may_raise):
            self.read(given)


TEXTS = st.one_of(
    st.text(max_size=2_000),
    st.lists(st.one_of(st.sampled_from(UNITS), st.text(max_size=6)), max_size=60).map("".join),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)
CALLS = st.lists(
    st.fixed_dictionaries(
        {}, optional={"id": VALUES, "type": VALUES, "function": VALUES, "index": VALUES}
    ),
    max_size=4,
)
SAID = st.fixed_dictionaries(
    {}, optional={"content": VALUES, "tool_calls": CALLS, "refusal": VALUES, "extra": VALUES}
)
ANSWERS = st.one_of(
    VALUES,
    st.fixed_dictionaries(
        {"choices": st.lists(st.fixed_dictionaries({"message": SAID}), max_size=2)},
        optional={"error": VALUES, "usage": VALUES},
    ),
)


def _message(role: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"role": st.just(role), **fields})


_ID = st.sampled_from(["call_1", "a", "ABCDEFGH9"])
_FUNCTION = st.fixed_dictionaries({"name": TEXTS, "arguments": TEXTS})
_CALL = st.fixed_dictionaries({"id": _ID, "type": st.just("function"), "function": _FUNCTION})
TRANSCRIPTS = st.lists(
    st.one_of(
        _message("user", content=TEXTS),
        _message("assistant", content=TEXTS),
        _message("assistant", content=st.none(), tool_calls=st.lists(_CALL, min_size=1)),
        _message("tool", content=TEXTS, tool_call_id=_ID),
    ),
    max_size=8,
)


_FIELDS = (
    *("type", "text", "title", "elements", "fields", "rows", "blocks", "message", "message_blocks"),
    *("files", "name", "size", "fallback", "is_share", "author_id", "url", "user_id", "footer"),
)
_KINDS = st.sampled_from(["rich_text", "rich_text_list", "section", "link", "date", "user"])
_PARTS = st.dictionaries(st.sampled_from(_FIELDS), VALUES | _KINDS, max_size=6)
MESSAGES = st.dictionaries(
    st.sampled_from(["text", "blocks", "attachments", "files", "subtype"]),
    VALUES | st.lists(_PARTS | st.fixed_dictionaries({"elements": st.lists(_PARTS)}), max_size=3),
)


def _plan(words: str) -> None:
    next(understand(words, Memory(texts=[words, words])), None)


def _ground(messages: list[dict[str, Any]]) -> None:
    known = sources(messages)
    for message in messages:
        grounded_text(str(message["content"]), known, WEB)
        grounded_ids(str(message["content"]), known)


def _lists(text: str) -> None:
    for piece in pieces(text):
        for item in piece.items:
            item_text(item)


def _settings(values: dict[str, Any]) -> None:
    Settings.load(_env_file=None, **values)


def _table(content: str | bytes) -> None:
    """Read made-up bytes as a file, and each cell as a date, a serial number and a person."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        path.write_bytes(
            content if isinstance(content, bytes) else content.encode("utf-8", "replace")
        )
        table = open_table(path)
        layout_of(table.headers, "machines", Mapping())
        for row in table.rows():
            for cell in map(str, row.cells):
                is_junk(cell)
                for read in (addresses_of, keys_of, name_and_address):
                    read((cell,))
                with suppress(ValueError, OverflowError):
                    parse_date(cell, Order.day, ZoneInfo("UTC"))


def _range(words: str) -> None:
    for read in (numbers, lambda said: times(said, NOW), lambda said: dates(said, NOW)):
        with suppress(DeskError):
            read(words)


NOW = datetime(2026, 11, 29, tzinfo=UTC)
SETTINGS = st.dictionaries(st.sampled_from(sorted(Settings.model_fields)), TEXTS, max_size=4)

TARGETS: dict[str, Target] = {
    "answers as people see them": Target(TEXTS, lambda text: grounded_text(text, text, WEB)),
    "answers cut into messages": Target(TEXTS, answer_parts),
    "growing answers": Target(TEXTS, settled),
    "lists in answers": Target(TEXTS, _lists),
    "ids": Target(TEXTS, find_ids),
    "titles": Target(TEXTS, find_titles),
    "addresses": Target(TEXTS, is_for_others),
    "words from Slack": Target(TEXTS, lambda text: plain(without_address(text, "U1"), {})),
    "messages from Slack": Target(MESSAGES, lambda said: asdict(read_message(said))),
    "words for Slack": Target(TEXTS, lambda text: markdown(mrkdwn(text))),
    "control characters": Target(TEXTS, lambda text: one_line(sanitize(text))),
    "long results": Target(TEXTS, lambda text: cut(text, 200)),
    "results for the rules": Target(TEXTS, lambda text: (rows(text), shown(text))),
    "built-in rules": Target(TEXTS, _plan, (StopIteration,)),
    "reports of Postgres": Target(TEXTS, lambda text: explain(text, WEB)),  # type: ignore[arg-type]
    "answers of providers": Target(ANSWERS, lambda a: read_answer(a, {"undo"}, ()), (ModelFault,)),
    "errors of providers": Target(VALUES, lambda error: kind_of(400, error)),
    "grounding": Target(TRANSCRIPTS, _ground),
    "requests": Target(TRANSCRIPTS, lambda said: messages_for_provider(fenced(said), "any")),
    "context windows": Target(TRANSCRIPTS, lambda said: window(said, 2_000)),
    "imported files": Target(TEXTS | st.binary(max_size=2_000), _table, (DeskError,)),
    "ranges": Target(TEXTS, _range),
    "settings": Target(SETTINGS, _settings, (DeskError,)),
}
