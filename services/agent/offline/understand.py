"""From a person's words to the plan that answers them."""

import re
from collections.abc import Iterable

from services.agent.offline.intents import EXAMPLES, GUESSES, INTENTS
from services.agent.offline.listing import Lists
from services.agent.offline.memory import Memory
from services.agent.offline.patterns import Intent
from services.agent.offline.plan import Plan, Said
from services.agent.offline.plans_write import ABOUT, NOTE_TEXT
from services.agent.offline.resolve import Unclear, chosen
from services.agent.offline.words import mended, tidy
from services.agent.transcript import SILENCE
from services.entities.column import TITLE_LENGTH

HELP = "\n".join(["This is what I understand:", *(f"- {each}" for each in EXAMPLES)])
TRY = (
    "Try for example “my open tickets”, “what laptop do I have”, “who is Priya” or “open a ticket:"
    " VPN drops every hour”. “help” lists everything that I understand."
)
THANKS = "You're welcome."
_THANKS = re.compile(
    r"\A(?=.*\b(?:thanks?|thx|cheers|great|perfect|cool|nice|super|good)\b)(?:(?:many|thanks?|you|thx|cheers|great|perfect|cool|nice|super|so|much|very|a|lot|for|your"
    r"|the|help|that|this|works|again|all|ok|okay|it|good|job)\b\W*)+",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r";|\n|[.?!]\s|,? and then |,? then |,? and ", re.IGNORECASE)
_GREETINGS = ("", "help", "?", "what can you do", "what do you understand", "commands", "menu")
_LONGEST = 4_000
"""Characters of a message that are read: patterns over more than this would take too long."""

_MOST_SENTENCES = 8
_UNCLEAR = "I did not understand that."
_OFFER = "I can open a ticket about that: press the button, or say “open a ticket: "
_PROBLEM = re.compile(
    r"\A(?:(?!.*\?$)(?:my|our|the|i|i'm|we|we're|it|there|it's|no|have|get|reset|install|replace|order"
    r"|need|new|something|nothing|somebody|someone)\b|(?:why|how) .*\b(?:my|our)\b"
    r"|.*\b(?:broken|slow|stuck|crash\w*|doesn't|won't|can't|cannot|isn't|(?:does|do|is) not|jams?"
    r"|flickers?|fail\w*|errors?|dead|stolen|freezes?|hangs?|not working)\b)",
    re.IGNORECASE,
)
_SHORT = 3
"""Words; a longer message that nobody understands may be a problem to report."""

Understood = Intent | Lists
Parts = list[tuple[Understood, Said]]


def understand(words: str, memory: Memory) -> Plan:
    """Return a plan for a message, or one that says it was not understood."""
    plain = tidy(words[:_LONGEST])
    completed = _completed(plain, memory)
    parts = (_parts(tidy(completed), memory) if completed else []) or _parts(plain, memory)
    if not parts:
        return SILENCE if memory.may_be_silent else _otherwise(words, plain)
    answers = []
    for intent, said in parts:
        answer = yield from _answer(intent, said)
        memory.texts.append(answer)
        answers.append(answer)
    return "\n\n".join(answers)


def _answer(intent: Understood, said: Said) -> Plan:
    try:
        answer = yield from intent.plan(said)
    except Unclear as unclear:
        answer = str(unclear)
    return answer


def _parts(words: str, memory: Memory) -> Parts:
    """Split the words into sentences that are understood, correcting slips if needed."""
    return (
        _match(INTENTS, [words], memory)
        or _match(INTENTS, [mended(words)], memory)
        or _match(INTENTS, _sentences(words), memory)
        or _match(GUESSES, [words], memory)
    )


def _sentences(words: str) -> list[str]:
    sentences = [tidy(each) for each in _SEVERAL.split(words)]
    return [each for each in sentences if each][: _MOST_SENTENCES + 1]


def _match(intents: Iterable[Understood], sentences: list[str], memory: Memory) -> Parts:
    """Return an intent for every sentence, or nothing."""
    if len(sentences) > _MOST_SENTENCES:
        return []
    found = [_first(intents, sentence, memory) for sentence in sentences]
    matched = [each for each in found if each]
    return matched if len(matched) == len(found) else []


def _first(
    intents: Iterable[Understood], words: str, memory: Memory
) -> tuple[Understood, Said] | None:
    found = ((intent, intent.match(words, memory)) for intent in intents)
    return next(((intent, said) for intent, said in found if said), None)


def _completed(words: str, memory: Memory) -> str | None:
    """Return the earlier request with the person's answer to the question put in."""
    if len(memory.texts) < 2:
        return None
    request, question = memory.texts[-2:]
    if question in (ABOUT, NOTE_TEXT):
        is_answer = words and not _match(INTENTS, [words], memory)
        return f"{request.rstrip(' :.!?')}: {words}" if is_answer else None
    choice = chosen(words, question)
    if not choice:
        return None
    phrase, key = choice
    return re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", key, request, count=1)


def _otherwise(words: str, plain: str) -> str:
    if _THANKS.fullmatch(words.strip()):
        return THANKS
    if plain.lower() in _GREETINGS:
        return f"Hello! {HELP}"
    if _PROBLEM.match(plain):
        return _offered(plain)
    if len(plain.split()) < _SHORT:
        return f"{_UNCLEAR} {TRY}"
    return f"{_UNCLEAR} {_offered(plain)}\n\n{TRY}"


def _offered(plain: str) -> str:
    problem = " ".join(plain[:TITLE_LENGTH].split())
    return f"{_OFFER}{problem[:1].upper()}{problem[1:]}”."


def problem_in(answer: str) -> str:
    """Return what an answer offers to open a ticket about; empty if it does not."""
    return answer.partition(_OFFER)[2].partition("”.")[0]
