"""A person's words made plain: no politeness, straight quotes, ids in one spelling."""

import re

from rapidfuzz.distance import OSA

_SPEAKER = re.compile(r"\s*(\[[^\]\n]{1,200}, USR-\d+\])\s*")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "\u00a0": " "})
_POLITE = re.compile(
    r"(?:(?:hi|hey|hello|hallo)(?: there)?|ok|okay|so|and|then|now|well|please|pls|plz|kindly|just|also|quickly|thanks"
    r"|(?:could|can|would|will) you|(?:can|could|may) i|i(?:'d| would) like(?: you)? to|let's|let me"
    r"|i (?:want|need|wish)(?: you)? to|i (?:want|need)(?= (?:a|an|the|my) (?:list|overview))"
    r"|help me(?: to)?|do me a favou?r and|@?deskhand)\b[\s,.!:;]*",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"[\s,.!?;…]*(?:\b(?:please|pls|plz|thanks|thank you|thx|cheers|for me|right now)[\s,.!?;…]*)*$",
    re.IGNORECASE,
)
_HEAD = re.compile(r":(?!\d)|\n| [–—-] ")
_SPELT = (
    (
        re.compile(
            r"\b(?:ticket|tkt|issue)[\s#_-]*(?:no\.? ?|nr\.? ?|number )?(\d+)\b", re.IGNORECASE
        ),
        "TKT",
    ),
    (re.compile(r"\b(?:machine|mac)[\s#_-]*(?:no\.? ?|number )?(\d+)\b", re.IGNORECASE), "MAC"),
    (re.compile(r"\b(?:user|usr|person)[\s#_-]*(\d+)\b", re.IGNORECASE), "USR"),
    (re.compile(r"\bnote[\s#_-]*(\d+)\b", re.IGNORECASE), "NOTE"),
    (re.compile(r"\btag[\s#_-]*(\d+)\b", re.IGNORECASE), "TAG"),
    (re.compile(r"\bteam[\s#_-]*(\d+)\b", re.IGNORECASE), "TEAM"),
)
_KEYWORDS = [
    "ticket",
    "tickets",
    "laptop",
    "laptops",
    "computer",
    "computers",
    "machine",
    "machines",
    "desktop",
    "desktops",
    "server",
    "servers",
    "assign",
    "assigned",
    "unassign",
    "unassigned",
    "close",
    "closed",
    "reopen",
    "create",
    "status",
    "priority",
    "notes",
    "available",
    "maintenance",
    "retired",
    "report",
    "reported",
    "description",
    "rename",
    "search",
    "people",
    "working",
    "awaiting",
    "internal",
    "storage",
    "current",
]
_SHORTEST_MENDED = 5


def speaker(content: str) -> str:
    """The prefix that tells who wrote a channel message; empty in direct messages."""
    found = _SPEAKER.match(content)
    return found[1] if found else ""


def without_speaker(content: str) -> str:
    found = _SPEAKER.match(content)
    return content[found.end() :] if found else content


def tidy(words: str) -> str:
    """The words in the form that the patterns expect; free text after a colon is left alone."""
    plain = re.sub(r"[^\S\n]+", " ", words.translate(_QUOTES)).strip()
    while (polite := _POLITE.match(plain)) and polite.end():
        plain = plain[polite.end() :]
    head, tail = _parts(plain)
    head = head if tail else _CLOSING.sub("", head)
    for spelt, prefix in _SPELT:
        head = spelt.sub(rf"{prefix}-\1", head)
    return head + tail


def mended(words: str) -> str:
    """Misspelt keywords put right, where they are a keyword with one typing error."""
    head, tail = _parts(words)
    return re.sub(r"[A-Za-z]+", lambda found: _mend(found[0]), head) + tail


def _mend(word: str) -> str:
    plain = word.lower()
    if len(word) < _SHORTEST_MENDED or plain in _KEYWORDS:
        return word
    return next(
        (each for each in _KEYWORDS if OSA.distance(plain, each, score_cutoff=1) <= 1), word
    )


def _parts(words: str) -> tuple[str, str]:
    """The command, and the free text that follows a colon, a dash or a line break."""
    found = _HEAD.search(words)
    return (words[: found.start()], words[found.start() :]) if found else (words, "")
