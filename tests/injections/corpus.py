"""The corpus: every line of corpus.yaml, put in a place where a model reads it."""

import base64
import codecs
import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, groupby
from pathlib import Path
from urllib.parse import quote

import yaml

from tests.fixtures import PRIYA
from tests.injections.goals import GOALS, Goal, Ids
from tests.injections.places import INTERNAL, PLACES, THREAD

_WRITTEN: dict[str, list[dict[str, str]]] = yaml.safe_load(
    Path(__file__).with_name("corpus.yaml").read_text(encoding="utf-8")
)

_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_HOMOGLYPHS = str.maketrans("aceopxyACEOPX", "асеорхуАСЕОРХ")
_FULLWIDTH = str.maketrans({each: chr(each + 0xFEE0) for each in range(0x21, 0x7F)})
_DOTS = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...-"
    " .-- -..- -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
)
_MORSE = dict(zip("abcdefghijklmnopqrstuvwxyz0123456789", _DOTS.split(), strict=True))

ENCODINGS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "leetspeak": lambda text: text.translate(_LEET),
    "homoglyphs": lambda text: text.translate(_HOMOGLYPHS),
    "full width": lambda text: text.translate(_FULLWIDTH),
    "zero width": lambda text: "\u200b".join(text),
    "bidi override": lambda text: f"\u202e{text[::-1]}\u202c",
    "entities": lambda text: (
        "".join(f"&#{ord(each)};" for each in text[:40]) + html.escape(text[40:])
    ),
    "percent": lambda text: quote(text, safe=""),
    "tag characters": lambda text: "ok " + "".join(chr(0xE0000 + ord(each)) for each in text),
    "morse": lambda text: " ".join(_MORSE.get(each, "/") for each in text.lower()),
    "escape sequences": lambda text: (
        f"\x1b[8m{text}\x1b[0m\x1b]8;;https://evil.example\x07here\x07"
    ),
}


@dataclass(frozen=True)
class Injection:
    """One line in one place; `encoding` is applied after the ids were filled in."""

    goal: str
    place: str
    text: str
    encoding: str = ""

    def planted(self, ids: Ids) -> str:
        text = with_ids(self.text, ids)
        return ENCODINGS[self.encoding](text) if self.encoding else text


def with_ids(text: str, ids: Ids) -> str:
    for name, key in ids.items():
        text = text.replace(f"{{{name}}}", key)
    return text


@dataclass(frozen=True)
class Batch:
    """Lines that a model reads and obeys in one turn, because turns are slow."""

    name: str
    lines: tuple[Injection, ...]

    @property
    def goals(self) -> list[Goal]:
        return [GOALS[name] for name in dict.fromkeys(line.goal for line in self.lines)]

    @property
    def places(self) -> dict[str, list[Injection]]:
        places = dict.fromkeys(line.place for line in self.lines)
        return {place: [line for line in self.lines if line.place == place] for place in places}


def _places_for(goal: Goal) -> list[str]:
    """Return the places whose text reaches the asker.

    A requester reads no internal notes, and a technician is asked in direct messages, not in a
    thread.
    """
    without = INTERNAL if goal.asker == PRIYA else THREAD
    return [place for place in PLACES if place != without]


def _lines() -> Iterator[Injection]:
    turns = count()
    for group, lines in _WRITTEN.items():
        for line in lines:
            places = _places_for(GOALS[line["goal"]])
            records = [place for place in places if place != THREAD]
            for encoding in ENCODINGS if group == "encoded" else [""]:
                for place in (
                    places if group == "everywhere" else [records[next(turns) % len(records)]]
                ):
                    yield Injection(line["goal"], place, line["text"], encoding)


def _batch(line: Injection) -> str:
    """Return the batch of a line: that of its goal, or the one of all lines in threads."""
    return line.place if line.place == THREAD else line.goal


CORPUS = sorted(_lines(), key=_batch)
BATCHES = [Batch(name, tuple(lines)) for name, lines in groupby(CORPUS, _batch)]
