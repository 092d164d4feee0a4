"""Take sentences apart: several requests in one message, asides, and a topic named in advance."""

import re

from services.agent.offline import naming
from services.agent.offline.problems import is_statement
from services.agent.offline.slots import PRIORITY
from services.agent.offline.words import tidy
from services.entities.base import find_ids

_SEVERAL = re.compile(r";|\n|[.?!]\s|,? and then |,? then |,? and | & ", re.IGNORECASE)
_COMMA = re.compile(r", ")
_TOPIC = re.compile(
    rf"(?P<topic>(?:{'|'.join(naming.PREFIXES)})-\d{{1,18}}|(?:this|that) one"
    rf"|(?:the )?(?:{'|'.join(naming.PLACES)})(?: (?:one|{naming.NOUNS}))?)"
    r"(?: ?[:,;?–—-])? (?P<rest>[^\n]{1,200})",
    re.IGNORECASE,
)
_IT = re.compile(r"\b(?:it|this|that)(?![\w'])", re.IGNORECASE)
_VERB = re.compile(
    r"\A(?:set|put|close|cancel|resolve|reopen|re-open|assign|give|take|mark|make|merge|link|route"
    r"|move|tag|rename|hand|retire)(?= |\Z)",
    re.IGNORECASE,
)
_VALUES = (
    (rf"(?:priority )?({'|'.join(PRIORITY)})(?: priority)?", "set the priority of {} to {}"),
    (r"(on hold|awaiting|pending)", "set {} to {}"),
    (r"(?:to |for )?(?:the )?([^\n:,]{1,60} team)", "route {} to the {}"),
    (r"(?:to|for) (.{1,60})", "assign {} to {}"),
)
"""Matches values that follow a ticket without a verb, each with the command that sets it."""
_CONDITION = re.compile(
    r"\b(?:if|unless|when|once|until|as soon as|after|before|in case|maybe|perhaps|don't|not)\b",
    re.IGNORECASE,
)
_TWO_LISTS = re.compile(
    r"(?P<ask>which|what) (?P<one>\w{1,30})(?P<rest> (?:do|does|did|has|have) [^\n]{1,80}?),? and"
    r" (?:also )?(?:which|what) (?P<other>\w{1,30})",
    re.IGNORECASE,
)
_MOST_PARTS = 40
"""The maximum number of parts; a message of more is a pasted text and no list of requests."""


def sentences(words: str) -> list[str]:
    """Split a message into sentences.

    “which machines does Minh have and which tickets” becomes two sentences about Minh.
    """
    if both := _TWO_LISTS.fullmatch(words):
        return [f"{both['ask']} {both[noun]}{both['rest']}" for noun in ("one", "other")]
    return _tidied(_SEVERAL.split(words))


def with_topic(words: str) -> list[str]:
    """Return “TKT-12, close it” as “close TKT-12”; empty if no topic is named in advance.

    In “TKT-12: set on hold” the topic is what the verb is about, and “TKT-12: network team, low
    priority” says what to set.
    """
    found = _TOPIC.fullmatch(words)
    if not found:
        return []
    topic = found["topic"]
    named = topic if "-" in topic or " " in topic else f"the {topic}"
    rest, count = _IT.subn(lambda _: named, found["rest"], count=1)
    if not count:
        rest, count = _VERB.subn(lambda verb: f"{verb[0]} {named}", rest, count=1)
    return [tidy(rest)] if count else _set_to(named, rest)


def _set_to(topic: str, values: str) -> list[str]:
    """Return a command for each value; an empty list if one is not understood."""
    commands = [_command(topic, each) for each in re.split(r",? and |, ", values)]
    return commands if all(commands) else []


def _command(topic: str, value: str) -> str:
    for said, command in _VALUES:
        if found := re.fullmatch(said, value, re.IGNORECASE):
            return command.format(topic, *found.groups())
    return ""


def asked(words: str) -> list[str]:
    """Return the sentences of a message without those that only state something.

    “it” means the only record that these name. Empty if nothing is left out, or if a sentence may
    be a condition.
    """
    for parts in (sentences(words), _tidied(_COMMA.split(words))):
        aside = [each for each in parts if is_statement(each)]
        kept = [each for each in parts if each not in aside]
        if kept and aside and not any(map(_CONDITION.search, parts)):
            named = find_ids(" ".join(aside))
            return [_IT.sub(named[0], each) for each in kept] if len(named) == 1 else kept
    return []


def ordered(words: str) -> list[str]:
    """Return what `asked` returns if each sentence names its records."""
    found = asked(words)
    return found if all(map(find_ids, found)) else []


def _tidied(parts: list[str]) -> list[str]:
    if len(parts) > _MOST_PARTS:
        return []
    return [each for part in parts if (each := tidy(part))]
