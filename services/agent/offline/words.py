"""Simplify a person's words: no politeness, straight quotes, ids in one spelling."""

import re

from rapidfuzz.distance import OSA

_SPEAKER = re.compile(r"\A\s*+(\[[^\]\n]{1,200}, USR-\d+\])\s*+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "\u00a0": " "})
_POLITE = re.compile(
    r"(?:(?:hi|hey|hello|hallo)(?: there)?|ok|okay|alright|actually|oh|hmm|wait|no(?=,)|so|and|then"
    r"|now|well|great|cool|perfect|good"
    r"|please|pls|plz|kindly|just|also|quickly|thanks|(?:could|can|would|will) you"
    r"|(?:can|could|may) i|i(?:'d| would) like(?: you)? to|i (?:want|need|wish)(?: you)? to|let's"
    r"|let me|help me(?: to)?|@?deskhand)\b[\s,.!:;–—-]*",
    re.IGNORECASE,
)
_CLOSING = ("please", "pls", "plz", "thanks", "thank you", "thx", "cheers", "for me", "right now")
_STOPS = " ,.!?;…"
_HEAD = re.compile(r":(?!\d)|\n| [–—-] ")
_NUMBER = r"[\s#_-]*(?:no\.? ?|nr\.? ?|number )?(\d+)\b"
_SPELT = tuple(
    (re.compile(pattern, re.IGNORECASE), spelt)
    for pattern, spelt in (
        (r"\b(?:(?:ticket|issue) (?=TKT-\d)|(?:machine|laptop|computer) (?=MAC-\d))", ""),
        (r"\b(?:(?:person|user) (?=USR-\d)|note (?=NOTE-\d)|tag (?=TAG-\d)|team (?=TEAM-\d))", ""),
        (rf"\b(?:ticket|tkt|issue){_NUMBER}", r"TKT-\1"),
        (rf"\b(?:machine|mac){_NUMBER}", r"MAC-\1"),
        (rf"\b(?:user|usr|person){_NUMBER}", r"USR-\1"),
        (rf"\bnote{_NUMBER}", r"NOTE-\1"),
        (rf"\btag{_NUMBER}", r"TAG-\1"),
        (rf"\bteam{_NUMBER}", r"TEAM-\1"),
    )
)
_OFTEN_MISSPELT = (
    "ticket tickets laptop laptops computer computers machine machines desktop desktops server"
    " servers assign assigned unassign unassigned close closed reopen create status priority notes"
    " available maintenance retired report reported description rename search people working"
    " awaiting internal storage current urgent unassigned oldest newest warranty printer password"
    " technicians network colleague"
)
_KEYWORDS = tuple(_OFTEN_MISSPELT.split())
_SHORTEST_MENDED = 5
_SHORT_KEYWORDS = ("show", "open", "list", "mine")
"""Keywords corrected only where two letters are swapped: “slow” is no misspelt “show”."""


def speaker(content: str) -> str:
    """Return the prefix with the author of a channel message; empty in direct messages."""
    found = _SPEAKER.match(content)
    return found[1] if found else ""


def without_speaker(content: str) -> str:
    found = _SPEAKER.match(content)
    return content[found.end() :] if found else content


def tidy(words: str) -> str:
    """Return the words in the form that the patterns expect; text after a colon is unchanged."""
    plain = words.strip()
    while True:
        head, tail = _parts(plain)
        head = " ".join(head.translate(_QUOTES).split())
        polite = _POLITE.match(head)
        if not polite:
            break
        plain = (head[polite.end() :] + tail).strip(" :\n–—")
    return _spelt(head if tail else _without_closing(head)) + tail


def _without_closing(head: str) -> str:
    """Return the words without politeness and punctuation at their end."""
    while True:
        head = head.rstrip(_STOPS)
        said = head.lower()
        closing = next((each for each in _CLOSING if _ends_with_word(said, each)), None)
        if closing is None:
            return head
        head = head[: -len(closing)]


def _ends_with_word(words: str, last: str) -> bool:
    before = words[-len(last) - 1 : -len(last)]
    return words.endswith(last) and not (before.isalnum() or before == "_")


def _spelt(head: str) -> str:
    for spelling, spelt in _SPELT:
        head = spelling.sub(spelt, head)
    return head


def mended(words: str) -> str:
    """Correct keywords that have one typing error."""
    head, tail = _parts(words)
    return re.sub(r"[A-Za-z]+", lambda found: _mend(found[0]), head) + tail


def _mend(word: str) -> str:
    plain = word.lower()
    for short in _SHORT_KEYWORDS:
        if len(word) == len(short) and OSA.distance(plain, short) == 1 and set(plain) == set(short):
            return short
    if len(word) < _SHORTEST_MENDED or plain in _KEYWORDS:
        return word
    return next(
        (each for each in _KEYWORDS if OSA.distance(plain, each, score_cutoff=1) <= 1), word
    )


def _parts(words: str) -> tuple[str, str]:
    """Return the command, and the free text that follows a colon, a dash or a line break."""
    found = _HEAD.search(words)
    return (words[: found.start()], words[found.start() :]) if found else (words, "")
