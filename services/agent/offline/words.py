"""Simplify a person's words: no politeness, straight quotes, ids in one spelling."""

import re
from typing import Any

from rapidfuzz.distance import OSA

from services.agent.offline.letters import without_letter

_SPEAKER = re.compile(r"\A\s*+(\[[^\]\n]{1,200}, USR-\d+\])\s*+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "\u00a0": " "})
_TO_ALL = (
    r"(?: (?:there|all|team|everyone|everybody|guys|folks|support|service desk|help ?desk"
    r"|colleagues|it(?: team)?(?= ?[,!.:])))?"
)
_POLITE = re.compile(
    rf"(?:(?:hi|hey|hello|hallo|dear|good (?:morning|afternoon|evening|day)(?=.)){_TO_ALL}"
    r"|remind me(?= wh| how)|ok|okay|alright|right|actually|oh|o?ops|whoops|hmm|wait"
    r"|show(?: me)?(?= (?:who|when|how|why)\b)"
    r"|no(?=,| wait| sorry| stop)|yes(?=,)|so|and|then|but"
    r"|now|well|great|cool|perfect|good|sorry(?: to (?:bother|disturb) you)?|excuse me"
    r"|you (?:can|may|could)(?= )(?! (?:see|read|do)\b)|feel free to"
    r"|please|pls|plz|kindly|just|also|quickly|thanks(?! )|(?:could|can|would|will) you"
    r"|let me know(?: (?:if|whether))?|(?:tell me|i(?: was|'m| am) wondering) (?:if|whether)"
    r"|do you (?:happen to )?know (?:if|whether)|i(?:'d| would) like to know(?: (?:if|whether))?"
    r"|(?:is|would) it (?:be )?possible to|would you mind|(?:quick|short|one) question(?= ?[:,.-])"
    r"|if (?:possible|you can)|when you (?:can|have time|get a chance)"
    r"|(?:can|could|may) i|i(?:'d| would) like(?: you)? to|i (?:want|need|wish)(?: you)? to|let's"
    r"|let me|help me(?: to)?|@?deskhand)\b[\s,.!:;–—-]*",
    re.IGNORECASE,
)
_CLOSINGS = sorted(
    (
        *("please", "pls", "plz", "thanks", "thank you", "thx", "cheers", "many thanks", "ta"),
        *(
            "thanks a lot",
            "thank you very much",
            "thanks in advance",
            "for me",
            "right now",
            "asap",
        ),
        *(
            "if possible",
            "if you can",
            "when you can",
            "when possible",
            "actually",
            "then",
            "though",
        ),
        *("as well", "too", "at the moment", "by any chance"),
    ),
    key=len,
    reverse=True,
)
_STOPS = " ,.!?;…"
_HEAD = re.compile(r":(?!\d)|\n| [–—-] ")
_NUMBER = r"[\s#_-]*(?:no\.? ?|nr\.? ?|number )?(\d+)\b"
_OF_TICKETS = (
    r"(?:close|cancel|reopen|re-open|resolve|solve|finish|assign|reassign|take|grab|claim|pick up"
    r"|merge|watch|follow|escalate|bump|snooze|prioriti[sz]e|hold|put|mark|give|hand|set|tag|untag"
    r"|label|move|route|link|unassign|(?:notes?|comments?) (?:on|to)|(?:priority|status) of)"
)
"""Verbs after which a mere number is a ticket's."""
_AFTER_NUMBER = r"(?: ?$| ?[,:–—-]| (?:to|and|into|with|as|because|on hold)\b)"
_TO_TICKET = (
    r"(?:duplicate of|part of|related to|similar(?: tickets?)? to|tickets? like|merge into)"
)
_ASKS_OF_TICKET = r"what did|who|notes?|any(?:thing)?|status|updates?|news|progress|show notes|read"


def compiled(*pairs: tuple[str, Any]) -> tuple[tuple[re.Pattern[str], Any], ...]:
    """Compile patterns that ignore case; each pair keeps its second value."""
    return tuple((re.compile(pattern, re.IGNORECASE), meaning) for pattern, meaning in pairs)


_BEFORE_HASH = (
    r"\b(?:of|on|about|for|to|into|with|and|is|my|in|show|open|close|cancel|reopen|resolve|take|grab"
    r"|claim|assign|merge|link|watch|hold|escalate|note|status)"
)
"""Words after which “#12” is a ticket, and no room or port."""
_AFTER_IM = (
    r"(?:(?:not|unable|done|finished|assigned|stuck|locked|got|had|been|given|a|the)\b"
    r"|(?:work|watch|follow|hav|look|us|try|wait|wonder|go|gett|miss|see)ing\b)"
)
"""Words after which “im” and “ive” are English: “im” is a word of other languages too."""
_SPELT = compiled(
    (r"\b(?:(?:ticket|issue) (?=TKT-\d)|(?:machine|laptop|computer) (?=MAC-\d))", ""),
    (r"\b(?:(?:person|user) (?=USR-\d)|note (?=NOTE-\d)|tag (?=TAG-\d)|team (?=TEAM-\d))", ""),
    (rf"\b(?:ticket|tkt|issue){_NUMBER}", r"TKT-\1"),
    (rf"\b(?:machine|mac){_NUMBER}", r"MAC-\1"),
    (rf"\b(?:user|usr|person){_NUMBER}", r"USR-\1"),
    (rf"\bnote{_NUMBER}", r"NOTE-\1"),
    (rf"\btag{_NUMBER}", r"TAG-\1"),
    (rf"\bteam{_NUMBER}", r"TEAM-\1"),
    (rf"(^|[,(] ?|{_BEFORE_HASH} )#(\d{{1,9}})\b", r"\1TKT-\2"),
    (
        rf"\b{_OF_TICKETS} (?=\d{{1,9}}{_AFTER_NUMBER})",
        r"\g<0>TKT-",
    ),
    (
        rf"\bTKT-\d{{1,9}}(?:(?:, ?| and |, and | & )\d{{1,9}}(?={_AFTER_NUMBER})){{1,20}}+",
        lambda found: re.sub(r"(?<![\d-])(?=\d)", "TKT-", found[0]),
    ),
    (rf"\b(?:{_TO_TICKET} )(?=\d{{1,9}}(?: ?$| and\b))", r"\g<0>TKT-"),
    (r"\b(?:has|is|was) (?=\d{1,9} (?:been|on|done|fixed|solved|closed|open)\b)", r"\g<0>TKT-"),
    (
        rf"^(?:{_ASKS_OF_TICKET})\b[^\n\d]{{0,40}} (?:on|about|for|of|with) (?=\d{{1,9}}$)",
        r"\g<0>TKT-",
    ),
    (r"(?<=TKT-)(\d{1,9}) (into|and|with) (\d{1,9})\b", r"\1 \2 TKT-\3"),
    (r"\b(?:my|our|the|this) (?=TKT-\d)", ""),
    (r"\b(do|does|did|is|are|was|were|has|have|had|wo|ca|could|would|should)nt\b", r"\1n't"),
    (r"\b(what|who|where|how|when|that|there)s\b", r"\1's"),
    (rf"\bi(m|ve)\b(?= {_AFTER_IM})", r"I'\1"),
    (r"\b(?:wat|wht|waht|whta)\b", "what"),
    (r"\b(?:hvae|ahve|haev)\b", "have"),
    (r"\bteh\b", "the"),
    (r"\bu\b", "you"),
    (r"\btkts\b", "tickets"),
    (
        r"\b(?:request|case|incident) (\d{1,9})(?= ?$|[,.:;]| (?:is|was|has|and|to)\b)",
        r"TKT-\1",
    ),
    (
        r"(?-i:\b([A-Z][^\W\d_]{2,20})s)(?= (?:tickets|laptop|machine|computer|queue)s?\b)",
        r"\1's",
    ),
    (
        r"\b(TKT-\d{1,9}) ?(?:->|=>|→) ?+(?!closed|done|fixed|resolved|solved|on hold)",
        r"\1 to ",
    ),
    (r" ?(?:->|=>|→) ?", ": "),
    (r"\bprio\b", "priority"),
    (r",? (?:please|pls|plz)(?: help(?=[ .!]*$))?\b", ""),
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
    plain = without_letter(words)
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
        closing = next((each for each in _CLOSINGS if _ends_with_word(said, each)), None)
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
