"""From a person's words to the plan that answers them."""

import re
from collections.abc import Iterable

from services.agent.offline.intents import GUESSES, INTENTS, Intent
from services.agent.offline.memory import Memory
from services.agent.offline.plan import Plan, Said
from services.agent.offline.plans_write import ABOUT, NOTE_TEXT
from services.agent.offline.resolve import WHICH, Unclear
from services.agent.offline.words import mended, tidy
from services.entities.base import find_ids

HELP = "\n".join(
    [
        "This is what I understand:",
        *(f"- {intent.example}" for intent in INTENTS if intent.example),
    ]
)
THANKS = "You're welcome."
_THANKS = re.compile(
    r"(?:many )?(?:thanks|thank you|thx|cheers|great|perfect|cool|nice|super)\b.{0,40}", re.IGNORECASE
)
_SEVERAL = re.compile(r"\s*(?:;|\n|\.\s|,? and then |,? then |,? and )\s*", re.IGNORECASE)
_WHICH = re.compile(re.escape(WHICH).replace(r"\{phrase\}", "(?P<phrase>.+?)"))
_LONGEST = 4_000
"""Characters of a message that are read: patterns over more than this would take too long."""

Parts = list[tuple[Intent, Said]]


def understand(words: str, memory: Memory) -> Plan:
    """A plan for one message; what it cannot do it says."""
    plain = tidy(words[:_LONGEST])
    answered = _with_answer(plain, memory)
    parts = (_parts(tidy(answered), memory) if answered else []) or _parts(plain, memory)
    if not parts:
        return _otherwise(words, plain)
    answers = []
    for intent, said in parts:
        answers.append((yield from _answer(intent, said)))
    return "\n".join(answers) if len(answers) > 1 else answers[0]


def _answer(intent: Intent, said: Said) -> Plan:
    try:
        answer = yield from intent.plan(said)
    except Unclear as unclear:
        answer = str(unclear)
    return answer


def _parts(words: str, memory: Memory) -> Parts:
    """The sentence as a whole, else misspelt, else several sentences, else a guess."""
    return (
        _match(INTENTS, [words], memory)
        or _match(INTENTS, [mended(words)], memory)
        or _match(INTENTS, [tidy(each) for each in _SEVERAL.split(words)], memory)
        or _match(GUESSES, [words], memory)
    )


def _match(intents: Iterable[Intent], sentences: list[str], memory: Memory) -> Parts:
    """An intent for every sentence, or nothing."""
    found = [_first(intents, sentence, memory) for sentence in sentences]
    matched = [each for each in found if each]
    return matched if len(matched) == len(found) else []


def _first(intents: Iterable[Intent], words: str, memory: Memory) -> tuple[Intent, Said] | None:
    for intent in intents:
        for pattern in intent.patterns:
            if match := pattern.fullmatch(words):
                return intent, Said(words, match.groupdict(), memory)
    return None


def _with_answer(words: str, memory: Memory) -> str | None:
    """The request before our question, completed with the person's answer to it."""
    if len(memory.texts) < 2:
        return None
    request, question = memory.texts[-2:]
    which = _WHICH.match(question)
    if which and _names_a_row(words, question):
        return request.replace(which["phrase"], words)
    if question in (ABOUT, NOTE_TEXT) and not _match(INTENTS, [words], memory):
        return f"{request.rstrip(' :.!?')}: {words}"
    return None


def _names_a_row(words: str, question: str) -> bool:
    listed = question.split("\n", 1)[-1].lower()
    return bool(words) and (words.lower() in listed or find_ids(words) == [words.upper()])


def _otherwise(words: str, plain: str) -> str:
    if _THANKS.fullmatch(words.strip()):
        return THANKS
    if not plain or plain.lower() in _HELP_WORDS:
        return f"Hello! {HELP}"
    return f"I did not understand that. {HELP}"


_HELP_WORDS = {"help", "help me", "?", "what can you do", "commands", "menu", "good morning"}
