"""Clean foreign texts: replace deceptive characters, join lines, reduce to plain words."""

import re
import unicodedata
from functools import lru_cache

# Control characters but tab and line feed (escape sequences begin with one), marks that change the
# direction of text, line separators, invisible letters and format characters, tags that spell
# invisible ASCII, and what Unicode reserves for more of them.
_HARMFUL = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
    # Joiners and variation selectors belong to words and emoji; three in a row spell something.
    "|[\u034f\u180b-\u180d\u180f\u200b-\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}"
)


def sanitize(text: str) -> str:
    """Replace invisible and bidirectional control characters with U+FFFD."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text  # as most texts are; checking this is ten times as fast
    return _HARMFUL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return a name or value on one line: a line break could look like the next row."""
    return " ".join(text.split())


@lru_cache(10_000)
def plain(text: str) -> str:
    """Return the words of a text in lower case, without accents and punctuation."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(each for each in letters if not unicodedata.combining(each))
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())
